// The hosts that a pattern stands for, sorted by which other patterns cover them: one example for each sort.
// With it, "covers", "overlaps" and "all but" are exact. Must not know what the patterns are for.
import { type HostPattern, hostMatches, hostPatternText, mayOverlap } from '../language/pattern.ts';

export interface HostClasses {
  /** One host for each set of patterns that match together, the shortest first. */
  readonly hosts: readonly string[];
  /** False when the patterns are so intricate that the search was ended early: then there may be more. */
  readonly complete: boolean;
}

/**
 * Two hosts that `within` covers are of one class when the same `patterns` match both. Patterns are regular
 * expressions over host names, so the classes are found by running all of them side by side over every valid name
 * (RFC 1123), from its end to its beginning, until no new state comes up.
 */
export function hostClasses(
  within: HostPattern,
  patterns: readonly HostPattern[],
  mostStates = 50_000,
): HostClasses {
  if (within.kind === 'exact') return { hosts: [within.host], complete: true };
  if (within.kind === 'network') return { hosts: [within.cidr.address], complete: true };
  const machine = machineOf([within, ...patterns]);
  const classes = new Map<string, string>();
  const first: State = { positions: closed(machine, machine.starts), label: 'empty', host: '' };
  const queue = [first];
  const seen = new Set([keyOf(first)]);
  for (let at = 0; at < queue.length; at += 1) {
    const state = queue[at];
    if (state === undefined || seen.size > mostStates) break;
    const matched = matchedIn(machine, state);
    if (matched !== null && !classes.has(matched)) classes.set(matched, state.host);
    for (const next of following(machine, state)) {
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push(next);
    }
  }
  return { hosts: [...classes.values()], complete: seen.size <= mostStates };
}

/** True when some host matches both. */
export function overlap(one: HostPattern, other: HostPattern): boolean {
  if (one.kind === 'exact') return hostMatches(other, one.host);
  if (other.kind === 'exact') return hostMatches(one, other.host);
  if (one.kind === 'network' || other.kind === 'network') return mayOverlap(one, other);
  const { hosts, complete } = hostClasses(one, [other]);
  return !complete || hosts.some((host) => hostMatches(other, host));
}

/** What one place in a pattern takes: this character, any within a label, any one, or any at all. */
type Token = string | 'in-label*' | 'any' | 'any*';

/** All patterns end to end. `patternAt` is set where a pattern has been read whole. */
interface Machine {
  readonly tokens: readonly (Token | null)[];
  readonly starts: readonly number[];
  readonly patternAt: readonly (number | null)[];
  /** Positions below belong to the pattern that every host must match. */
  readonly withinEnd: number;
}

interface State {
  /** Ascending. */
  readonly positions: readonly number[];
  /** What has been read of the present label: a label neither begins nor ends with a hyphen, and is never empty. */
  readonly label: 'empty' | 'hyphen' | 'whole';
  readonly host: string;
}

function machineOf(patterns: readonly HostPattern[]): Machine {
  const tokens: (Token | null)[] = [];
  const patternAt: (number | null)[] = [];
  const starts: number[] = [];
  let withinEnd = 0;
  for (const [index, pattern] of patterns.entries()) {
    const own = tokensOf(hostPatternText(pattern));
    starts.push(tokens.length);
    tokens.push(...own, null);
    patternAt.push(...own.map(() => null), index);
    if (index === 0) withinEnd = tokens.length;
  }
  return { tokens, starts, patternAt, withinEnd };
}

/** From the last character to the first. A whole leftmost label `*` is one or more labels. */
function tokensOf(text: string): Token[] {
  const isUnder = text.startsWith('*.');
  const rest = [...(isUnder ? text.slice(1) : text)].toReversed();
  const tokens = rest.map((char): Token => (char === '*' ? 'in-label*' : char));
  return isUnder ? [...tokens, 'any', 'any*'] : tokens;
}

/** With the positions that a star of no characters leads to. */
function closed(machine: Machine, positions: Iterable<number>): readonly number[] {
  const all = new Set<number>();
  for (const position of positions) {
    let at = position;
    all.add(at);
    while (isStar(machine.tokens[at])) {
      at += 1;
      all.add(at);
    }
  }
  return [...all].sort((a, b) => a - b);
}

function isStar(token: Token | null | undefined): boolean {
  return token === 'in-label*' || token === 'any*';
}

function keyOf({ positions, label }: State): string {
  return `${label} ${positions.join(',')}`;
}

/** The patterns that match the host as it stands, as a key; null when it is no host, or none of `within`. */
function matchedIn(machine: Machine, { positions, label }: State): string | null {
  if (label !== 'whole') return null;
  const matched = positions.flatMap((at) => {
    const index = machine.patternAt[at] ?? null;
    return index === null ? [] : [index];
  });
  return matched.includes(0) ? matched.join(',') : null;
}

function following(machine: Machine, state: State): State[] {
  return charactersAt(machine, state).flatMap((char): State[] => {
    const label = labelAfter(state.label, char);
    if (label === null) return [];
    const positions = closed(machine, stepped(machine, state.positions, char));
    const lives = (positions[0] ?? machine.withinEnd) < machine.withinEnd;
    return lives ? [{ positions, label, host: `${char}${state.host}` }] : [];
  });
}

function labelAfter(label: State['label'], char: string): State['label'] | null {
  if (char === '.') return label === 'whole' ? 'empty' : null;
  if (char === '-') return label === 'empty' ? null : 'hyphen';
  return 'whole';
}

function* stepped(machine: Machine, positions: readonly number[], char: string): Iterable<number> {
  for (const at of positions) {
    const token = machine.tokens[at] ?? null;
    if (token === 'any*' || (token === 'in-label*' && char !== '.')) yield at;
    else if (token === 'any' || token === char) yield at + 1;
  }
}

/** The characters that some pattern waits for, and one that stands for all others. */
function charactersAt({ tokens, withinEnd }: Machine, { positions }: State): readonly string[] {
  const waited = new Set<string>();
  const isOpen = positions.some((at) => at < withinEnd && (tokens[at]?.length ?? 0) > 1);
  for (const at of positions) {
    const token = tokens[at] ?? null;
    if (token?.length === 1 && (isOpen || at < withinEnd)) waited.add(token);
  }
  if (!isOpen) return [...waited];
  const other = [...'xyzabcdefghijklmnopqrstuvw0123456789'].find((char) => !waited.has(char));
  return [...(other === undefined ? [] : [other]), ...waited.add('.').add('-')];
}
