// `npm run bench`: the gate beside other proxies on this machine, row by row; loopback only, and bounded in time.
// Must not know any proxy.
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { ContestantKind } from './contestant.ts';
import { countOption } from './count-option.ts';
import { Lab } from './lab.ts';
import type { Figure } from './measure.ts';
import { type Origin, startOrigin } from './origin.ts';
import {
  type Entry,
  type Findings,
  innerPageText,
  jsonText,
  type Outcome,
  pageText,
  tableText,
} from './report.ts';
import { INNER_ROWS, ROWS, type Row } from './rows.ts';
import { findPrograms, type ProgramName, type Programs } from './tools.ts';

interface Options {
  readonly row: readonly string[];
  readonly against: readonly string[];
  readonly seconds: number;
  readonly rounds: number;
  readonly json?: true;
  readonly write?: true;
}

const FOLDER = dirname(fileURLToPath(import.meta.url));
const NEEDED: readonly ProgramName[] = ['nginx', 'taskset', 'hey', 'h2load', 'curl'];

const collect = (value: string, before: readonly string[]): string[] => [...before, value];
const command = new Command('bench')
  .description('the gate beside other proxies: CPU for each unit of work')
  .option(
    '--row <id>',
    `only this row; may be repeated (${[...ROWS, ...INNER_ROWS].map(({ id }) => id).join(', ')})`,
    collect,
    [],
  )
  .option(
    '--against <name>',
    'only contestants whose name contains this, and the gate; may be repeated',
    collect,
    [],
  )
  .option('--seconds <n>', 'seconds of load for each figure', countOption, 5)
  .option('--rounds <n>', 'times each figure is taken; the least counts', countOption, 1)
  .option('--json', 'print JSON instead of tables')
  .option('--write', 'write bench/results.md too, and bench/decisions.md where all of its rows were measured')
  .parse();

await bench(command.opts<Options>());

async function bench(options: Options): Promise<void> {
  const programs = findPrograms();
  sayMissing(programs);
  const rows = wanted(ROWS, options);
  const canRun = NEEDED.every((name) => programs[name].path !== null);
  if (rows.length > 0 && !canRun) {
    process.exitCode = 1;
    return;
  }
  const outcomes = rows.length === 0 ? [] : await measureRows(rows, programs, options);
  const inner = wanted(INNER_ROWS, options).map((row) => ({ row, figures: row.figures() }));
  const findings: Findings = { outcomes, inner, programs, command: commandText() };
  console.log(options.json === true ? jsonText(findings) : tableText(findings));
  if (options.write !== true) return;
  if (outcomes.length > 0) writeFileSync(join(FOLDER, 'results.md'), pageText(findings));
  if (inner.length === INNER_ROWS.length)
    writeFileSync(join(FOLDER, 'decisions.md'), innerPageText(findings));
}

function wanted<R extends { readonly id: string }>(rows: readonly R[], { row }: Options): readonly R[] {
  return row.length === 0 ? rows : rows.filter(({ id }) => row.includes(id));
}

function sayMissing(programs: Programs): void {
  for (const { name, path, role, install } of Object.values(programs)) {
    if (path === null) note(`${name} (${role}) is missing. Install it: ${install}`);
  }
  const [load = 0] = loadavg();
  if (load > 0.5)
    note(`This machine is busy (load ${load.toFixed(1)}): figures will be too high, ratios less so.`);
}

async function measureRows(rows: readonly Row[], programs: Programs, options: Options): Promise<Outcome[]> {
  const lab = new Lab(programs);
  const end = (): void => void lab.close().finally(() => process.exit(1));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    const origin = await startOrigin(lab);
    const outcomes: Outcome[] = [];
    for (const row of rows) outcomes.push(await measureRow(row, { lab, origin, options }));
    return outcomes;
  } finally {
    await lab.close();
    process.off('SIGINT', end).off('SIGTERM', end);
  }
}

interface Bench {
  readonly lab: Lab;
  readonly origin: Origin;
  readonly options: Options;
}

async function measureRow(row: Row, bench: Bench): Promise<Outcome> {
  const { against } = bench.options;
  const contestants = row.contestants.filter(
    ({ name }, at) => at === 0 || against.length === 0 || against.some((part) => name.includes(part)),
  );
  const figures = new Map<ContestantKind, Figure[]>();
  // Round by round, so that a busy moment of the machine falls on everyone.
  for (let round = 0; round < bench.options.rounds; round += 1) {
    for (const kind of contestants) {
      if (isMissing(kind, bench.lab.programs)) continue;
      const figure = await row.measure({ ...bench, seconds: bench.options.seconds }, kind);
      figures.set(kind, [...(figures.get(kind) ?? []), figure]);
      note(`${row.id}: ${kind.name}: ${figure.value.toFixed(1)} ${row.unit}`);
    }
  }
  return { row, entries: contestants.map((kind) => entryOf(kind, figures.get(kind) ?? [])) };
}

/** Noise only adds, so the least of all rounds counts. */
function entryOf({ name }: ContestantKind, figures: readonly Figure[]): Entry {
  const [least] = figures.toSorted((one, other) => one.value - other.value);
  if (least === undefined) return { contestant: name, figure: null, why: 'not installed' };
  return { contestant: name, figure: least, why: null };
}

function isMissing({ program }: ContestantKind, programs: Programs): boolean {
  return program !== null && programs[program].path === null;
}

function commandText(): string {
  const args = process.argv.slice(2);
  return ['npm run bench', ...(args.length === 0 ? [] : ['--', ...args])].join(' ');
}

/** To standard error, so that standard output is the result alone. */
function note(line: string): void {
  console.error(line);
}
