// The files that make one policy: its own and those that it includes, each checked for its shape.
// Must not know disks, nor what the sections mean.
import type { z } from 'zod';
import { type Fault, type Located, readDocument } from '../../base/document.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Place } from './policy-document.ts';
import type { PolicySource } from './policy-schema.ts';

/** A text, and the name that faults give it. */
export interface PolicyText {
  readonly file: string;
  readonly text: string;
}

/** A file that was found. Two names of one file have the same `id`. */
export interface FoundText extends PolicyText {
  readonly id: string;
}

/** Reads the file that `path` names, counted from the folder of the file `from`. */
export type ReadInclude = (
  path: string,
  from: string,
) => Result<FoundText, { readonly problem: string; readonly mend: string }>;

/** One file of a policy. */
export interface PolicyPart {
  readonly file: string;
  readonly located: Located<PolicySource>;
}

/** Files beneath each other, the policy's own not counted. */
export const MAX_INCLUDE_DEPTH = 8;
/** Files that one policy may include in all. */
export const MAX_INCLUDES = 100;

/** The parts of a policy: each file before what it includes, the includes in order. */
export function readParts(
  first: FoundText,
  how: { readonly readInclude: ReadInclude; readonly schema: z.ZodType<PolicySource> },
): Result<readonly PolicyPart[], readonly Fault[]> {
  const { readInclude, schema } = how;
  const state: State = {
    schema,
    readInclude,
    parts: [],
    files: [],
    faults: [],
    includedAt: new Map(),
    asked: 0,
  };
  state.includedAt.set(first.id, null);
  readPart(state, first, []);
  return state.faults.length === 0 ? ok(state.parts) : err(inReadingOrder(state.faults, state.files));
}

/** Faults file by file, each file's in its own order. */
export function inReadingOrder(faults: readonly Fault[], files: readonly string[]): readonly Fault[] {
  const order = ({ file }: Fault): number => files.indexOf(file);
  return faults.toSorted((a, b) => order(a) - order(b) || a.line - b.line || a.column - b.column);
}

interface State {
  readonly schema: z.ZodType<PolicySource>;
  readonly readInclude: ReadInclude;
  readonly parts: PolicyPart[];
  readonly files: string[];
  readonly faults: Fault[];
  /** By id; null for the policy's own file. */
  readonly includedAt: Map<string, Place | null>;
  /** How many includes there were so far. */
  asked: number;
}

/** A file on the way from the policy's own to the one that is read, and where it includes the next. */
interface Step {
  readonly id: string;
  readonly next: Place;
}

function readPart(state: State, found: FoundText, above: readonly Step[]): void {
  state.files.push(found.file);
  const read = readDocument(found, state.schema);
  if (!read.ok) {
    state.faults.push(...read.error);
    return;
  }
  state.parts.push({ file: found.file, located: read.value });
  const { include } = read.value.value;
  const list = include === undefined ? [] : typeof include === 'string' ? [include] : include;
  for (const [index, path] of list.entries()) {
    const at = typeof include === 'string' ? ['include'] : ['include', index];
    const place = { file: found.file, ...read.value.at(at) };
    readNext(state, path, [...above, { id: found.id, next: place }]);
  }
}

/** Reads what the last step includes. */
function readNext(state: State, path: string, way: readonly Step[]): void {
  const place = way.at(-1)?.next;
  state.asked += 1;
  // The first include too many says it for all.
  if (place === undefined || state.asked > MAX_INCLUDES + 1) return;
  const found = findNext(state, path, { way, from: place.file });
  if (!found.ok) {
    state.faults.push({ ...place, value: path.slice(0, 200), ...found.error });
    return;
  }
  state.includedAt.set(found.value.id, place);
  readPart(state, found.value, way);
}

function findNext(
  state: State,
  path: string,
  { way, from }: { readonly way: readonly Step[]; readonly from: string },
): ReturnType<ReadInclude> {
  const bound = boundOf(state, path, way);
  if (bound !== null) return err(bound);
  const found = state.readInclude(path, from);
  if (!found.ok) return found;
  const repeated = repetitionOf(state, found.value.id, way);
  return repeated === null ? found : err(repeated);
}

interface Why {
  readonly problem: string;
  readonly mend: string;
}

function boundOf(state: State, path: string, way: readonly Step[]): Why | null {
  if (path.trim() === '' || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(path))
    return { problem: 'it names no file', mend: 'write a path, as approved-2026-11.yaml' };
  if (/[*?]|^[a-z][a-z0-9+.-]*:\/\//i.test(path))
    return { problem: 'files are included by name, not by pattern or URL', mend: 'name each file' };
  if (way.length > MAX_INCLUDE_DEPTH) {
    const problem = `files include each other more than ${MAX_INCLUDE_DEPTH} deep`;
    return { problem, mend: 'include the file nearer to the policy' };
  }
  if (state.asked <= MAX_INCLUDES) return null;
  const problem = `a policy includes at most ${MAX_INCLUDES} files`;
  return { problem, mend: 'put some of them together' };
}

function repetitionOf(state: State, id: string, way: readonly Step[]): Why | null {
  const above = way.find((step) => step.id === id);
  if (above !== undefined) {
    const isItself = above === way.at(-1);
    const problem = isItself
      ? 'the file includes itself'
      : `the file includes itself in a circle: it leads here from ${placeText(above.next)}`;
    return { problem, mend: 'remove one of the two includes' };
  }
  const earlier = state.includedAt.get(id);
  if (earlier === undefined || earlier === null) return null;
  const problem = `the file is included already, at ${placeText(earlier)}`;
  return { problem, mend: 'remove one of the two includes' };
}

/** `FILE:LINE:COLUMN` */
export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
