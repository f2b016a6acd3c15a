// A record like that of a company's week, made without a gate: the same seed makes the same lines, in any number.
// Must not know who reads it. What it says was decided is decided by the code that decides.
import { parseDestination } from '../src/core/base/destination.ts';
import { type IpAddress, parseIpAddress } from '../src/core/base/ip-address.ts';
import type { Policy } from '../src/core/policy/compile/policy.ts';
import { decideConnection } from '../src/core/policy/decide/decide-connection.ts';
import { decideRequest } from '../src/core/policy/decide/decide-request.ts';
import type { ClientFacts, ConnectionFacts } from '../src/core/policy/facts.ts';
import { eventLine } from '../src/core/record/event-line.ts';
import type { DecisionEvent, OutcomeEvent } from '../src/core/record/events.ts';

export interface SampleWish {
  readonly lines: number;
  readonly seed: number;
  /** Time of the first line, milliseconds since 1970 UTC. */
  readonly startMs: number;
  readonly users: number;
}

/** The lines, without their ends, in the order in which a gate would have written them. */
export function* sampleRecord(policy: Policy, wish: SampleWish): Generator<string> {
  const next = randomFrom(wish.seed);
  const clients = Array.from({ length: wish.users }, (_, at) => clientFacts(at));
  let left = wish.lines;
  for (let connection = 1; left > 0; connection += 1) {
    const atMs = wish.startMs + connection * 400;
    const client = pick(next, clients);
    const visit = { id: `smpl01-${connection.toString(36)}`, atMs, client, next };
    for (const line of visitLines(policy, visit)) {
      if (left === 0) return;
      left -= 1;
      yield line;
    }
  }
}

interface SampleVisit {
  readonly id: string;
  readonly atMs: number;
  readonly client: ClientFacts;
  readonly next: () => number;
}

const PLACES: readonly (readonly [authority: string, paths: readonly string[]])[] = [
  [
    'github.com:443',
    [
      '/',
      '/octo-org/app',
      '/login/oauth/authorize?client_id=x',
      '/settings/tokens',
      '/octo-org/app/info/refs?service=git-upload-pack',
      '/octo-org/app/git-upload-pack',
    ],
  ],
  [
    'api.github.com:443',
    ['/user', '/repos/octo-org/app', '/graphql', '/copilot_internal/v2/token', '/rate_limit'],
  ],
  ['api.business.githubcopilot.com:443', ['/chat/completions', '/models', '/responses']],
  ['api.individual.githubcopilot.com:443', ['/chat/completions']],
  ['proxy.business.githubcopilot.com:443', ['/v1/engines/copilot-codex/completions']],
  ['collector.github.com:443', ['/github/collect']],
  ['github.dev:443', ['/octo-org/app']],
  ['avatars.githubusercontent.com:443', ['/u/1']],
  ['objects.githubusercontent.com:443', ['/x']],
  ['registry.npmjs.org:443', ['/fastify']],
  ['news.example.com:443', ['/']],
  ['ssh.github.com:443', ['/']],
];
const TOKENS: readonly (string | null)[] = [
  'gho',
  'gho',
  'ghu',
  'ghp',
  'github_pat',
  'copilot',
  'copilot',
  'ghs',
  'basic',
  null,
  null,
];
const AGENTS = [
  'git/2.47.1',
  'GitHubCopilotChat/0.26.7',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
  'gh/2.63.0',
];

function* visitLines(policy: Policy, { id, atMs, client, next }: SampleVisit): Generator<string> {
  const [authority, paths] = pick(next, PLACES);
  const destination = parseDestination(authority);
  const facts: ConnectionFacts = { client, destination, scheme: 'https', isGate: false, nowMs: atMs };
  const decided = decideConnection(policy, facts);
  const common = commonOf(policy, { id, atMs, client, authority, port: 1_024 + Math.floor(next() * 60_000) });
  const { reason, wouldBlock } = decided;
  const verdict = decided.kind === 'intercept' ? 'forward' : decided.kind;
  yield eventLine({ ...common, stage: 'connection', verdict, reason, wouldBlock });
  const requests = decided.kind === 'intercept' ? 1 + Math.floor(next() * 8) : 0;
  for (let number = 1; number <= requests; number += 1) {
    const at = new Date(atMs + number * 20).toISOString();
    yield* requestLines(policy, {
      facts,
      next,
      target: pick(next, paths),
      common: { ...common, id: `${id}.${number}`, at },
    });
  }
  const end = { id, at: new Date(atMs + 390).toISOString(), stage: 'connection' } as const;
  yield eventLine({ ...outcomeOf(next, common), ...end, status: null, by: null });
}

function* requestLines(
  policy: Policy,
  asked: {
    readonly facts: ConnectionFacts;
    readonly target: string;
    readonly common: DecisionEvent;
    readonly next: () => number;
  },
): Generator<string> {
  const { facts, target, common, next } = asked;
  const { destination, client } = facts;
  const authority = destination.kind === 'malformed' ? null : destination.host;
  const words = { method: 'GET', websocket: false };
  const decision = decideRequest(policy, { ...words, connection: facts, authority, target });
  const tokenKind = pick(next, TOKENS);
  const print = Math.floor(next() * 3).toString(16) + (client.user ?? '').slice(1);
  const tokenPrint = tokenKind === null ? null : print.padStart(12, '0');
  const userAgent = pick(next, AGENTS);
  const request = { ...words, path: target, httpVersion: '2' as const, userAgent, tokenKind, tokenPrint };
  const seen = { ...common, stage: 'request' as const, request };
  const outcome = { ...outcomeOf(next, common), id: seen.id, at: seen.at };
  const { reason, wouldBlock } = decision;
  if (decision.kind === 'block') {
    yield eventLine({ ...seen, verdict: 'block', reason });
    yield eventLine({ ...outcome, status: decision.status, by: 'gate' });
    return;
  }
  const { restricted, stamps, wouldStamps } = decision;
  const signs = next() < 0.001 ? ['client-stamp'] : [];
  yield eventLine({
    ...seen,
    verdict: 'forward',
    reason,
    wouldBlock,
    wouldStamps,
    restricted,
    stamps,
    signs,
  });
  yield eventLine(outcome);
}

function commonOf(
  policy: Policy,
  at: {
    readonly id: string;
    readonly atMs: number;
    readonly client: ClientFacts;
    readonly authority: string;
    readonly port: number;
  },
): DecisionEvent {
  const { id, atMs, client, authority, port } = at;
  return {
    ...{ v: 1, at: new Date(atMs).toISOString(), id, stage: 'connection', kind: 'decision' },
    listener: client.listener ?? '',
    client: { address: client.from ?? '', port, user: client.user, userAgent: 'git/2.47.3' },
    ...{ destination: authority, scheme: 'https', request: null, verdict: 'block', wouldBlock: null },
    reason: { code: 'rule', rule: null, exemption: null },
    ...{ restricted: null, stamps: [], wouldStamps: [], policy: policy.revision, signs: [] },
  };
}

function outcomeOf(next: () => number, { listener, client, destination }: DecisionEvent): OutcomeEvent {
  return {
    ...{ v: 1, at: '', id: '', stage: 'request', kind: 'outcome', listener, client, destination },
    ...{ status: 200, by: 'upstream' },
    ...{
      bytesIn: Math.floor(next() * 2_000),
      bytesOut: Math.floor(next() * 60_000),
      ms: Math.floor(next() * 400),
    },
    ...{ vendor: 'github', requestId: 'C0DE:3F2A:11', said: next() < 0.002 ? ('refused' as const) : null },
    failure: null,
  };
}

function clientFacts(at: number): ClientFacts {
  const address = parseIpAddress(`10.${(at >> 8) & 255}.${at & 255}.7`);
  const from: IpAddress | null = address.ok ? address.value : null;
  // Every tenth comes by a listener that asks nobody who he is.
  const user = at % 10 === 9 ? null : `u${at}`;
  return { user, groups: [], from, device: null, listener: user === null ? 'office' : 'staff' };
}

function pick<T>(next: () => number, from: readonly [T, ...T[]] | readonly T[]): T {
  const found = from[Math.floor(next() * from.length)];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}

/** Numbers from 0 to 1, the same for a seed on every machine (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
