// Replaying: the same answers as deciding line by line, nothing guessed, and what cannot be known is counted.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sampleLines } from '../../../test/support/sample-record.ts';
import { parseDestination } from '../base/destination.ts';
import { parseIpAddress } from '../base/ip-address.ts';
import { compilePolicy } from '../policy/compile/compile.ts';
import type { Policy } from '../policy/compile/policy.ts';
import { decideConnection } from '../policy/decide/decide-connection.ts';
import { decideRequest } from '../policy/decide/decide-request.ts';
import { parsePolicy } from '../policy/language/parse.ts';
import { eventLine } from './event-line.ts';
import type { DecisionEvent } from './events.ts';
import { type RecordedDecision, readDecisionLine, readRecordLine } from './recorded.ts';
import { Replay, type ReplayReport, type Unreplayable } from './replay.ts';

const OLD = `version: 1
restrict: { enterprises: ["12345"] }
exempt: [{ name: people, users: [u1, u2], until: 2026-11-20 }, { name: net, from: [10.0.4.0/24] }]
copilot: { plans: [business] }
allow: [{ preset: github }, { preset: copilot }]
block: [{ preset: codespaces }, { name: no-tokens, to: "github.com/settings/tokens*" }]
otherwise: block
`;
const NEW = OLD.replace('users: [u1, u2]', 'users: [u1]')
  .replace('business', 'individual')
  .replace('/settings/tokens*', '/octo-org/*')
  .replace('otherwise: block', 'otherwise: splice');

function policyOf(text: string): Policy {
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return compilePolicy(parsed.value, { revision: 'r' });
}

const STARTS = Date.parse('2026-11-20T23:56:00Z');

function decisions(policy: Policy, lines: number): readonly RecordedDecision[] {
  const wish = { lines, seed: 3, startMs: STARTS, users: 30 };
  return sampleLines(policy, wish).flatMap((line) => {
    const event = readRecordLine(line);
    assert.ok(event !== null, line);
    return event.kind === 'decision' ? [event] : [];
  });
}

function replayed(was: Policy, is: Policy, lines: readonly RecordedDecision[]): ReplayReport {
  const replay = new Replay(was, is);
  for (const line of lines) replay.add(line);
  return replay.report(1_000);
}

/** What happens, decided anew from the line alone, without anything that Replay remembers. */
function effect(policy: Policy, line: RecordedDecision): string {
  const from = parseIpAddress(line.address);
  assert.ok(from.ok);
  const destination = parseDestination(line.destination);
  const client = { user: line.user, groups: [], from: from.value, device: null, listener: line.listener };
  const connection = { client, destination, scheme: line.scheme, isGate: false, nowMs: line.atMs };
  const connected = decideConnection(policy, connection);
  if (line.request === null || connected.kind !== 'intercept')
    return `${connected.kind} ${connected.kind === 'block' ? `${connected.status} ${connected.refuse}` : ''}`;
  assert.ok(destination.kind !== 'malformed');
  const { method, path: target, websocket } = line.request;
  const asked = { connection, authority: destination.host, method, target, websocket };
  const decided = decideRequest(policy, asked);
  if (decided.kind === 'block') return `block ${decided.status} ${decided.refuse}`;
  return `forward ${decided.stamps.map(({ value }) => value).join(', ')}`;
}

describe('Replay', () => {
  test('takes a record of the old policy as the old policy took it', () => {
    const policy = policyOf(OLD);
    const lines = decisions(policy, 3_000);
    const report = replayed(policy, policyOf(OLD), lines);
    assert.deepEqual(report.changes, []);
    assert.equal(report.unchanged, lines.length);
    assert.equal(report.decidedOtherwise, 0);
  });

  test('agrees with decide() on every line, at the time of the line', () => {
    const [was, is] = [policyOf(OLD), policyOf(NEW)];
    const lines = decisions(was, 6_000);
    const { changes, changed, replayed: taken } = replayed(was, is, lines);
    const differing = lines.filter((line) => effect(was, line) !== effect(is, line));
    const effects = changes.filter(({ kind }) => kind === 'effect');
    assert.ok(differing.length > 100);
    assert.equal(
      effects.reduce((sum, group) => sum + group.connections + group.requests, 0),
      differing.length,
    );
    assert.equal(taken, lines.length);
    for (const stage of ['connection', 'request'] as const) {
      const count = effects.reduce((sum, group) => sum + group[`${stage}s`], 0);
      assert.equal(count, differing.filter((line) => line.stage === stage).length);
      assert.ok(changed[`${stage}s`] >= count);
    }
    const people = new Set(differing.map(({ user, address }) => user ?? address));
    assert.deepEqual(
      new Set(effects.flatMap(({ people: top }) => top.rows.map(({ name }) => name.user ?? name.address))),
      people,
    );
    const hosts = new Set(differing.map(({ destination }) => destination));
    assert.deepEqual(new Set(effects.flatMap(({ hosts: top }) => top.rows.map(({ name }) => name))), hosts);
  });

  test('ends an exemption where its day ends, in the middle of the record', () => {
    const was = policyOf(OLD);
    const is = policyOf(OLD.replace('2026-11-20', '2026-11-21'));
    const lines = decisions(was, 6_000);
    const { changes } = replayed(was, is, lines);
    const midnight = Date.parse('2026-11-21T00:00:00Z');
    const rows = changes.flatMap(({ people }) => people.rows);
    assert.ok(rows.length > 0);
    assert.deepEqual(new Set(rows.map(({ name }) => name.user)), new Set(['u1', 'u2']));
    assert.ok(rows.every(({ firstMs }) => firstMs >= midnight));
    assert.ok(lines.some(({ user, atMs }) => user === 'u1' && atMs < midnight));
  });

  test('says what was decided otherwise than the old policy decides', () => {
    const lines = decisions(policyOf(NEW), 500);
    const report = replayed(policyOf(OLD), policyOf(OLD), lines);
    assert.ok(report.decidedOtherwise > 0);
    assert.equal(report.unchanged, lines.length);
  });

  test('says where groups of an identity source could have counted', () => {
    const lines = decisions(policyOf(OLD), 300);
    const grouped = policyOf(
      `${OLD}groups: { oss: [] }\n`.replace(
        '[{ name: people',
        '[{ name: oss, groups: [oss] }, { name: people',
      ),
    );
    assert.equal(replayed(policyOf(OLD), policyOf(OLD), lines).groupsUnknown, 0);
    const known = lines.filter(({ user }) => user !== null).length;
    assert.equal(replayed(policyOf(OLD), grouped, lines).groupsUnknown, known);
  });
});

const SPLICED: DecisionEvent = {
  ...{ v: 1, at: '2026-11-20T10:00:00.000Z', id: 'a-1', stage: 'connection', kind: 'decision' },
  ...{ listener: 'staff', client: { address: '10.1.2.3', port: 5_000, user: null, userAgent: null } },
  ...{ destination: 'github.com:443', scheme: 'https', request: null, verdict: 'forward' },
  reason: { code: 'named', rule: 'github', exemption: null },
  ...{ wouldBlock: null, restricted: null, stamps: [], wouldStamps: [], policy: 'p', signs: [] },
};
function request(path: string): Partial<DecisionEvent> {
  const words = { method: 'GET', path, httpVersion: '2', websocket: false } as const;
  return { stage: 'request', request: { ...words, userAgent: null, tokenKind: null, tokenPrint: null } };
}
const reason = (code: DecisionEvent['reason']['code']): Partial<DecisionEvent> => ({
  reason: { code, rule: null, exemption: null },
});

const LINES: readonly (readonly [name: string, line: Partial<DecisionEvent>, why: Unreplayable | null])[] = [
  [
    'another Host than the connection’s',
    { ...request('/'), ...reason('authority-mismatch') },
    'authority-mismatch',
  ],
  [
    'the gate itself, or nothing that can be read',
    { ...reason('bad-destination'), destination: 'no host' },
    'bad-destination',
  ],
  ['a path that no path is', { ...request('/a\\x1bb'), ...reason('bad-path') }, 'bad-path'],
  ['a path that the record shows in another way', request('/a\\u2028b'), 'bad-path'],
  ['a path that was cut', request(`/${'a'.repeat(40)}...[cut]`), 'cut'],
  ['a destination that was cut', { destination: `${'a'.repeat(40)}...[cut]` }, 'cut'],
  ['a path with a secret', request('/x/[redacted]/y'), 'redacted-path'],
  [
    'an address that is none',
    { client: { address: 'unknown', port: 1, user: null, userAgent: null } },
    'bad-address',
  ],
  ['a query with a secret', request('/x?token=[redacted]'), null],
  ['a query that was cut', request('/x?y=aaaa...[cut]'), null],
  ['an encoded path', request('/octo-org/app/tree/feature%2Fx'), null],
];

for (const [name, line, why] of LINES) {
  test(`Replay ${why === null ? 'takes' : 'leaves out'} ${name}`, () => {
    const event = readRecordLine(eventLine({ ...SPLICED, ...line }));
    assert.ok(event?.kind === 'decision');
    const { notReplayed, replayed: taken } = replayed(policyOf(OLD), policyOf(OLD), [event]);
    const counted = Object.entries(notReplayed).filter(([, count]) => count > 0);
    assert.deepEqual(counted, why === null ? [] : [[why, 1]]);
    assert.equal(taken, why === null ? 1 : 0);
  });
}

test('readDecisionLine() tells decisions from whole lines of other kinds and from torn ones', () => {
  const decision = eventLine(SPLICED);
  const outcome =
    '{"v":1,"at":"2026-11-20T10:00:00.000Z","id":"a-1","stage":"connection","kind":"outcome","bytesIn":0,"bytesOut":0}';
  const forged = eventLine({ ...SPLICED, destination: '"kind":"outcome"' });
  const act = eventLine({ v: 1, at: '2026-11-20T10:00:00.000Z', kind: 'gate', what: 'start', detail: {} });
  const kinds = [
    decision,
    forged,
    outcome,
    act,
    outcome.slice(0, -5),
    decision.slice(0, -5),
    `${outcome}\r`,
  ].map((line) => {
    const read = readDecisionLine(line);
    return read === null || read === 'other' ? read : read.kind;
  });
  assert.deepEqual(kinds, ['decision', 'decision', 'other', 'other', null, null, 'other']);
});
