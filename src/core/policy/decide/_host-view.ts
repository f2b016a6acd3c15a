// All that a policy says of one destination, whoever asks. Must not know paths or clients.
import type { Destination } from '../../base/destination.ts';
import { isAtOrUnder } from '../../base/hostname.ts';
import { addressKey, valuesAt } from '../compile/network-table.ts';
import type { Bucket, Policy, PortRule, PortSet, Spot } from '../compile/policy.ts';
import type { CompiledStamp } from '../compile/stamping.ts';
import { isAt } from './_covering.ts';

export interface HostView {
  readonly host: string;
  readonly spot: Spot;
  /** Where allow entries are looked for: at the spot, and where clear text goes as TLS would, at that of TLS. */
  readonly allowSpots: readonly Spot[];
  readonly buckets: readonly Bucket[];
  /** An entry matches it, whoever asks, or it lies under a guarded domain. */
  readonly named: boolean;
  /** The same without block rules: what an address needs to be a destination at all. */
  readonly opened: boolean;
  /** An allow entry names it, whoever asks. */
  readonly allowNamed: boolean;
  /** A rule with a path names it. */
  readonly pathNamed: boolean;
  readonly inspected: boolean;
  /** What is set there where nobody is exempt. */
  readonly stamps: readonly CompiledStamp[];
  /** The rule because of which every host of its domain is looked into; null for one that none is about. */
  readonly guard: string | null;
}

/** Looks a destination up, for what is spoken there. */
export function viewHost(
  policy: Policy,
  destination: Exclude<Destination, { kind: 'malformed' }>,
  scheme: Spot['scheme'],
): HostView {
  const { host, port } = destination;
  const spot: Spot = { port, scheme };
  const allowSpots = goesAsTls(policy, spot) ? [spot, TLS] : [spot];
  const isName = destination.kind === 'name';
  const { hosts, guards } = policy.rules;
  const buckets: Bucket[] = [];
  const exact = hosts.exact.get(host);
  if (exact !== undefined) buckets.push(exact);
  if (isName) pushWildcards(policy, host, buckets);
  else buckets.push(...valuesAt(hosts.networks, addressKey(destination.host)));
  const guard = (isName ? guards.find(({ domain }) => isAtOrUnder(host, domain)) : undefined) ?? null;
  return {
    host,
    spot,
    allowSpots,
    buckets,
    named:
      guard !== null || buckets.some((bucket) => allowSpots.some((at) => hasPort(bucket.named, at.port))),
    opened: buckets.some((bucket) => allowSpots.some((at) => hasPort(bucket.opened, at.port))),
    allowNamed: buckets.some(
      ({ allow }) => anyAt(allow.whole, allowSpots) || anyAt(allow.pathRules, allowSpots),
    ),
    pathNamed: buckets.some(
      ({ allow, block, exempt }) =>
        anyAt(allow.pathRules, allowSpots) ||
        anyAt(block.pathRules, [spot]) ||
        anyAt(exempt.pathRules, [spot]),
    ),
    inspected: buckets.some((bucket) => hasPort(bucket.inspect, port)),
    stamps: stampsAt(buckets, port),
    guard: guard?.rule ?? null,
  };
}

function stampsAt(buckets: readonly Bucket[], port: number): readonly CompiledStamp[] {
  const found: CompiledStamp[] = [];
  for (const bucket of buckets)
    for (const { ports, stamp } of bucket.stamps)
      if (hasPort(ports, port) && !found.includes(stamp)) found.push(stamp);
  return found;
}

const TLS: Spot = { port: 443, scheme: 'https' };

/** Under `otherwise: splice`, clear text on its own port goes where TLS would go on. */
function goesAsTls(policy: Policy, { port, scheme }: Spot): boolean {
  return policy.rules.otherwise.splice && scheme === 'http' && port === 80;
}

function pushWildcards(policy: Policy, host: string, buckets: Bucket[]): void {
  const { under, globs } = policy.rules.hosts;
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const suffix = host.slice(dot + 1);
    const parent = under.get(suffix);
    if (parent !== undefined) buckets.push(parent);
    if (globs.size === 0) continue;
    for (const glob of globs.get(suffix) ?? [])
      if (glob.head.test(host.slice(0, dot))) buckets.push(glob.bucket);
  }
}

function hasPort(set: PortSet, port: number): boolean {
  return set.all || set.ports.has(port);
}

function anyAt(rules: readonly PortRule[], spots: readonly Spot[]): boolean {
  for (const rule of rules) for (const spot of spots) if (isAt(rule, spot)) return true;
  return false;
}
