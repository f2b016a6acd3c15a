// docs/floods.md: what was measured, and how to read it. Must not know how it was measured.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/processes.ts';
import type { FaultFigures } from './faults.ts';
import type { Flood } from './flood.ts';
import { type Measured, type Probed, percentile } from './measure.ts';
import { STAGE_LIMITS } from './stage.ts';

export type PageRow = readonly string[];

/** What the gate did, as many words as a cell takes. */
const SHOWN_DEEDS = 3;

export function floodRow(of: {
  readonly flood: Flood;
  readonly perSecond: number;
  readonly figures: Measured;
}): PageRow {
  const { flood, perSecond, figures } = of;
  const { elsewhere, here, cpu, did } = figures;
  const deeds = did.slice(0, SHOWN_DEEDS).map(([what, count]) => `${what} × ${thousands(count)}`);
  return [
    flood.name,
    `${thousands(Math.round(perSecond))} ${flood.unit}`,
    deeds.length === 0 ? 'nothing to refuse' : deeds.join(', '),
    quantiles(elsewhere),
    quantiles(here),
    `${Math.round(100 * cpu)} %`,
    memory(figures.megabytes),
    String(elsewhere.lost + here.lost),
  ];
}

export function faultRow(name: string, { seen, seconds, megabytes }: FaultFigures): PageRow {
  return [name, seen, `${seconds.toFixed(1)} s`, memory(megabytes)];
}

/** Writes the page anew. */
export function writePage(
  rows: { readonly floods: readonly PageRow[]; readonly faults: readonly PageRow[] },
  run: { readonly seconds: number; readonly note: string | null },
): void {
  const limits = Object.entries(STAGE_LIMITS).map(([name, value]) => `\`${name}: ${value}\``);
  const text = `# Floods and faults

What the gate did under each flood, and what a member felt of it. \`npm run floods -- --write\` measures it all and writes this page; nothing here is written by hand.

## How to read it

- Each flood is one client of this machine (127.0.0.1) in a process of its own, for ${run.seconds} seconds, against a fresh gate in a process of its own: record, metrics and policy on, limits as by default but for ${limits.join(', ')}, so that what is slow ends within the flood.
- *Elsewhere* is a member at 127.0.0.2 who opens a new tunnel through the flooded listener for each request: CONNECT, TLS, one answer. *Here* is a member at the flood's own address, on a tunnel that stood before. Both ask every 25 ms, at fixed times, so that a gate that stands still shows in every request that was due; the promise is 250 ms at the 99th percentile. *Lost* are their requests without an answer 200 within 5 s.
- *What the gate did* are the counts of \`gatewright_failures_total\` by [code](errors.md) and the statuses of its own answers during the flood, most first.
- *CPU* is of one core, of main process and workers together. *Memory* is resident, of all of them: before, at most, and 3 s after. V8 gives freed memory back late; what counts is that it does not follow the flood.
- The limits: [settings.md](settings.md#limits).

## The machine

${machine(run.note)}

## Floods

| flood | sent in a second | what the gate did | elsewhere p50 / p99 | here p50 / p99 | CPU | memory, MB | lost |
|---|---|---|---|---|---|---|---|
${rows.floods.map(line).join('\n')}

## Faults

Large bodies pass a reader that pauses for 20 ms after every 64 MB. The memory of each worker may grow by 64 MB.

| fault | what was seen | took | memory, MB |
|---|---|---|---|
${rows.faults.map(line).join('\n')}

Every other fault (resets, silence, half-closes and drips of upstream at each phase, DNS, clocks) is tried by \`npm test -- faults\` without figures: the client is told honestly, the record says whose fault it was, and nothing is kept.
`;
  writeFileSync(join(ROOT, 'docs', 'floods.md'), text);
}

function line(cells: PageRow): string {
  return `| ${cells.join(' | ')} |`;
}

function machine(note: string | null): string {
  const [first] = cpus();
  const kernel = execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim();
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');
  const told = `${availableParallelism()} × ${first?.model.trim() ?? 'an unknown processor'}, ${kernel}, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}. Gate, upstream, member and flood (at a lower priority) shared it. Load at the end: ${load}.`;
  return note === null ? told : `${told}\n\n${note}`;
}

function quantiles(probed: Probed): string {
  return `${percentile(probed, 50).toFixed(1)} / ${percentile(probed, 99).toFixed(1)} ms`;
}

function memory({ before, peak, after }: FaultFigures['megabytes']): string {
  return `${before} → ${peak} → ${after}`;
}

function thousands(value: number): string {
  return value.toLocaleString('en-US');
}
