// Lines that nothing in an event can forge, tear or blow up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EVENT_LINE_LIMIT, eventLine } from './event-line.ts';
import { auditEventJsonSchema, auditEventSchema } from './event-schema.ts';
import type { AuditEvent, DecisionEvent, GateEvent, OutcomeEvent } from './events.ts';

const decision: DecisionEvent = {
  v: 1,
  at: '2026-11-21T10:00:00.000Z',
  id: 'k3f9q2-1a.7',
  stage: 'request',
  kind: 'decision',
  listener: 'office',
  client: { address: '10.1.2.3', port: 50_123, user: 'dave', userAgent: 'git/2.47' },
  destination: 'github.com:443',
  scheme: 'https',
  request: {
    method: 'GET',
    path: '/octo-org/app',
    httpVersion: '2',
    websocket: false,
    userAgent: 'git/2.47',
    tokenKind: 'ghp',
    tokenPrint: '0123456789ab',
  },
  verdict: 'forward',
  reason: { code: 'restricted', rule: 'restrict', exemption: null },
  wouldBlock: null,
  restricted: true,
  stamps: [{ vendor: 'github', header: 'sec-GitHub-allowed-enterprise', value: '12345' }],
  wouldStamps: [],
  policy: 'abcdef012345',
  signs: ['client-stamp'],
};
const outcome: OutcomeEvent = {
  v: 1,
  at: '2026-11-21T10:00:00.100Z',
  id: 'k3f9q2-1a.7',
  stage: 'request',
  kind: 'outcome',
  listener: 'office',
  client: { address: '10.1.2.3', port: 50_123, user: 'dave', userAgent: 'git/2.47' },
  destination: 'github.com:443',
  status: 403,
  by: 'upstream',
  bytesIn: 0,
  bytesOut: 512,
  ms: 41.7,
  vendor: 'github',
  requestId: 'C0DE:1',
  said: 'refused',
  failure: { code: 'client-gone', side: 'client', phase: 'response', detail: 'reset' },
};
const gate: GateEvent = {
  v: 1,
  at: '2026-11-21T10:00:00.200Z',
  kind: 'gate',
  what: 'record-resumed',
  detail: { cause: 'ENOSPC', downMs: 250, host: null },
};

test('eventLine() loses nothing of ordinary events, and the exported schema reads them', () => {
  for (const event of [decision, outcome, gate]) {
    const read: unknown = JSON.parse(eventLine(event));
    assert.deepEqual(read, event);
    assert.deepEqual(auditEventSchema.parse(read), event);
  }
});

test('auditEventSchema refuses a key that no event has, and a missing one', () => {
  assert.equal(auditEventSchema.safeParse({ ...decision, extra: 1 }).success, false);
  const { signs, ...rest } = decision;
  assert.ok(signs);
  assert.equal(auditEventSchema.safeParse(rest).success, false);
});

test('auditEventJsonSchema() names the three kinds', () => {
  const text = JSON.stringify(auditEventJsonSchema());
  for (const kind of ['decision', 'outcome', 'gate']) assert.ok(text.includes(`"const":"${kind}"`), kind);
});

test('R-49 eventLine() is one line of printable ASCII, whatever the client sent', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom(
      '"}\n{"v":1,"kind":"gate"}',
      '\r\n',
      '\u2028',
      '\u2029',
      '\x7f',
      '\x85',
      '\x9b31m',
      '\u202e',
      '\ud800',
      '\x00',
    ),
  );
  fc.assert(
    fc.property(hostile, hostile, (user, path) => {
      const { client, request } = decision;
      const event: AuditEvent = {
        ...decision,
        client: { ...client, user },
        request: request && { ...request, path },
      };
      const line = eventLine(event);
      assert.match(line, /^[\x20-\x7e]+$/);
      const read = JSON.parse(line);
      assert.equal(read.client.user, user.toWellFormed() === user ? user : read.client.user);
      assert.equal(read.kind, 'decision');
    }),
    { numRuns: 500 },
  );
});

test('R-49 eventLine() bounds a line, whatever its strings hold', () => {
  const huge = ['a'.repeat(500_000), '\u2028'.repeat(500_000), '"'.repeat(500_000)];
  for (const text of huge) {
    const request = decision.request && { ...decision.request, path: text, method: text, userAgent: text };
    const event = { ...decision, listener: text, destination: text, request, signs: Array(50).fill(text) };
    const line = eventLine(event);
    assert.ok(line.length <= EVENT_LINE_LIMIT, String(line.length));
    assert.equal(auditEventSchema.safeParse(JSON.parse(line)).success, true);
  }
  const detail = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`k${at}`, 'x'.repeat(100)]));
  assert.ok(eventLine({ ...gate, detail }).length <= EVENT_LINE_LIMIT);
});
