// Reading a file that a person wrote: YAML 1.2 text and a schema in, a value with locations or every fault out.
// Must not know what any file means, nor where its text came from.
import { LineCounter } from 'yaml';
import type { z } from 'zod';
import { type Finding, schemaFindings } from './_schema-findings.ts';
import { type PathKey, readYaml } from './_yaml-tree.ts';
import { err, ok, type Result } from './result.ts';
import { unseenIn } from './unseen.ts';

/** One thing that is wrong in a document. `line` and `column` count from 1, columns in UTF-16 units. */
export interface Fault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The key or value as it was written. */
  readonly value: string;
  readonly problem: string;
  /** What would be right. */
  readonly mend: string;
}

/** A value that was read, and where each part of it stands in its file. */
export interface Located<T> {
  readonly value: T;
  /** Where the value at `path` begins; for a path that is not there, where its nearest parent does. */
  at(path: readonly PathKey[]): { readonly line: number; readonly column: number };
  /** Where the key itself stands in the mapping at `path`. */
  keyAt(path: readonly PathKey[], key: string): { readonly line: number; readonly column: number };
}

/**
 * Reads one YAML 1.2 document. Tags, merge keys, several documents, duplicate and unknown keys are faults,
 * and the expansion of aliases is bounded. All faults of the first stage that has any are returned, in the file's order.
 */
export function readDocument<T>(
  source: { readonly text: string; readonly file: string },
  schema: z.ZodType<T>,
): Result<Located<T>, readonly Fault[]> {
  const yaml = readYaml(source.text);
  if (!yaml.ok) return err(faultsOf(source, yaml.error));
  const tree = yaml.value;
  const checked = schema.safeParse(tree.value);
  if (!checked.success) {
    const findings = schemaFindings(checked.error.issues, schema, tree);
    return err(
      faultsOf(
        source,
        findings.toSorted((a, b) => a.offset - b.offset),
      ),
    );
  }
  const positionOf = positions(source.text);
  return ok({
    value: checked.data,
    at: (path) => positionOf(tree.offsetOf(path)),
    keyAt: (path, key) => positionOf(tree.offsetOfKey(path, key)),
  });
}

/** The fault as one line for a person: what was read, what is wrong, what would be right, and where. */
export function faultText(fault: Fault): string {
  const place = `${fault.file}:${fault.line}:${fault.column}`;
  return `Cannot read ${JSON.stringify(fault.value)}: ${fault.problem}; ${fault.mend} (${place})`;
}

/** The known word that `word` most likely stands for: at most a third of its letters differ. Null when none is near. */
export function nearestSpelling(word: string, known: readonly string[]): string | null {
  if (word === '') return null;
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** The faults, in order. Where a character that nobody sees stands for a blank, that is told, and not what came of it. */
function faultsOf(
  source: { readonly text: string; readonly file: string },
  findings: readonly Finding[],
): readonly Fault[] {
  const faults = findings.map((finding) => faultOf(source, finding));
  const lines = source.text.split('\n');
  const structural = lines.findIndex((line) => unseenIn(/^[^\w"']*/.exec(codeOf(line))?.[0] ?? '') !== null);
  const line =
    structural >= 0
      ? structural + 1
      : faults.find((fault) => unseenIn(codeOf(lines[fault.line - 1] ?? '')))?.line;
  if (line === undefined) return faults;
  const code = codeOf(lines[line - 1] ?? '');
  const unseen = unseenIn(code);
  const problem = `a character that is not seen (${unseen?.code}) stands here, and is no blank in YAML`;
  const value = code.trim().slice(0, 60);
  return [
    { file: source.file, line, column: (unseen?.at ?? 0) + 1, value, problem, mend: 'write a plain space' },
  ];
}

/** A line without its comment and quoted text. A byte order mark may open a file (YAML 1.2.2 section 5.2). */
function codeOf(line: string): string {
  const unquoted = line.replace(/"[^"]*"|'[^']*'/g, (quoted) => '-'.repeat(quoted.length));
  return unquoted.replace(/(?:^|\s)#.*$/, '').replace(/^\ufeff/, ' ');
}

function faultOf(source: { readonly text: string; readonly file: string }, finding: Finding): Fault {
  const { value, problem } = finding;
  const position = positions(source.text)(finding.offset);
  return { file: source.file, ...position, value, problem, mend: mendOf(finding) };
}

function mendOf(finding: Finding): string {
  if (finding.mend !== null) return finding.mend;
  const near = nearestSpelling(finding.value, finding.instead);
  if (near !== null) return `did you mean "${near}"?`;
  return finding.instead.length === 0 ? 'remove it' : `known here: ${finding.instead.join(', ')}`;
}

function positions(text: string): (offset: number) => { line: number; column: number } {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  return (offset) => {
    const { line, col: column } = lines.linePos(offset);
    return { line, column };
  };
}

/** Optimal string alignment distance: a swap of two neighbours counts once. Stops counting at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(
        (previous[j] ?? limit) + 1,
        (row[j - 1] ?? limit) + 1,
        (previous[j - 1] ?? limit) + same,
      );
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (i > 1 && j > 1 && swapped) cost = Math.min(cost, (older[j - 2] ?? limit) + 1);
      row.push(cost);
    }
    older = previous;
    previous = row;
  }
  return previous[b.length] ?? limit;
}
