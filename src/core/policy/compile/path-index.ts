// Path patterns of one host, found by path without trying each. Must not know rules or hosts.
import type { PathPattern } from '../language/pattern.ts';

/** Values under exact paths and under prefixes; `lengths` are those of the prefixes, ascending. */
export interface PathIndex<T> {
  readonly exact: ReadonlyMap<string, readonly T[]>;
  readonly prefix: ReadonlyMap<string, readonly T[]>;
  readonly lengths: readonly number[];
}

export function pathIndex<T>(entries: Iterable<readonly [PathPattern, T]>): PathIndex<T> {
  const exact = new Map<string, T[]>();
  const prefix = new Map<string, T[]>();
  for (const [pattern, value] of entries) {
    if (pattern.kind !== 'prefix') push(exact, pattern.path, value);
    if (pattern.kind === 'prefix') push(prefix, pattern.path, value);
    if (pattern.kind === 'beneath') push(prefix, `${pattern.path}/`, value);
  }
  const lengths = [...new Set([...prefix.keys()].map((path) => path.length))].sort((a, b) => a - b);
  return { exact, prefix, lengths };
}

/** Every value whose pattern covers the path; a value may come twice. */
export function valuesOnPath<T>(index: PathIndex<T>, path: string): readonly T[] {
  let found = index.exact.get(path) ?? NONE;
  for (const length of index.lengths) {
    if (length > path.length) break;
    const values = index.prefix.get(path.slice(0, length));
    if (values !== undefined) found = found.length === 0 ? values : [...found, ...values];
  }
  return found;
}

const NONE: readonly never[] = [];

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
