// `npm run soak`: many clients of every kind at once, for a while, through the demo's gate. It fails on a wrong verdict,
// on a gate that ended, and on memory that keeps growing. Must not know what the clients do.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { countOption } from '../../bench/count-option.ts';
import { type Demo, startDemoProcess } from '../support/demo.ts';
import { withScope } from '../support/own-scope.ts';
import { type Scene, scenesFor } from './scenes.ts';

interface Options {
  readonly seconds: number;
  readonly clients: number;
  readonly growth: number;
}

/** What became of the visits of one kind. */
interface Tally {
  visits: number;
  wrong: number;
  ms: number;
  slowestMs: number;
}

const SHOWN_FAULTS = 10;

const command = new Command('soak')
  .description('mixed clients through the gate for a while: no wrong verdict, no crash, bounded memory')
  .option('--seconds <n>', 'how long', countOption, 60)
  .option('--clients <n>', 'how many at a time', countOption, 64)
  .option('--growth <megabytes>', 'how much the memory may grow after the first third', countOption, 96)
  .parse();

await withScope(async (scope) => soak(await startDemoProcess(scope), command.opts<Options>()));

async function soak(demo: Demo & { readonly pid: number }, options: Options): Promise<void> {
  const scenes = scenesFor(demo);
  const tallies = new Map(scenes.map(({ name }) => [name, { visits: 0, wrong: 0, ms: 0, slowestMs: 0 }]));
  const faults: string[] = [];
  const memory: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + options.seconds * 1_000;
  const watch = setInterval(() => memory.push(residentMegabytes(demo.pid)), 500);
  await Promise.all(
    Array.from({ length: options.clients }, (_, at) =>
      visitUntil(endMs, { scenes, first: at, tallies, faults }),
    ),
  );
  clearInterval(watch);
  const third = memory.slice(0, Math.ceil(memory.length / 3));
  const before = Math.max(0, ...third);
  const after = Math.max(0, ...memory);
  console.log(tableOf(tallies));
  console.log(
    `\nmemory of gate and simulator: ${before} MB at most in the first third, ${after} MB at most in all`,
  );
  if (after - before > options.growth) faults.push(`The memory grew by ${after - before} MB.`);
  for (const fault of faults.slice(0, SHOWN_FAULTS)) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}

interface Visiting {
  readonly scenes: readonly Scene[];
  readonly first: number;
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly faults: string[];
}

/** One client: it plays one scene after the other, each in a scope of its own. */
async function visitUntil(endMs: number, { scenes, first, tallies, faults }: Visiting): Promise<void> {
  for (let at = first; performance.now() < endMs; at += 1) {
    const scene = scenes[at % scenes.length];
    const tally = tallies.get(scene?.name ?? '');
    if (scene === undefined || tally === undefined) return;
    const startedMs = performance.now();
    try {
      await withScope((t) => scene.play(t));
    } catch (error) {
      tally.wrong += 1;
      faults.push(`${scene.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const ms = performance.now() - startedMs;
    tally.visits += 1;
    tally.ms += ms;
    tally.slowestMs = Math.max(tally.slowestMs, ms);
  }
}

function tableOf(tallies: ReadonlyMap<string, Tally>): string {
  const rows = [...tallies].map(([name, { visits, wrong, ms, slowestMs }]) => [
    name,
    String(visits),
    String(wrong),
    visits === 0 ? '–' : (ms / visits).toFixed(1),
    slowestMs.toFixed(0),
  ]);
  const table = [['client', 'visits', 'wrong', 'ms', 'slowest ms'], ...rows];
  const widths = table[0]?.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0))) ?? [];
  return table
    .map((row) =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

/** Throws when the process is gone, and with it the soak fails. */
function residentMegabytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kibibytes ?? 0) / 1_024);
}
