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

function judgedInner({ row, figures }: InnerOutcome): Judged[] {
  const figureOf = (name: string): number | undefined =>
    figures.find((one) => one.name === name)?.figure.value;
  return row.targets.map(({ name, most, times }) => {
    const text = `${name}: ≤ ${most} ${times === null ? 'µs' : `× ${times}`}`;
    const [own, other] = [figureOf(name), times === null ? 1 : figureOf(times)];
    if (own === undefined || other === undefined) return { text, ratio: null, isMet: null };
    return { text, ratio: own / other, isMet: own / other <= most };
  });
}

/** Markdown; it reads well in a terminal too. */
export function tableText({ outcomes, inner }: Findings): string {
  const parts = [
    ...(outcomes.length === 0 ? [] : [outcomeText(outcomes)]),
    ...(inner.length === 0 ? [] : [innerText(inner)]),
  ];
  return parts.join('\n\n');
}

function outcomeText(outcomes: readonly Outcome[]): string {
  const lines = ['| work | contestant | CPU or memory | per second |', '|---|---|---|---|'];
  for (const { row, entries } of outcomes) {
    for (const [at, { contestant, figure, why }] of entries.entries()) {
      const value = figure === null ? (why ?? '–') : `${rounded(figure.value)} ${row.unit}`;
      const rate = figure?.perSecond == null ? '' : Math.round(figure.perSecond).toLocaleString('en');
      lines.push(`| ${at === 0 ? row.title : ''} | ${contestant} | ${value} | ${rate} |`);
    }
  }
  const targets = outcomes.flatMap((outcome) => targetLines(outcome.row.title, judged(outcome)));
  return [...lines, '', ...TARGET_HEAD, ...targets].join('\n');
}

function innerText(inner: readonly InnerOutcome[]): string {
  const lines = ['| work | in | CPU | per second |', '|---|---|---|---|'];
  for (const { row, figures } of inner) {
    for (const [at, { name, figure }] of figures.entries()) {
      const rate = Math.round(figure.perSecond ?? 0).toLocaleString('en');
      lines.push(`| ${at === 0 ? row.title : ''} | ${name} | ${rounded(figure.value)} µs | ${rate} |`);
    }
  }
  const targets = inner.flatMap((outcome) => targetLines(outcome.row.title, judgedInner(outcome)));
  return [...lines, '', ...TARGET_HEAD, ...targets].join('\n');
}

const TARGET_HEAD = ['| work | target | ratio | |', '|---|---|---|---|'];

function targetLines(title: string, targets: readonly Judged[]): string[] {
  return targets.map(({ text, ratio, isMet }) => {
    const word = isMet === null ? 'not measured' : isMet ? 'met' : 'missed';
    return `| ${title} | ${text} | ${ratio === null ? '–' : ratio.toFixed(2)} | ${word} |`;
  });
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
  const own = inner.map((outcome) => ({
    ...{ id: outcome.row.id, unit: 'µs', figures: outcome.figures },
    targets: judgedInner(outcome),
  }));
  const versions = Object.values(programs).map(({ name, version }) => [name, version]);
  const machine = { ...machineFacts(), versions: Object.fromEntries(versions) };
  return JSON.stringify({ machine, rows: [...rows, ...own] }, null, 2);
}

/** The page of the proxies that is committed: what was measured, on what, and how to do it again. */
export function pageText(findings: Findings): string {
  const versions = Object.values(findings.programs).flatMap(({ name, path, version }) =>
    path === null ? [] : [`${name} ${version}`],
  );
  return `# Speed, side by side

Printed by \`${findings.command}\`. CPU time of the proxy's process tree, divided by what it did: a figure that bears a noisy machine better than requests per second do. The proxy has core 0, load and upstream share core 1, so the rate says only how much load there was. Each figure is the least of its rounds, since noise only adds; each round starts the proxy anew and warms it up.

${machineText()}; ${versions.join(', ')}.

The gate runs as users run it: \`gatewright run\`, with a policy, the record, the metrics and proxy credentials, and every request carries a token. Squid writes its access log. Of two ways to set Squid up, the better one counts.

${outcomeText(findings.outcomes)}
`;
}

/** The page of the core's own figures, which need no other program. */
export function innerPageText(findings: Findings): string {
  return `# Speed of the core

Printed by \`${findings.command}\`. CPU time of the process, the collector's threads included, divided by the decisions it made; the least of several rounds.

The large policy has 1,000 patterns, 1,000 networks and 10,000 users in 100 groups. A known connection asks again and again; a new client is one that the policy has never met.

A record of a million lines (about 400 MB, half of them decisions, 2,000 users) is summed up and decided again under two policies by the command as a user runs it: wall time, its start included.

${machineText()}.

${innerText(findings.inner)}
`;
}

function machineText(): string {
  const { cores, model, memoryGiB, kernel } = machineFacts();
  const node = `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`;
  return `Machine: ${cores} cores, ${model}, ${memoryGiB} GiB, Linux ${kernel}. ${node}`;
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
