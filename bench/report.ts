// What a run found, as a table for people, as JSON for programs, as a page for the project.
// Must not know how it was found.
import { cpus, release, totalmem } from 'node:os';
import type { InnerFigure, InnerRow } from './decision.ts';
import type { Figure } from './measure.ts';
import type { Row } from './rows.ts';
import type { Programs } from './tools.ts';

export interface Entry {
  readonly contestant: string;
  /** Null where it was not measured. */
  readonly figure: Figure | null;
  /** Why there is no figure. */
  readonly why: string | null;
}

export interface Outcome {
  readonly row: Row;
  readonly entries: readonly Entry[];
}

export interface InnerOutcome {
  readonly row: InnerRow;
  readonly figures: readonly InnerFigure[];
}

export interface Findings {
  readonly outcomes: readonly Outcome[];
  readonly inner: readonly InnerOutcome[];
  readonly programs: Programs;
  readonly command: string;
}

interface Judged {
  readonly text: string;
  readonly ratio: number | null;
  readonly isMet: boolean | null;
}

/** The gate's ratio to the best of those it is held against. */
function judged({ row, entries }: Outcome): Judged[] {
  const own = entries[0]?.figure?.value;
  return row.targets.map(({ against, ratio: limit }) => {
    const names = against.map(({ name }) => name);
    const others = entries.flatMap(({ contestant, figure }) =>
      names.includes(contestant) && figure !== null ? [figure.value] : [],
    );
    const best = Math.min(...others);
    const shown = names.length === 1 ? names[0] : `the better ${names[0]?.split(',')[0]}`;
    const text = `≤ ${limit < 0.4 ? `1/${Math.round(1 / limit)}` : limit} × ${shown}`;
    if (own === undefined || others.length === 0) return { text, ratio: null, isMet: null };
    return { text, ratio: own / best, isMet: own / best <= limit };
  });
}

/** Markdown; it reads well in a terminal too. */
export function tableText(findings: Findings): string {
  const lines = ['| work | contestant | CPU or memory | per second |', '|---|---|---|---|'];
  for (const { row, entries } of findings.outcomes) {
    for (const [at, { contestant, figure, why }] of entries.entries()) {
      const value = figure === null ? (why ?? '–') : `${rounded(figure.value)} ${row.unit}`;
      const rate = figure?.perSecond == null ? '' : Math.round(figure.perSecond).toLocaleString('en');
      lines.push(`| ${at === 0 ? row.title : ''} | ${contestant} | ${value} | ${rate} |`);
    }
  }
  for (const { row, figures } of findings.inner) {
    for (const [at, { name, figure }] of figures.entries())
      lines.push(`| ${at === 0 ? row.title : ''} | ${name} | ${rounded(figure.value)} µs | |`);
  }
  return [...lines, '', ...targetLines(findings)].join('\n');
}

function targetLines({ outcomes }: Findings): string[] {
  const lines = ['| work | target | ratio | |', '|---|---|---|---|'];
  for (const outcome of outcomes) {
    for (const { text, ratio, isMet } of judged(outcome)) {
      const word = isMet === null ? 'not measured' : isMet ? 'met' : 'missed';
      lines.push(`| ${outcome.row.title} | ${text} | ${ratio === null ? '–' : ratio.toFixed(2)} | ${word} |`);
    }
  }
  return lines;
}

/** One object with everything, for programs. */
export function jsonText(findings: Findings): string {
  const { outcomes, inner, programs } = findings;
  const rows = outcomes.map((outcome) => ({
    id: outcome.row.id,
    unit: outcome.row.unit,
    entries: outcome.entries,
    targets: judged(outcome),
  }));
  const own = inner.map(({ row, figures }) => ({ id: row.id, unit: 'µs', figures }));
  const versions = Object.values(programs).map(({ name, version }) => [name, version]);
  const machine = { ...machineFacts(), versions: Object.fromEntries(versions) };
  return JSON.stringify({ machine, rows: [...rows, ...own] }, null, 2);
}

/** The page that is committed: what was measured, on what, and how to do it again. */
export function pageText(findings: Findings): string {
  const { cores, model, memoryGiB, kernel } = machineFacts();
  const versions = Object.values(findings.programs).flatMap(({ name, path, version }) =>
    path === null ? [] : [`${name} ${version}`],
  );
  return `# Speed, side by side

Printed by \`${findings.command}\`. CPU time of the proxy's process tree, divided by what it did: a figure that bears a noisy machine better than requests per second do. The proxy has core 0, load and upstream share core 1, so the rate says only how much load there was. Each figure is the least of its rounds, since noise only adds; each round starts the proxy anew and warms it up.

Machine: ${cores} cores, ${model}, ${memoryGiB} GiB, Linux ${kernel}. Node ${process.versions.node}, OpenSSL ${process.versions.openssl}; ${versions.join(', ')}.

The gate runs as users run it: \`gatewright run\`, with a policy, the record, the metrics and proxy credentials, and every request carries a token. Squid writes its access log. Of two ways to set Squid up, the better one counts.

${tableText(findings)}
`;
}

function machineFacts(): { cores: number; model: string; memoryGiB: number; kernel: string } {
  const all = cpus();
  return {
    cores: all.length,
    model: all[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: /^\d+\.\d+/.exec(release())?.[0] ?? 'unknown',
  };
}

function rounded(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(value >= 10 ? 3 : 2);
}
