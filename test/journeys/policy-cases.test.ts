// Every worked decision in a running gate: what the client saw, what upstream received, what the record says.
// The core and the command line answer the same rows in test/policy.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import type { DecisionEvent } from '../../src/core/record/events.ts';
import { CASES_DAY, loadCases, type PolicyCase } from '../policy/load-cases.ts';
import { askCase, type CaseQuestion, type CaseSighting, placeOf } from '../support/case-client.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { credentialsOf, startTestGate, type TestGate } from '../support/gate.ts';
import { gateSays, headerOf } from '../support/gate-answers.ts';
import { valuesOf } from '../support/request-readings.ts';
import { type TestDoor, testDoor } from '../support/test-door.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { startTwin, type Twin, type TwinRequest } from '../support/twin.ts';

const STAMP = 'sec-GitHub-allowed-enterprise';
const SPOOF = '99999';
const UPSTREAM = 'Upstream Root';
const BALANCER = ['127.0.0.0/8'];

// No identity source of a running gate says devices: these rows are the core's and the command line's.
const isAskable = (row: PolicyCase): boolean => row.device === null;
const rows = loadCases().filter(isAskable);

const scope = fileScope();
const authority = await createTestAuthority({ name: UPSTREAM });
const hosts = rows.map((row) => placeOf(row.to).authority.replace(/\.?:\d*$/, ''));
const leaf = await authority.issue({
  names: [...new Set(hosts.filter((host) => /^[A-Za-z0-9.-]+$/.test(host) && !/[\d.]$/.test(host)))],
  addresses: ['192.0.2.7', '2001:db8::7'],
});
const secure = await startTwin(scope, { tls: leaf, extendedConnect: 'yes' });
const plain = await startTwin(scope, { tls: null });

const users = [...new Set(rows.flatMap((row) => (row.user === null ? [] : [row.user])))];
const gates = new Map<string, Promise<TestGate>>();
let nextSource = 20_000;

/** How a row is asked: by which door, in which HTTP. */
interface Way {
  readonly door: TestDoor;
  readonly http: '1.1' | '2';
}

const WAYS: readonly Way[] = [
  { door: testDoor(), http: '1.1' },
  { door: testDoor(), http: '2' },
];

/** One gate for each policy and door, with a listener for each way in which a row can arrive. */
function gateOf(row: PolicyCase, door: TestDoor): Promise<TestGate> {
  const policy = policyOf(row);
  const known = gates.get(`${door} ${policy}`);
  if (known !== undefined) return known;
  const asking = ['cases', 'guests', 'lab', 'late', 'office'].map((name) => ({
    name,
    credentials: 'required' as const,
  }));
  const listeners = [...asking, { name: 'nobody', credentials: 'none' as const }];
  const started = startTestGate(scope, {
    policy,
    listeners: listeners.map((listener) => ({ ...listener, door, proxyProtocol: BALANCER })),
    users,
    roots: authority.rootPem,
    resolve: { '*': `127.0.0.1:${secure.port}`, '*:80': `127.0.0.1:${plain.port}` },
  });
  gates.set(`${door} ${policy}`, started);
  return started;
}

/**
 * The policy of a row, as a running gate can know it: rules that name devices are left out; an htpasswd file says no
 * groups, so those that the row states are collected in the policy; and a gate lives today, so `until` is moved by as
 * many days as the rows' own day is away.
 */
function policyOf(row: PolicyCase): string {
  const policy = parse(row.policyText);
  policy.exempt = policy.exempt?.filter((exemption: { device?: unknown }) => exemption.device === undefined);
  for (const group of row.groups) policy.groups[group] = [...(policy.groups[group] ?? []), row.user];
  for (const exemption of policy.exempt ?? [])
    if (exemption.until !== undefined) exemption.until = asOfToday(exemption.until);
  return stringify(policy);
}

function asOfToday(day: string): string {
  return new Date(Date.now() + Date.parse(day) - Date.parse(CASES_DAY)).toISOString().slice(0, 10);
}

interface Asked {
  readonly gate: TestGate;
  readonly seen: CaseSighting;
  readonly question: CaseQuestion;
}

async function ask(t: TestScope, row: PolicyCase, { door, http }: Way): Promise<Asked> {
  const gate = await gateOf(row, door);
  nextSource += 1;
  const listener = row.from === null ? 'nobody' : (row.listener ?? 'cases');
  const question: CaseQuestion = {
    ...{
      place: placeOf(row.to),
      proxyPort: gate.port(listener),
      door,
      from: row.from,
      sourcePort: nextSource,
    },
    ...{ credentials: row.user === null || row.from === null ? null : credentialsOf(row.user), http },
    ...{ method: row.method, websocket: row.websocket, spoof: SPOOF },
    roots: [gate.caPem, authority.rootPem],
  };
  return { gate, question, seen: await askCase(t, question) };
}

for (const way of WAYS) {
  const { door, http } = way;
  describe(`a running gate over HTTP/${http}${door === 'socks' ? ' by SOCKS5' : ''} decides a worked case`, () => {
    for (const row of rows) {
      if (http === '2' && !isIntercepted(row)) continue;
      test(row.title, async (t) => {
        const asked = await ask(t, row, way);
        if (row.expected.verdict === 'block') return assertBlocked(row, asked);
        if (row.expected.verdict === 'splice') return assertSpliced(row, asked);
        return assertForwarded(row, asked, http);
      });
    }
  });
}

test('every row is asked that states what a running gate can know', () => {
  const left = loadCases().filter((row) => !isAskable(row));
  assert.ok(left.every((row) => row.device !== null));
  assert.ok(rows.length > 200);
});

/** Rows that end inside a tunnel, where HTTP/2 can be spoken. */
function isIntercepted(row: PolicyCase): boolean {
  const { scheme } = placeOf(row.to);
  return scheme === 'https' && row.expected.verdict !== 'splice';
}

async function assertForwarded(row: PolicyCase, asked: Asked, http: '1.1' | '2'): Promise<void> {
  const { gate, seen, question } = asked;
  const websocketStatus = http === '2' ? 200 : 101;
  assert.equal(seen.answer.status, row.websocket ? websocketStatus : 200, seen.answer.body);
  if (question.place.scheme === 'https') assert.notEqual(seen.issuer, UPSTREAM);
  const twin = question.place.scheme === 'https' ? secure : plain;
  const request = receivedBy(twin, headerOf(seen.answer.headers, 'x-twin-nonce'));
  const target = question.place.target ?? '/';
  assert.equal(request.target, target);
  const isStamped = row.expected.restricted === true;
  const stamps = valuesOf(request.headers, STAMP);
  if (row.expected.restricted !== null) assert.equal(stamps.length, isStamped ? 1 : 0);
  if (row.expected.value !== null) assert.deepEqual(stamps, [row.expected.value]);
  assert.ok(!stamps.includes(SPOOF));
  assertRawStamps(twin, request, stamps.length);
  const stage = question.place.target === null ? 'connection' : 'request';
  const { decision, outcome } = await gate.pair((event) => isOf(seen, event) && event.stage === stage);
  assertDecision(row, decision);
  if (stage === 'connection') return;
  assert.deepEqual([outcome.by, outcome.failure], ['upstream', null]);
  assert.equal(decision.stamps[0]?.value ?? null, stamps[0] ?? null);
  if (row.expected.wouldStamp !== undefined)
    assert.equal(decision.wouldStamps[0]?.value ?? null, row.expected.wouldStamp);
  assert.deepEqual(decision.signs, ['client-stamp']);
}

async function assertSpliced(row: PolicyCase, { gate, seen, question }: Asked): Promise<void> {
  assert.equal(seen.answer.status, 200, seen.answer.body);
  const stage = question.place.scheme === 'http' ? 'request' : 'connection';
  const { decision } = await gate.pair((event) => isOf(seen, event) && event.stage === stage);
  const nonce = headerOf(seen.answer.headers, 'x-twin-nonce');
  if (question.place.scheme === 'http') {
    // A plain request names its destination to the gate, which passes it on and still speaks no header for the client.
    assert.deepEqual(valuesOf(receivedBy(plain, nonce).headers, STAMP), []);
    assert.deepEqual([decision.verdict, decision.restricted], ['forward', false]);
    return;
  }
  assert.equal(seen.issuer, UPSTREAM);
  // What goes through unseen arrives as it was sent.
  assert.deepEqual(valuesOf(receivedBy(secure, nonce).headers, STAMP), [SPOOF]);
  assertDecision(row, decision);
}

async function assertBlocked(row: PolicyCase, { gate, seen, question }: Asked): Promise<void> {
  const says = gateSays(seen.answer.headers);
  if (says.code === 'bad-request') {
    assert.ok(!canBeHead(question), 'a well-formed head is judged by the policy');
    assert.equal(seen.answer.status, 400);
    return;
  }
  assert.equal(seen.answer.status, row.expected.status ?? statusOf(row), seen.answer.body);
  // A reply of SOCKS5 is a number: why is in the record alone.
  const isReply = question.door === 'socks' && seen.connectStatus !== 200;
  if (row.expected.code !== null && !isReply) assert.equal(says.code, row.expected.code);
  if (question.place.scheme === 'https' && row.expected.code !== 'not-allowed')
    assert.equal(seen.connectStatus === 200, isRefusedInside(row, question.place.authority));
  const { decision, outcome } = await gate.pair((event) =>
    isReply ? isOf(seen, event) : event.id === says.reference,
  );
  assert.equal(decision.client.port, seen.clientPort);
  assertDecision(row, decision);
  assert.deepEqual([outcome.status, outcome.by], [seen.answer.status, 'gate']);
  const nonce = headerOf(seen.answer.headers, 'x-twin-nonce');
  assert.equal(nonce, null);
}

/** What HTTP itself refuses never gets as far as a decision. */
function canBeHead({ place }: CaseQuestion): boolean {
  return /^[\w.:[\]-]+$/.test(place.authority) && /^[\x21-\x7e]*$/.test(place.target ?? '');
}

/** Named destinations are refused inside the tunnel, unless no client speaks TLS there (policy, Refusing). */
function isRefusedInside(row: PolicyCase, authorityText: string): boolean {
  if (row.expected.code === 'bad-destination' || /^[\d.]+:/.test(authorityText)) return false;
  return row.expected.rule !== 'ssh' && !authorityText.endsWith(':22');
}

function statusOf(row: PolicyCase): number {
  return row.expected.code === 'ambiguous-path' || row.expected.code === 'bad-path' ? 400 : 403;
}

function assertDecision(row: PolicyCase, decision: DecisionEvent): void {
  const { expected } = row;
  assert.equal(decision.verdict, expected.verdict);
  if (expected.code !== null) assert.equal(decision.reason.code, expected.code);
  if (expected.rule !== null) assert.equal(decision.reason.rule, expected.rule);
  assert.equal(decision.reason.exemption, expected.exemption);
  assert.equal(decision.wouldBlock?.code ?? null, expected.wouldBlock);
  if (expected.restricted !== null) assert.equal(decision.restricted, expected.restricted);
  assert.equal(decision.client.user, row.from === null ? null : row.user);
}

function isOf(seen: CaseSighting, event: DecisionEvent): boolean {
  return event.client.port === seen.clientPort;
}

function receivedBy(twin: Twin, nonce: string | null): TwinRequest {
  const request = twin.requests().find((one) => one.nonce === nonce);
  assert.ok(request !== undefined, 'upstream did not answer');
  return request;
}

/** On HTTP/1.1 the bytes themselves: a connection carries one stamp for each of its requests, or none at all. */
function assertRawStamps(twin: Twin, request: TwinRequest, perRequest: number): void {
  const connection = twin.connections().find(({ id }) => id === request.connection);
  if (connection === undefined || connection.protocol === 'h2') return;
  const requests = twin.requests().filter((one) => one.connection === request.connection).length;
  const stamps =
    connection
      .bytes()
      .toString('latin1')
      .match(/sec.github.allowed.enterprise/gi) ?? [];
  assert.equal(stamps.length, requests * perRequest);
}
