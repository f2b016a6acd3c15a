// `npm run floods`: each flood from one client while a member works, each fault with its cost; a table on the screen, and
// with --write docs/floods.md. Must not know any single flood or fault.
import { Command } from 'commander';
import { countOption } from '../../bench/count-option.ts';
import { withScope } from '../support/own-scope.ts';
import { FLOODS } from './all-floods.ts';
import { FAULTS } from './faults.ts';
import { measured, percentile } from './measure.ts';
import { faultRow, floodRow, type PageRow, writePage } from './page.ts';
import { openStage } from './stage.ts';

interface Options {
  readonly seconds: number;
  readonly gigabytes: number;
  readonly only?: string;
  readonly write?: string | true;
}

const PROMISED_MS = 250;

const command = new Command('floods')
  .description('each flood from one client while a member works, and each fault with its cost')
  .option('--seconds <n>', 'how long each flood runs', countOption, 5)
  .option('--gigabytes <n>', 'how large the large bodies are', countOption, 10)
  .option('--only <text>', 'floods and faults whose name contains it')
  .option('--write [note]', 'write docs/floods.md; the note says what else the machine was doing')
  .parse();

await floods(command.opts<Options>());

async function floods({ seconds, gigabytes, only, write }: Options): Promise<void> {
  const isWanted = ({ name }: { readonly name: string }): boolean => name.includes(only ?? '');
  const faults: string[] = [];
  const rows: { floods: PageRow[]; faults: PageRow[] } = { floods: [], faults: [] };
  for (const flood of FLOODS.filter(isWanted)) {
    // A gate of its own for each: what one leaves behind must not count for the next.
    const row = await withScope(async (scope) => {
      const stage = await openStage(scope);
      let sent = 0;
      const figures = await measured(stage.gate, async () => {
        sent = await stage.flood(flood, seconds);
      });
      await stage.gate.stop();
      for (const [where, probed] of Object.entries({ elsewhere: figures.elsewhere, here: figures.here })) {
        const p99 = percentile(probed, 99);
        if (!(p99 < PROMISED_MS)) faults.push(`${flood.name}: a member ${where} waited ${p99.toFixed(0)} ms`);
        if (probed.lost > 0)
          faults.push(`${flood.name}: ${probed.lost} requests of a member ${where} were lost`);
      }
      return floodRow({ flood, perSecond: sent / seconds, figures });
    });
    rows.floods.push(row);
    console.log(row.join(' | '));
  }
  for (const fault of FAULTS.filter(isWanted)) {
    const { figures, wrong } = await withScope((scope) => fault.run(scope, { gigabytes }));
    if (wrong !== null) faults.push(`${fault.name}: ${wrong}`);
    const row = faultRow(fault.name, figures);
    rows.faults.push(row);
    console.log(row.join(' | '));
  }
  if (write !== undefined) writePage(rows, { seconds, note: write === true ? null : write });
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
