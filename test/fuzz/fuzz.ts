// `npm run fuzz`: seeded fuzzing for as long as one likes. It ends at the first case that goes wrong, and prints its
// seed and the smallest case. Must not know what is fuzzed.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Command, InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { withScope } from '../support/own-scope.ts';
import { absoluteLane } from './absolute-lane.ts';
import { connectLane } from './connect-lane.ts';
import { http1Lane } from './http1-lane.ts';
import { http2FieldsLane, http2Lane } from './http2-lane.ts';
import type { Lane, OpenLane } from './lane.ts';
import { namesLane } from './names-lane.ts';
import { readerLane } from './reader-lane.ts';
import { websocketLane } from './websocket-lane.ts';

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly only?: string;
}

/** What one look at the process finds. */
interface Held {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

const LANES = [
  readerLane,
  http1Lane,
  http2Lane,
  http2FieldsLane,
  connectLane,
  absoluteLane,
  websocketLane,
  namesLane,
];
/** What may stay in memory from one round to the last, once everything has been loaded and compiled. */
const GROWTH_BYTES = 64 * 1024 * 1024;
const WARM_ROUNDS = 2;

const whole = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('A whole number is wanted.');
};

const command = new Command('fuzz')
  .description('spoilt HTTP/1, HTTP/2, CONNECT and WebSockets for the readers and the running gate')
  .option('--seconds <n>', 'how long', whole, 60)
  .option('--seed <n>', 'where to begin; the same seed gives the same cases', whole, Date.now() % 2 ** 31)
  .option('--only <lane>', `one of ${LANES.map(({ name }) => name).join(', ')}`)
  .parse();

await fuzz(command.opts<Options>());

async function fuzz({ seconds, seed, only }: Options): Promise<void> {
  const lanes = LANES.filter(({ name }) => only === undefined || name === only);
  if (lanes.length === 0) {
    console.error(`There is no lane "${only}". There are ${LANES.map(({ name }) => name).join(', ')}.`);
    process.exitCode = 1;
    return;
  }
  console.log(`seed ${seed}`);
  // The gates live as long as the run, so that what they keep shows.
  await withScope(async (scope) => {
    const opened = new Map<Lane, OpenLane>();
    for (const lane of lanes) opened.set(lane, await lane.open(scope));
    tellWhatKills(opened, seed);
    const startMs = performance.now();
    const memory: Held[] = [];
    for (let round = 0; round === 0 || performance.now() < startMs + seconds * 1_000; round += 1) {
      for (const [lane, open] of opened) if (!(await runRound(lane, open, seed + round))) return;
      memory.push(held());
    }
    tellShares(opened, (performance.now() - startMs) / 1_000);
    tellGrowth(memory);
  });
}

/** False when a case went wrong; it was told then. */
async function runRound(lane: Lane, { property }: OpenLane, seed: number): Promise<boolean> {
  const details = await fc.check(property, { seed, numRuns: lane.cases });
  if (!details.failed) return true;
  console.error(
    `${lane.name} went wrong with seed ${seed}, after ${details.numRuns} cases. The smallest case:`,
  );
  console.error(JSON.stringify(details.counterexample?.[0]));
  console.error(details.errorInstance);
  process.exitCode = 1;
  return false;
}

/** An exception that nobody caught ends the gate, and here the run with it. */
function tellWhatKills(opened: ReadonlyMap<Lane, OpenLane>, seed: number): void {
  process.once('uncaughtException', (error) => {
    console.error(`The gate died, with seed ${seed} or a little more. What ran:`);
    for (const [{ name }, { current }] of opened) console.error(name, JSON.stringify(current()));
    console.error(error);
    process.exit(1);
  });
}

function tellShares(opened: ReadonlyMap<Lane, OpenLane>, seconds: number): void {
  for (const [{ name, through: what }, { tried }] of opened) {
    const { cases, through } = tried();
    const share = ((100 * through) / cases).toFixed(1);
    const rate = (cases / seconds).toFixed(0);
    console.log(`${name}: ${cases} cases in ${seconds.toFixed(0)} s (${rate}/s), ${share}% ${what}`);
  }
}

function tellGrowth(memory: readonly Held[]): void {
  const quarters = [0, 1, 2, 3, 4].map((quarter) => memory[Math.floor((quarter * (memory.length - 1)) / 4)]);
  const shown = (bytes: number | undefined): string => ((bytes ?? 0) / 2 ** 20).toFixed(0);
  console.log(`held, MB, by quarters of the run: ${quarters.map((at) => shown(at?.heapBytes)).join(' ')}`);
  console.log(
    `resident, MB, by quarters of the run: ${quarters.map((at) => shown(at?.residentBytes)).join(' ')}`,
  );
  const warm = memory[Math.min(WARM_ROUNDS, memory.length - 1)]?.heapBytes ?? 0;
  const growth = (memory.at(-1)?.heapBytes ?? 0) - warm;
  console.log(`${(growth / 2 ** 20).toFixed(1)} MB more are held than after the first rounds`);
  if (growth > GROWTH_BYTES) {
    console.error('Something keeps what it should let go.');
    process.exitCode = 1;
  }
}

function held(): Held {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed + external, residentBytes: rss };
}
