// `gatewright walkthrough`: GitHub's page on the restriction, played scene by scene: what it promises, and what is seen.
// Must not know the scenes, nor how requests are made.
import { Command } from 'commander';
import { countsOf, headingLines, type Look, rowLines } from '../../client/walkthrough/table.ts';
import { type Row, takeTour } from '../../client/walkthrough/tour.ts';
import { ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { DEFAULT_ADMIN, DEFAULT_TOKEN_FILE } from '../admin-client.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson, warn } from '../cli.ts';
import { EXIT } from '../exit-status.ts';
import { type Plan, planDemo, planReal, type TourOptions } from './_itinerary.ts';

interface WalkthroughOptions extends TourOptions {
  readonly json?: true;
}

export function walkthroughCommand(cli: Cli): Command {
  return new Command('walkthrough')
    .description("play GitHub's page on the restriction, and compare what it promises with what is seen")
    .option('--admin <url>', "the demo's admin API", DEFAULT_ADMIN)
    .option('--token-file <file>', 'its admin token', DEFAULT_TOKEN_FILE)
    .option('--proxy <url>', "the listener (the demo's office, or http://127.0.0.1:3128)")
    .option('--ca <file>', 'what is trusted', '.gatewright/ca.pem')
    .option('--direct <host:port>', "GitHub, past the gate (the demo's 127.0.0.1:8443)")
    .option('--github <url>', 'a real network instead of the demo, with tokens of your own')
    .option('--enterprise <slug>', "your enterprise (the demo's octo-corp)")
    .option('--shortcode <code>', "what your users' names end in (the demo's octo)")
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright walkthrough', 'through the demo that runs in this folder'],
        [
          'gatewright walkthrough --github https://github.com --proxy http://gate:3128 --ca gate.pem --enterprise acme --shortcode acme',
          'your network; docs/walkthrough.md names the variables for your tokens',
        ],
        ['gatewright walkthrough --json; echo $?', '1: something differs'],
      ),
    )
    .action(async (options: WalkthroughOptions) => {
      let isOver = false;
      const end = (): void => {
        isOver = true;
      };
      void cli.terminal.untilStopped().then(end);
      const make = options.github === undefined ? planDemo : planReal;
      const plan = await make(cli, options, { isOver: () => isOver });
      if (!plan.ok) return endInTrouble(cli, plan.error);
      // A reader that has seen enough, such as `head`, must not leave the stamp off either.
      process.stdout.on('error', end);
      const rows = await walk(cli, plan.value, options);
      if (!rows.ok) return endInTrouble(cli, rows.error);
      if (isOver) {
        warn(cli, 'Stopped before the end.');
        cli.end(EXIT.failure);
        return;
      }
      sum(cli, rows.value, options);
    });
}

/** Shows each row as it is known, and puts the stamp back whatever happens. */
async function walk(
  cli: Cli,
  { itinerary, restore }: Plan,
  { json }: WalkthroughOptions,
): Promise<Result<readonly Row[], Trouble>> {
  const look: Look = { paint: (style, text) => paint(cli, style, text), width: tableWidth(cli) };
  let before: Row | null = null;
  const show = (row: Row): void => {
    if (json === true) return;
    for (const line of [...headingLines(row, before, look), ...rowLines(row, look)]) say(cli, line);
    before = row;
  };
  let restored: Result<unknown, Trouble> = ok(null);
  let rows: Result<readonly Row[], Trouble>;
  try {
    rows = await takeTour(itinerary, show);
  } finally {
    restored = await restore();
  }
  return rows.ok && !restored.ok ? restored : rows;
}

function sum(cli: Cli, rows: readonly Row[], { json }: WalkthroughOptions): void {
  const counts = countsOf(rows);
  if (json === true) sayJson(cli, { ...counts, rows: rows.map(forProgram) });
  else {
    const { expected, different, skipped } = counts;
    say(cli);
    say(
      cli,
      `${rows.length} scenes: ${expected} as expected, ${paint(cli, different > 0 ? 'red' : 'green', `${different} different`)}, ${skipped} skipped.`,
    );
  }
  cli.end(counts.different > 0 ? EXIT.failure : EXIT.fine);
}

function forProgram({ outcome, ...row }: Row): Readonly<Record<string, unknown>> {
  const { kind, ...rest } = outcome;
  return { ...row, outcome: kind, ...rest };
}

const NARROWEST = 80;
const WIDEST = 180;
const USUAL = 120;

/** That of the terminal; what goes to a file or a pipe has the usual width. */
function tableWidth({ terminal }: Cli): number {
  const said = Number(terminal.env['COLUMNS'] ?? Number.NaN);
  const columns = Number.isInteger(said) ? said : (process.stdout.columns ?? USUAL);
  return Math.min(Math.max(columns, NARROWEST), WIDEST);
}
