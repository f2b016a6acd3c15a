// The admin API over real sockets: what it answers, and whom it refuses.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openRaw, type RawConnection } from '../../test/support/raw-client.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { ExplainQuestion, GateActs } from '../acts.ts';
import { err, ok } from '../core/base/result.ts';
import { type AdminOptions, startAdmin } from './admin-server.ts';
import { loadAdminToken, TokenCheck } from './admin-token.ts';

const ADMIN = 'admin-token-of-this-test';
const AUDITOR = 'auditor-token-of-this-test';
const DRIFT = { source: 'https://x', checkedAt: null, failure: null, drift: true, diff: null };
const FAULT = { file: 'policy.yaml', line: 1, column: 1, value: 'x', problem: 'p', mend: 'm' };

function gateOf(changes: Partial<GateActs> = {}): GateActs {
  return {
    readiness: () => [{ name: 'record', ok: true, detail: 'fine' }],
    status: () => ({ version: '0.1.0', startedAt: '2026-11-21T12:00:00Z', connections: 0, listeners: [] }),
    policyStatus: () => ({
      file: 'policy.yaml',
      revision: 'abcdef012345',
      text: 'version: 1\n',
      includes: [],
      faults: [],
    }),
    reload: async () => ok({ revision: 'fedcba543210' }),
    stamp: null,
    allowlist: null,
    explain: (question: ExplainQuestion) =>
      question.url === 'bad' ? err('not a URL') : ok({ verdict: 'forward', asked: question }),
    findEvents: async (reference) => (reference === 'k3f9q2-1a' ? [] : null),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', text: 'up 1\n' }),
    caPem: () => '-----BEGIN CERTIFICATE-----\n',
    ...changes,
  };
}

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body's `error.code`, when it has one. */
  readonly code: string | null;
}

async function adminOf(t: TestContext, options: Partial<AdminOptions> = {}) {
  const admin = await startAdmin({
    listen: { address: '127.0.0.1', port: 0 },
    tokens: { admin: ADMIN, auditor: AUDITOR },
    metrics: 'token',
    hosts: ['gate.example.com'],
    gate: gateOf(),
    ...options,
  });
  t.after(() => admin.close());
  return Object.assign((asked: Asked) => ask(admin.port, asked), { port: admin.port });
}

function ask(port: number, asked: Asked): Promise<Answered> {
  const { method = 'GET', path, token = ADMIN, headers = {}, body } = asked;
  const content = body === undefined ? {} : { 'content-type': 'application/json' };
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers: { ...content, ...authorization, ...headers } },
      async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        const code = /"error":\{"code":"([^"]+)"/.exec(text)?.[1] ?? null;
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, code });
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

test('startAdmin() answers each route', async (t) => {
  const send = await adminOf(t);
  const rows: readonly { asked: Asked; status: number; holds: string }[] = [
    { asked: { path: '/healthz', token: null }, status: 200, holds: '"ok"' },
    { asked: { path: '/readyz', token: null }, status: 200, holds: '"ready","checks":{"record":true}' },
    { asked: { path: '/metrics' }, status: 200, holds: 'up 1' },
    { asked: { path: '/ca.pem' }, status: 200, holds: 'BEGIN CERTIFICATE' },
    { asked: { path: '/api/v1/status' }, status: 200, holds: '"revision":"abcdef012345"' },
    { asked: { path: '/api/v1/policy' }, status: 200, holds: '"text":"version: 1\\n"' },
    { asked: { path: '/api/v1/record?reference=k3f9q2-1a' }, status: 200, holds: '"events":[]' },
    { asked: { path: '/api/v1/record?reference=..%2f' }, status: 400, holds: 'bad-reference' },
    { asked: { path: '/api/v1/record' }, status: 400, holds: 'bad-reference' },
    { asked: { method: 'POST', path: '/api/v1/reload' }, status: 200, holds: 'fedcba543210' },
    { asked: { path: '/nothing' }, status: 404, holds: 'not-found' },
    { asked: { method: 'DELETE', path: '/api/v1/policy' }, status: 404, holds: 'not-found' },
  ];
  for (const { asked, status, holds } of rows) {
    const answer = await send(asked);
    assert.equal(answer.status, status, asked.path);
    assert.ok(answer.text.includes(holds), `${asked.path}: ${answer.text}`);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  }
});

test('POST /api/v1/explain asks with the names of the options, and refuses what it does not know', async (t) => {
  const send = await adminOf(t);
  const question = { url: 'https://github.com/', user: 'dave', groups: ['oss'], from: '10.1.2.3' };
  const answer = await send({ method: 'POST', path: '/api/v1/explain', body: question });
  assert.deepEqual(JSON.parse(answer.text), {
    verdict: 'forward',
    asked: { ...question, device: null, listener: null, method: 'GET', websocket: false },
  });
  for (const body of [{}, { url: 'bad' }, { url: 1 }, { ...question, usr: 'x' }, [], '{'])
    assert.equal(
      (await send({ method: 'POST', path: '/api/v1/explain', body })).status,
      400,
      JSON.stringify(body),
    );
  const large = { url: 'x'.repeat(200_000) };
  assert.equal((await send({ method: 'POST', path: '/api/v1/explain', body: large })).status, 413);
});

test('R-52 POST /api/v1/reload says why the older policy stays, or the older CA', async (t) => {
  const rows = [
    [{ kind: 'invalid', faults: [FAULT] }, 'policy-invalid', [FAULT]],
    [{ kind: 'failed', message: 'No key.' }, 'ca-failed', []],
  ] as const;
  for (const [trouble, code, faults] of rows) {
    const send = await adminOf(t, { gate: gateOf({ reload: async () => err(trouble) }) });
    const answer = await send({ method: 'POST', path: '/api/v1/reload' });
    const told = { ...JSON.parse(answer.text), error: answer.code };
    assert.deepEqual([answer.status, told], [422, { error: code, faults, revision: 'abcdef012345' }]);
  }
});

test('R-47 /readyz is red while a check is, and tells no details without a token', async (t) => {
  const readiness = () => [{ name: 'record', ok: false, detail: 'ENOSPC in /var/audit' }];
  const send = await adminOf(t, { gate: gateOf({ readiness }) });
  const answer = await send({ path: '/readyz', token: null });
  assert.equal(answer.status, 503);
  assert.ok(!answer.text.includes('ENOSPC'));
  assert.ok((await send({ path: '/api/v1/status' })).text.includes('ENOSPC'));
  assert.equal((await send({ path: '/healthz', token: null })).status, 200);
});

const PATHS = [
  '/metrics',
  '/ca.pem',
  '/api/v1/status',
  '/api/v1/policy',
  '/api/v1/record?reference=k3f9q2-1a',
  '/nothing',
];

test('R-60 every route but the probes wants a token', async (t) => {
  const send = await adminOf(t);
  const wrong = [null, '', 'x', ADMIN.slice(0, -1), `${ADMIN}x`, ADMIN.toUpperCase()];
  for (const path of PATHS)
    for (const token of wrong) assert.equal((await send({ path, token })).status, 401, `${path} ${token}`);
  for (const path of ['/api/v1/reload', '/api/v1/explain'])
    assert.equal((await send({ method: 'POST', path, token: null })).status, 401);
  for (const path of [
    '/healthz/../api/v1/status',
    '/healthz%2f..%2fapi/v1/status',
    '//healthz',
    '/HEALTHZ',
    '/healthz/',
  ])
    assert.ok([401, 404].includes((await send({ path, token: null })).status), path);
  const basic = { authorization: `Basic ${Buffer.from(`x:${ADMIN}`).toString('base64')}` };
  assert.equal((await send({ path: '/api/v1/status', token: null, headers: basic })).status, 401);
  assert.equal((await send({ path: `/api/v1/status?token=${ADMIN}`, token: null })).status, 401);
});

test('R-60 the auditor may read and ask, and may not act', async (t) => {
  const send = await adminOf(t);
  for (const path of PATHS.slice(0, -1))
    assert.equal((await send({ path, token: AUDITOR })).status, 200, path);
  const question = {
    method: 'POST',
    path: '/api/v1/explain',
    token: AUDITOR,
    body: { url: 'https://github.com/' },
  };
  assert.equal((await send(question)).status, 200);
  const reload = await send({ method: 'POST', path: '/api/v1/reload', token: AUDITOR });
  assert.deepEqual([reload.status, reload.code], [403, 'admin-wanted']);
  const alone = await adminOf(t, { tokens: { admin: ADMIN, auditor: null } });
  assert.equal((await alone({ path: '/metrics', token: AUDITOR })).status, 401);
});

test('R-60 a foreign Host is refused, whatever the token', async (t) => {
  const send = await adminOf(t);
  const own = [
    '127.0.0.1',
    '127.0.0.1:3129',
    'localhost:9',
    '[::1]:3129',
    'gate.example.com',
    'GATE.example.com:1',
  ];
  for (const host of own)
    assert.equal((await send({ path: '/metrics', headers: { host } })).status, 200, host);
  const foreign = [
    'evil.example',
    'localhost.evil.example',
    '10.0.0.1',
    'xgate.example.com',
    '127.0.0.1.evil.example',
    'a b',
  ];
  for (const host of foreign) {
    const answer = await send({ path: '/metrics', headers: { host } });
    assert.ok(answer.status === 403 || answer.status === 400, `${host}: ${answer.status}`);
  }
});

test('R-60 a page of another site is refused, whatever the token', async (t) => {
  const send = await adminOf(t);
  const host = 'localhost:3129';
  const ownPage = { host, origin: 'http://localhost:3129', 'sec-fetch-site': 'same-origin' };
  assert.equal((await send({ path: '/metrics', headers: ownPage })).status, 200);
  const pages: readonly Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:8080' },
    { origin: 'https://localhost:3129' },
    { origin: 'http://localhost:3129.evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of pages) {
    const answer = await send({ path: '/metrics', headers: { host, ...headers } });
    assert.deepEqual([answer.status, answer.code], [403, 'foreign-origin'], JSON.stringify(headers));
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  }
});

test('R-60 /metrics is open when the settings say so, and nothing else is', async (t) => {
  const send = await adminOf(t, { metrics: 'open' });
  assert.equal((await send({ path: '/metrics', token: null })).status, 200);
  assert.equal((await send({ path: '/api/v1/status', token: null })).status, 401);
  assert.equal(
    (await send({ path: '/metrics', token: null, headers: { host: 'evil.example' } })).status,
    403,
  );
});

test('a door that fails is answered 500, without its words', async (t) => {
  const metrics = async (): Promise<never> => {
    throw new Error('S3CRET');
  };
  const send = await adminOf(t, { gate: gateOf({ metrics }) });
  const answer = await send({ path: '/metrics' });
  assert.deepEqual([answer.status, answer.code, answer.text.includes('S3CRET')], [500, 'failed', false]);
});

test('startAdmin() rejects with the code of the system when its place is taken', async (t) => {
  const first = await startAdmin({
    listen: { address: '127.0.0.1', port: 0 },
    tokens: { admin: ADMIN, auditor: null },
    metrics: 'token',
    hosts: [],
    gate: gateOf(),
  });
  t.after(() => first.close());
  await assert.rejects(adminOf(t, { listen: { address: '127.0.0.1', port: first.port } }), {
    code: 'EADDRINUSE',
  });
});

test('R-60 loadAdminToken() makes a token once, 0600, and refuses a short one', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'state', 'admin-token');
  const token = loadAdminToken(file);
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(loadAdminToken(file), token);
  assert.equal(readFileSync(file, 'utf8'), `${token}\n`);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const short = join(dir, 'short');
  writeFileSync(short, 'letmein\n');
  assert.throws(() => loadAdminToken(short), /16 to 512/);
  chmodSync(short, 0o600);
});

test('R-60 TokenCheck tells the roles apart', () => {
  const tokens = new TokenCheck({ admin: ADMIN, auditor: AUDITOR });
  assert.deepEqual(
    [ADMIN, AUDITOR, '', 'x'].map((token) => tokens.roleOf(token)),
    ['admin', 'auditor', null, null],
  );
});

test('POST /api/v1/stamp switches where the settings allow it, for the admin alone', async (t) => {
  const turned: string[] = [];
  const stamp = { isOn: () => turned.at(-1) !== 'off', turn: async (to: string) => void turned.push(to) };
  const send = await adminOf(t, { gate: gateOf({ stamp }) });
  const order = { method: 'POST', path: '/api/v1/stamp', body: { stamp: 'off' } };
  assert.equal((await send({ ...order, token: AUDITOR })).status, 403);
  assert.deepEqual(turned, []);
  assert.equal((await send(order)).text, '{"stamp":"off"}');
  assert.equal((await send({ path: '/api/v1/stamp', token: AUDITOR })).text, '{"stamp":"off"}');
  assert.deepEqual(turned, ['off']);
  assert.equal((await send({ ...order, body: { stamp: 'sometimes' } })).code, 'bad-order');
  assert.deepEqual(turned, ['off']);
});

test('POST /api/v1/stamp is refused where the settings do not allow it', async (t) => {
  const send = await adminOf(t, {});
  const answer = await send({ method: 'POST', path: '/api/v1/stamp', body: { stamp: 'off' } });
  assert.deepEqual([answer.status, answer.code], [409, 'no-stamp-switch']);
});

test('GET /api/v1/allowlist gives the last comparison to any token, and 409 where none is made', async (t) => {
  const send = await adminOf(t, { gate: gateOf({ allowlist: () => DRIFT }) });
  const answered = await send({ path: '/api/v1/allowlist', token: AUDITOR });
  assert.deepEqual([answered.status, JSON.parse(answered.text)], [200, DRIFT]);
  const none = await (await adminOf(t))({ path: '/api/v1/allowlist' });
  assert.deepEqual([none.status, none.code], [409, 'no-allowlist-watch']);
});

/** Opens so many connections that ask nothing; resolves once each is open. */
async function openIdle(t: TestContext, port: number, count: number): Promise<RawConnection[]> {
  const opened: RawConnection[] = [];
  for (let at = 0; at < count; at += 1) opened.push(await openRaw(t, port));
  return opened;
}

test('R-60 A3 the admin API holds 64 connections, and those that ask nothing make room for those that ask', async (t) => {
  const hold = Promise.withResolvers<Awaited<ReturnType<GateActs['reload']>>>();
  const send = await adminOf(t, { gate: gateOf({ reload: () => hold.promise }) });
  const running = send({ method: 'POST', path: '/api/v1/reload' });
  const idle = await openIdle(t, send.port, 100);
  // Closed as it stands: one that the times end is told 408 first.
  for (const connection of idle.slice(0, 37)) assert.equal((await connection.readToEnd()).length, 0);
  assert.equal((await send({ path: '/healthz', token: null })).status, 200);
  hold.resolve(ok({ revision: 'fedcba543210' }));
  assert.equal((await running).status, 200, 'what asks stays');
});

const SLOW: readonly (readonly [name: string, sent: string])[] = [
  ['nothing', ''],
  ['half a head', 'GET /healthz HTTP/1.1\r\nHost:'],
  ['half a body', 'POST /api/v1/explain HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{'],
  ['a request, and no other', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
];

for (const [name, sent] of SLOW) {
  test(`R-60 A3 the admin API ends a connection that sends ${name}`, async (t) => {
    const times = { headMs: 20, requestMs: 40, idleMs: 20, everyMs: 10 };
    const { port } = await adminOf(t, { times });
    const connection = await openRaw(t, port);
    if (sent !== '') await connection.send(sent);
    await connection.readToEnd();
  });
}

const TOO_MUCH: readonly (readonly [name: string, sent: string, status: number])[] = [
  ['a head', `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  [
    'a body',
    `POST /api/v1/explain HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${ADMIN}\r\nContent-Type: application/json\r\nContent-Length: 131073\r\n\r\n`,
    413,
  ],
];

for (const [name, sent, status] of TOO_MUCH) {
  test(`R-60 A3 the admin API refuses ${name} over its limit`, async (t) => {
    const connection = await openRaw(t, (await adminOf(t)).port);
    await connection.send(sent);
    assert.equal((await connection.readAnswer()).status, status);
  });
}

test('POST /api/v1/stamp is answered once the stamp is switched everywhere, and not before', async (t) => {
  const switched = Promise.withResolvers<void>();
  let isOn = true;
  const turn = async (): Promise<void> => {
    await switched.promise;
    isOn = false;
  };
  const send = await adminOf(t, { gate: gateOf({ stamp: { isOn: () => isOn, turn } }) });
  const answered = send({ method: 'POST', path: '/api/v1/stamp', body: { stamp: 'off' } });
  // Were it not waited for, the answer to the first request would be on its way before that of the second.
  assert.equal((await send({ path: '/api/v1/stamp' })).text, '{"stamp":"on"}');
  switched.resolve();
  assert.equal((await answered).text, '{"stamp":"off"}');
});
