// The sum of a record: what counts where, what stays apart, what is joined and what is bounded.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventLine } from './event-line.ts';
import type { DecisionEvent, OutcomeEvent } from './events.ts';
import { HitTable, NAME_LIMIT } from './hit-table.ts';
import { LineSplitter } from './line-splitter.ts';
import { type RecordReport, ReportFold } from './record-report.ts';
import { readRecordLine } from './recorded.ts';

const HELD = [{ vendor: 'github', header: 'sec-GitHub-allowed-enterprise', value: '12345' }];
const DECISION: DecisionEvent = {
  ...{ v: 1, at: '2026-11-20T10:00:00.000Z', id: 'a-1.1', stage: 'request', kind: 'decision' },
  ...{ listener: 'staff', client: { address: '10.1.2.3', port: 5_000, user: 'dave', userAgent: null } },
  ...{ destination: 'github.com:443', scheme: 'https' },
  request: {
    ...{ method: 'GET', path: '/octo-org/app', httpVersion: '2', websocket: false },
    ...{ userAgent: null, tokenKind: null, tokenPrint: null },
  },
  ...{ verdict: 'forward', reason: { code: 'would-restrict', rule: 'restrict', exemption: null } },
  ...{ wouldBlock: null, restricted: false, stamps: [], wouldStamps: HELD, policy: 'p1', signs: [] },
};
/** As a gate writes it that names nobody in an outcome. */
const OUTCOME: Omit<OutcomeEvent, 'listener' | 'client' | 'destination'> = {
  ...{ v: 1, at: '2026-11-20T10:00:01.000Z', id: 'a-1.1', stage: 'request', kind: 'outcome' },
  ...{ status: 200, by: 'upstream', bytesIn: 10, bytesOut: 90, ms: 1 },
  ...{ vendor: 'github', requestId: null, said: null, failure: null },
};
const CONNECTION: Partial<DecisionEvent> = {
  stage: 'connection',
  request: null,
  restricted: null,
  wouldStamps: [],
};

type Line = Partial<DecisionEvent> | ({ readonly kind: 'outcome' } & Partial<OutcomeEvent>);

function reportOf(
  lines: readonly Line[],
  period: { readonly sinceMs?: number; readonly untilMs?: number } = {},
): RecordReport {
  const fold = new ReportFold({ sinceMs: period.sinceMs ?? null, untilMs: period.untilMs ?? null, top: 10 });
  for (const line of lines) {
    const event = readRecordLine(
      line.kind === 'outcome' ? JSON.stringify({ ...OUTCOME, ...line }) : eventLine({ ...DECISION, ...line }),
    );
    assert.ok(event !== null);
    fold.add(event);
  }
  return fold.report();
}

function reason(code: DecisionEvent['reason']['code'], rule: string): DecisionEvent['reason'] {
  return { code, rule, exemption: null };
}

function token(tokenKind: string | null, tokenPrint: string | null): Partial<DecisionEvent> {
  return { request: DECISION.request && { ...DECISION.request, tokenKind, tokenPrint } };
}

describe('ReportFold', () => {
  test('counts a block and a stamp of one request that report mode held back, each in its place', () => {
    const both = { wouldBlock: reason('rule', 'no-tokens'), reason: reason('report', 'no-tokens') };
    const { wouldBlock, wouldStamp } = reportOf([both, { id: 'a-1.2' }]);
    assert.deepEqual([wouldBlock.requests, wouldStamp.requests], [1, 2]);
    assert.deepEqual(
      wouldBlock.rules.rows.map(({ name }) => name),
      [{ code: 'rule', rule: 'no-tokens' }],
    );
  });

  test('keeps connections and requests apart, and what was stopped from what was held back', () => {
    const held = {
      ...CONNECTION,
      verdict: 'splice' as const,
      wouldBlock: reason('not-allowed', 'otherwise'),
    };
    const stopped = { ...CONNECTION, verdict: 'block' as const, reason: reason('rule', 'codespaces') };
    const report = reportOf([
      held,
      stopped,
      { verdict: 'block', reason: reason('bad-path', ''), wouldStamps: [] },
    ]);
    assert.deepEqual(report.connections, { intercepted: 0, spliced: 1, blocked: 1 });
    assert.deepEqual(report.requests, { forwarded: 0, stamped: 0, blocked: 1 });
    assert.deepEqual(
      [report.wouldBlock.connections, report.blocked.connections, report.blocked.requests],
      [1, 1, 1],
    );
  });

  test('names who, where, when and for example', () => {
    const at = (hour: string, id: string): Line => ({ id, at: `2026-11-20T${hour}:00:00.000Z` });
    const report = reportOf([at('12', 'a-2.1'), at('09', 'a-1.1'), at('15', 'a-3.1'), at('16', 'a-4.1')]);
    const [row] = report.wouldStamp.people.rows;
    assert.deepEqual(row?.name, { user: 'dave', address: null });
    assert.deepEqual([row?.firstMs, row?.lastMs], [Date.UTC(2026, 10, 20, 9), Date.UTC(2026, 10, 20, 16)]);
    assert.deepEqual(row?.examples, ['a-2.1', 'a-1.1', 'a-3.1']);
    assert.equal(report.wouldStamp.hosts.rows[0]?.name, 'github.com:443');
  });

  test('does not take a user for the address of the same spelling', () => {
    const nobody = { client: { address: '10.1.2.3', port: 1, user: null, userAgent: null } };
    const named = { client: { address: '10.9.9.9', port: 1, user: '10.1.2.3', userAgent: null } };
    assert.equal(reportOf([nobody, named]).talkers.byRequests.names, 2);
  });

  test('R-68 C3 counts an end for whom it names, with no decision of its own', () => {
    const client = { address: '10.9.9.9', port: 1, user: null, userAgent: null };
    const failure = { code: 'credentials-wrong', side: 'client', phase: 'identify', detail: '' } as const;
    const report = reportOf([
      { kind: 'outcome', id: 'b-1.1', client, destination: null, failure },
      { kind: 'outcome', id: 'b-2.1', failure },
    ]);
    assert.equal(report.events.unjoined, 1);
    assert.deepEqual(
      report.failures.map(({ name, people }) => [name, people.rows.map((row) => row.name.address)]),
      [['credentials-wrong', ['10.9.9.9']]],
    );
  });

  test('joins bytes, answers of GitHub and failures with the decision of the same id', () => {
    const failure = { code: 'client-gone', side: 'client', phase: 'response', detail: '' } as const;
    const report = reportOf([
      {},
      { id: 'a-1.2', client: { address: '10.1.2.4', port: 1, user: 'erin', userAgent: null } },
      { kind: 'outcome', id: 'a-1.2', bytesOut: 5_000, said: 'refused' },
      { kind: 'outcome', failure },
      { kind: 'outcome', id: 'z-9.9', said: 'refused' },
    ]);
    assert.deepEqual(
      report.talkers.byBytes.rows.map(({ name, bytes }) => [name.user, bytes]),
      [
        ['erin', 5_010],
        ['dave', 100],
      ],
    );
    assert.deepEqual(
      report.vendors.map(({ name, hits, people }) => [name, hits, people.rows[0]?.name.user]),
      [['github refused', 1, 'erin']],
    );
    assert.deepEqual(
      report.failures.map(({ name, people }) => [name, people.rows[0]?.name.user]),
      [['client-gone', 'dave']],
    );
    assert.equal(report.events.unjoined, 1);
  });

  test('says of which requests GitHub alone knows the account, by kind and by fingerprint', () => {
    const report = reportOf([
      token('ghp', 'aa'),
      token('ghp', 'aa'),
      token('ghp', 'bb'),
      token('basic', 'cc'),
      token(null, null),
      token('ghs', 'dd'),
      token('jwt', 'ee'),
      // Not stamped by anyone: GitHub has nothing to judge.
      { ...token('gho', 'ff'), wouldStamps: [], reason: reason('unrestricted', 'github') },
    ]);
    assert.deepEqual(
      report.tokens.map(({ kind, fate, requests, tokens }) => [kind, fate, requests, tokens]),
      [
        ['ghp', 'judged', 3, 2],
        ['basic', 'judged', 1, 1],
        [null, 'anonymous', 1, 0],
        ['ghs', 'installation', 1, 1],
        ['jwt', 'app', 1, 1],
      ],
    );
  });

  test('counts only what lies from since to before until', () => {
    const [ten, eleven] = [Date.UTC(2026, 10, 20, 10), Date.UTC(2026, 10, 20, 11)];
    const lines = ['09:59:59.999', '10:00:00.000', '10:59:59.999', '11:00:00.000'].map((at) => ({
      at: `2026-11-20T${at}Z`,
    }));
    const report = reportOf(lines, { sinceMs: ten, untilMs: eleven });
    assert.deepEqual([report.events.decisions, report.events.outside], [2, 2]);
    assert.deepEqual(report.period, { fromMs: ten, toMs: eleven - 1 });
    assert.equal(reportOf(lines, { sinceMs: eleven + 1 }).period, null);
  });

  test('reads the would-restrict of a record that had no wouldStamps yet', () => {
    const { wouldStamps, ...older } = DECISION;
    assert.equal(wouldStamps, HELD);
    const event = readRecordLine(JSON.stringify(older));
    const fold = new ReportFold({ sinceMs: null, untilMs: null, top: 1 });
    assert.ok(event !== null);
    fold.add(event);
    assert.equal(fold.report().wouldStamp.requests, 1);
  });
});

test('HitTable counts on when it is full, and says so', () => {
  const table = new HitTable<number>();
  const hit = { stage: 'request', atMs: 0, id: 'x' } as const;
  for (let at = 0; at < NAME_LIMIT + 5; at += 1) table.hit(String(at), at, hit);
  table.hit('0', 0, hit);
  const top = table.top(1);
  assert.deepEqual([top.names, top.uncounted, table.hits], [NAME_LIMIT, 5, NAME_LIMIT + 6]);
  assert.deepEqual([top.rows[0]?.name, top.rows[0]?.requests], [0, 2]);
});

const WHOLE = eventLine(DECISION);
const NO_EVENTS: readonly (readonly [name: string, line: string])[] = [
  ['a torn line', WHOLE.slice(0, 200)],
  ['another program’s JSON', '{"level":30,"msg":"hello"}'],
  ['a later version', WHOLE.replace('"v":1', '"v":2')],
  ['a decision without its client', WHOLE.replace('"client":', '"klient":')],
  ['a request without its words', WHOLE.replace('"request":{', '"request":null,"was":{')],
  ['a verdict that nobody knows', WHOLE.replace('"verdict":"forward"', '"verdict":"maybe"')],
  ['a time that is none', WHOLE.replace('2026-11-20T10:00:00.000Z', 'yesterday')],
  ['a list', '[1]'],
  ['no JSON', 'Nov 20 10:00:00 host gatewright: hello'],
];

for (const [name, line] of NO_EVENTS) {
  test(`readRecordLine() takes ${name} for no event`, () => assert.equal(readRecordLine(line), null));
}

test('readRecordLine() passes over keys that it does not know', () => {
  assert.equal(readRecordLine(WHOLE.replace('"v":1', '"v":1,"later":{"x":[1]}'))?.kind, 'decision');
});

test('LineSplitter gives the same lines wherever the text is cut', () => {
  const text = 'one\n\ntwo\r\nthree\nfour';
  const whole = linesOf([text]);
  assert.deepEqual(whole, ['one', 'two\r', 'three', 'four']);
  for (let cut = 0; cut <= text.length; cut += 1)
    assert.deepEqual(linesOf([text.slice(0, cut), text.slice(cut)]), whole);
  assert.deepEqual(linesOf([...text]), whole);
});

test('LineSplitter holds no line that no gate could have written, and goes on after it', () => {
  const long = 'x'.repeat(70_000);
  for (const pieces of [[`${long}\nnext`], [long, long, '\nnext'], [`a\n${long}`, `${long}\nnext\n`]])
    assert.deepEqual(
      linesOf(pieces).filter((line) => line !== 'a'),
      ['(too long)', 'next'],
    );
});

function linesOf(pieces: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter({
    line: (line) => lines.push(line),
    tooLong: () => lines.push('(too long)'),
  });
  for (const piece of pieces) splitter.add(piece);
  splitter.end();
  return lines;
}
