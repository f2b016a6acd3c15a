// The names that GitHub publishes, read as patterns of a policy. Must not know what a policy makes of them.
import { isAtOrUnder } from '../../base/hostname.ts';
import { parseIpAddress } from '../../base/ip-address.ts';
import { presetsToBlock } from '../../vendors/github/presets.ts';
import {
  type PublishedDomains,
  RENTED_DOMAINS,
  type UnreadableName,
} from '../../vendors/github/published-domains.ts';
import {
  type HostPattern,
  hostPatternText,
  includesHosts,
  type Pattern,
  parsePattern,
} from '../language/pattern.ts';

/** One published name, and every category that has it. */
export interface PublishedPattern {
  /** Lower-case, as `*.github.com`. */
  readonly text: string;
  readonly pattern: Pattern;
  readonly categories: readonly string[];
  /** True when anybody can rent a name that it covers. */
  readonly isRented: boolean;
  /** The preset to block that has all of it; null: none has. */
  readonly blockPreset: string | null;
}

export interface PublishedPatterns {
  readonly categories: readonly string[];
  /** In the order of their texts. */
  readonly patterns: readonly PublishedPattern[];
  readonly unreadable: readonly UnreadableName[];
}

/** Reads every name; what is no host name and no wildcard of a policy is kept apart with the reason. */
export function publishedPatterns(domains: PublishedDomains): PublishedPatterns {
  const found = new Map<string, { pattern: Pattern; categories: string[] }>();
  const unreadable: UnreadableName[] = [...domains.unreadable];
  for (const { category, text } of domains.names) {
    const read = readName(text);
    if (typeof read === 'string') {
      unreadable.push({ category, text, problem: read });
      continue;
    }
    const key = hostPatternText(read.host);
    const known = found.get(key);
    if (known === undefined) found.set(key, { pattern: read, categories: [category] });
    else if (!known.categories.includes(category)) known.categories.push(category);
  }
  const blocks = blockRows();
  const patterns = [...found.entries()].map(([text, each]) => {
    const row = blocks.find(({ hosts }) => hosts.some((host) => includesHosts(host, each.pattern.host)));
    return { text, ...each, isRented: isRented(text), blockPreset: row?.preset ?? null };
  });
  const inOrder = patterns.toSorted((a, b) => (a.text < b.text ? -1 : 1));
  return { categories: domains.categories, patterns: inOrder, unreadable };
}

/** A pattern, or what is wrong with the name. */
function readName(text: string): Pattern | string {
  if (/[/:@\s]/.test(text)) return 'it is no host name';
  if (parseIpAddress(text).ok) return 'it is an address';
  const pattern = parsePattern(text, HTTPS_PORT);
  return pattern.ok ? pattern.value : pattern.error.problem;
}

const HTTPS_PORT = 443;

/** What the presets to block have on this port. */
function blockRows(): readonly { readonly preset: string; readonly hosts: readonly HostPattern[] }[] {
  return presetsToBlock().map(({ name, rows }) => ({
    preset: name,
    hosts: rows.flatMap((row) => {
      const read = parsePattern(row.pattern, HTTPS_PORT);
      return read.ok && read.value.port === HTTPS_PORT ? [read.value.host] : [];
    }),
  }));
}

function isRented(text: string): boolean {
  if (!text.includes('*')) return false;
  const written = text.slice(text.lastIndexOf('*') + 1);
  const parent = written.slice(written.indexOf('.') + 1);
  return RENTED_DOMAINS.some((domain) => domain === parent || isAtOrUnder(domain, parent));
}
