// Values under host patterns, found by host without trying every pattern. Must not know what the values are.
import { type HostPattern, hostMatches } from '../language/pattern.ts';

/** By what every host of a pattern ends in: the host itself, or what follows the pattern's last `*.`; networks apart. */
export type HostTable<T> = ReadonlyMap<string, readonly (readonly [HostPattern, T])[]>;

export function hostTable<T>(entries: Iterable<readonly [HostPattern, T]>): HostTable<T> {
  const table = new Map<string, (readonly [HostPattern, T])[]>();
  for (const entry of entries) {
    const key = hostEnd(entry[0]);
    const known = table.get(key);
    if (known === undefined) table.set(key, [entry]);
    else known.push(entry);
  }
  return table;
}

/** The values of all patterns that cover the host, each as often as it was put in. `host` is lower-case. */
export function valuesAtHost<T>(table: HostTable<T>, host: string): readonly T[] {
  const found: T[] = [];
  for (const [pattern, value] of table.get(NETWORKS) ?? []) if (hostMatches(pattern, host)) found.push(value);
  for (let start = 0; start >= 0; start = following(host, start))
    for (const [pattern, value] of table.get(host.slice(start)) ?? [])
      if (hostMatches(pattern, host)) found.push(value);
  return found;
}

/** No host ends in it. */
const NETWORKS = '/';

/** Where the next label begins; negative when there is none. */
function following(host: string, start: number): number {
  const dot = host.indexOf('.', start);
  return dot < 0 ? dot : dot + 1;
}

function hostEnd(pattern: HostPattern): string {
  switch (pattern.kind) {
    case 'exact':
      return pattern.host;
    case 'network':
      return NETWORKS;
    case 'under':
      return pattern.parent;
    case 'glob':
      return pattern.suffix;
  }
}
