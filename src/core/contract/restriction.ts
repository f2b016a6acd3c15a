// What the restriction header says: nothing, something wrong, or which enterprises. Must not know who is asking.
import { type HeaderLines, headerValues } from '../base/header-lines.ts';
import { findEnterprise } from './standing.ts';
import type { Enterprise, World } from './world.ts';

/** Lower-case, as HTTP/2 sends it and as headers compare. */
export const RESTRICTION_HEADER = 'sec-github-allowed-enterprise';

/** The most enterprises that one header may list (GitHub Docs, "Enabling access restrictions for multiple enterprises"). */
const MOST_ENTERPRISES = 20;

export type Restriction =
  | { readonly kind: 'absent' }
  | { readonly kind: 'many-headers' | 'many-enterprises' | 'unknown-enterprise' }
  /** At least one; each once, in the order of the header. */
  | { readonly kind: 'named'; readonly enterprises: readonly Enterprise[] };

/** Where several things are wrong, the first of the union's order counts. */
export function readRestriction(headers: HeaderLines, world: World): Restriction {
  const lines = headerValues(headers, RESTRICTION_HEADER);
  const [line] = lines;
  if (line === undefined) return { kind: 'absent' };
  if (lines.length > 1) return { kind: 'many-headers' };
  const names = line.split(',').map((name) => name.trim());
  const most = world.multipleEnterprises === 'allow' ? MOST_ENTERPRISES : 1;
  if (names.length > most) return { kind: 'many-enterprises' };
  const named = new Set<Enterprise>();
  for (const name of names) {
    const enterprise = findEnterprise(world, name);
    if (enterprise?.restrictions !== 'enabled') return { kind: 'unknown-enterprise' };
    named.add(enterprise);
  }
  return { kind: 'named', enterprises: [...named] };
}
