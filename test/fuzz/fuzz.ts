// `npm run fuzz`: seeded fuzzing for as long as one likes. It ends at the first case that goes wrong, and prints its
// seed and the smallest case. Must not know what is fuzzed.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Command, InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { withScope } from '../support/own-scope.ts';
import { connectLane } from './connect-lane.ts';
import { gateLane } from './gate-lane.ts';
import type { Lane, Tried } from './lane.ts';
import { readerLane } from './reader-lane.ts';

interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly only?: string;
}

const LANES = [readerLane, gateLane, connectLane];
/** What may stay in memory from one round to the last, once everything has been loaded and compiled. */
const GROWTH_BYTES = 64 * 1024 * 1024;
const WARM_ROUNDS = 2;

const whole = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('A whole number is wanted.');
};

const command = new Command('fuzz')
  .description('spoilt requests for the HTTP/1 readers and the running gate')
  .option('--seconds <n>', 'how long', whole, 60)
  .option('--seed <n>', 'where to begin; the same seed gives the same cases', whole, Date.now() % 2 ** 31)
  .option('--only <lane>', `one of ${LANES.map(({ name }) => name).join(', ')}`)
  .parse();

await fuzz(command.opts<Options>());

async function fuzz({ seconds, seed, only }: Options): Promise<void> {
  const lanes = LANES.filter(({ name }) => only === undefined || name === only);
  console.log(`seed ${seed}`);
  const endMs = performance.now() + seconds * 1_000;
  const totals = new Map<Lane, { cases: number; through: number }>(
    lanes.map((lane) => [lane, { cases: 0, through: 0 }]),
  );
  const memory: number[] = [];
  for (let round = 0; round === 0 || performance.now() < endMs; round += 1) {
    for (const [lane, total] of totals) {
      const tried = await runBatch(lane, seed + round);
      if (tried === null) return;
      total.cases += tried.cases;
      total.through += tried.through;
    }
    memory.push(heldBytes());
  }
  for (const [{ name, through }, total] of totals) {
    const share = ((100 * total.through) / total.cases).toFixed(1);
    console.log(`${name}: ${total.cases} cases, ${share}% ${through}`);
  }
  tellGrowth(memory);
}

/** Null when a case went wrong; it was told then. */
async function runBatch(lane: Lane, seed: number): Promise<Tried | null> {
  return withScope(async (scope) => {
    const { property, tried } = await lane.open(scope);
    const details = await fc.check(property, { seed, numRuns: lane.cases });
    if (!details.failed) return tried();
    console.error(
      `${lane.name} went wrong with seed ${seed}, after ${details.numRuns} cases. The smallest case:`,
    );
    console.error(JSON.stringify(details.counterexample?.[0]));
    console.error(details.errorInstance);
    process.exitCode = 1;
    return null;
  });
}

function tellGrowth(memory: readonly number[]): void {
  const growth = (memory.at(-1) ?? 0) - (memory[Math.min(WARM_ROUNDS, memory.length - 1)] ?? 0);
  console.log(`memory: ${(growth / 2 ** 20).toFixed(1)} MB more than after the first rounds`);
  if (growth > GROWTH_BYTES) {
    console.error('Something keeps what it should let go.');
    process.exitCode = 1;
  }
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
