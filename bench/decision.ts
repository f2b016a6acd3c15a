// How long one decision takes in a policy of ten rules and in one of a thousand, with ten thousand users.
// Must not know proxies; it calls the core alone.
import { parseDestination } from '../src/core/base/destination.ts';
import { parseIpAddress } from '../src/core/base/ip-address.ts';
import { compilePolicy } from '../src/core/policy/compile/compile.ts';
import type { Policy } from '../src/core/policy/compile/policy.ts';
import { decideRequest } from '../src/core/policy/decide/decide-request.ts';
import type { ClientFacts, RequestFacts } from '../src/core/policy/facts.ts';
import { parsePolicy } from '../src/core/policy/language/parse.ts';
import type { Figure } from './measure.ts';

/** A row that needs no proxy: its figures come from this process. */
export interface InnerRow {
  readonly id: string;
  readonly title: string;
  readonly figures: () => readonly InnerFigure[];
  readonly targets: readonly InnerTarget[];
}

/** The figure of that name is to be no more than `most` microseconds, or than so many times another figure. */
export interface InnerTarget {
  readonly name: string;
  readonly most: number;
  /** Null: microseconds. */
  readonly times: string | null;
}

export interface InnerFigure {
  readonly name: string;
  readonly figure: Figure;
}

const KNOWN_SMALL = '10 rules, a known connection';
const KNOWN_LARGE = '1,000 rules, a known connection';
const NEW_SMALL = '10 rules, a new client each time';
const NEW_LARGE = '1,000 rules, a new client each time';

export const decisionRow: InnerRow = {
  id: 'decision',
  title: 'one decision on a request',
  figures: () => {
    const [small, large] = [policyOf(SMALL), policyOf(LARGE)];
    return [
      measured(KNOWN_SMALL, { policy: small, clients: 'same' }),
      measured(KNOWN_LARGE, { policy: large, clients: 'same' }),
      measured(NEW_SMALL, { policy: small, clients: 'new' }),
      measured(NEW_LARGE, { policy: large, clients: 'new' }),
    ];
  },
  targets: [
    { name: KNOWN_LARGE, most: 2, times: null },
    { name: NEW_LARGE, most: 2, times: null },
    { name: KNOWN_LARGE, most: 2, times: KNOWN_SMALL },
    { name: NEW_LARGE, most: 2, times: NEW_SMALL },
  ],
};

interface Size {
  readonly rules: number;
  readonly users: number;
  readonly networks: number;
}

const SMALL: Size = { rules: 10, users: 10, networks: 10 };
const LARGE: Size = { rules: 1_000, users: 10_000, networks: 1_000 };
const ROUNDS = 8;
const DECISIONS = 200_000;

/** Rules of every kind, each with a pattern of its own: allows, blocks with a path, exemptions of groups and networks. */
function policyOf({ rules, users, networks }: Size): Policy {
  const each = (count: number, line: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => line(at)).join('\n');
  const groups = Math.max(1, rules / 10);
  const text = `
version: 1
restrict: { enterprises: ["12345"] }
groups:
${each(groups, (at) => `  g${at}: [${each(users / groups, (user) => `u${at * (users / groups) + user}`).replaceAll('\n', ', ')}]`)}
exempt:
${each(groups, (at) => `  - { name: e${at}, groups: [g${at}], to: "github.com/org${at}/*" }`)}
  - name: networks
    from: [${each(networks / 2, (at) => `10.${at >> 8}.${at & 255}.0/24`).replaceAll('\n', ', ')}]
    to: "github.com/open/*"
  - name: lab
    from: [${each(networks / 2, (at) => `10.${128 + (at >> 8)}.${at & 255}.0/24`).replaceAll('\n', ', ')}]
allow:
  - preset: github
${each(rules * 0.45, (at) => `  - "*.allowed${at}.example.com"`)}
block:
${each(rules * 0.45, (at) => `  - { name: b${at}, to: "github.com/blocked${at}/*", unless: { groups: [g${at % groups}] } }`)}
otherwise: block
`;
  const parsed = parsePolicy({ text, file: 'bench' }, { timeZone: 'UTC' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return compilePolicy(parsed.value, { revision: 'bench' });
}

function measured(
  name: string,
  work: { readonly policy: Policy; readonly clients: 'same' | 'new' },
): InnerFigure {
  const { policy, clients } = work;
  const count = clients === 'same' ? TARGETS.length : DECISIONS;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    // A policy remembers a connection's facts, so clients that shall be new are made anew.
    const facts = Array.from({ length: count }, (_, at) => requestFacts(at));
    const before = process.cpuUsage();
    for (let at = 0; at < DECISIONS; at += 1) {
      const asked = facts[at % count];
      if (asked === undefined) continue;
      if (decideRequest(policy, asked).kind === 'block') throw new Error('the benchmark measures passes');
    }
    // CPU time of all threads: what the collector does beside counts too.
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / DECISIONS);
  }
  return { name, figure: { value: best, perSecond: 1_000_000 / best } };
}

const TARGETS = ['/octo-org/app', '/org1/tool/pulls?q=is%3Aopen', '/open/hello/blob/main/README.md', '/user'];

function requestFacts(at: number): RequestFacts {
  const from = parseIpAddress(`10.0.${at % 250}.${at % 200}`);
  const client: ClientFacts = {
    user: `u${at % 10_000}`,
    groups: [],
    from: from.ok ? from.value : null,
    device: null,
    listener: 'office',
  };
  const destination = parseDestination('github.com:443');
  const connection = {
    client,
    destination,
    scheme: 'https',
    isGate: false,
    nowMs: 1_800_000_000_000,
  } as const;
  const target = TARGETS[at % TARGETS.length] ?? '/';
  return { connection, authority: 'github.com', method: 'GET', target, websocket: false };
}
