// Who speaks the restriction header: the gate alone. Every way in which a client could try to, over every way in.
// The twin's readings of what upstream received are the oracle.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headerOf } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import {
  atProxy,
  EXEMPT_ADDRESS,
  type InsideWish,
  inside,
  insideHttp2,
  STAMP,
  STAMPED_ADDRESS,
  startOffice,
} from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import { valuesOf } from '../support/request-readings.ts';
import { fileScope } from '../support/test-scope.ts';
import type { Twin, TwinRequest } from '../support/twin.ts';
import { clientFrame } from '../support/websocket-frames.ts';

const office = await startOffice(fileScope(), { twin: { extendedConnect: 'yes' } });
const { twin, plain } = office;

/** Who comes, from where, and what upstream must then see. */
const CLIENTS: readonly { name: string; wish: InsideWish; value: string | null }[] = [
  { name: 'the open listener', wish: {}, value: '12345' },
  { name: 'a stamped user', wish: { user: 'dave' }, value: '12345' },
  { name: 'an exempt user', wish: { user: 'carol' }, value: null },
  { name: 'a stamped address', wish: { from: STAMPED_ADDRESS }, value: '12345' },
  { name: 'an exempt address', wish: { from: EXEMPT_ADDRESS }, value: null },
  { name: 'a host that is not stamped', wish: { authority: 'gist.github.com:443' }, value: null },
];

const FREE = '/free';

/** Lines a client sends for itself. */
const COPIES: readonly (readonly string[])[] = [
  [],
  ['sec-GitHub-allowed-enterprise: 99999'],
  ['SEC-GITHUB-ALLOWED-ENTERPRISE: 99999', 'sec-github-allowed-enterprise: 12345'],
  ['sec_github_allowed_enterprise: 99999'],
  ['sec.github.allowed.enterprise: 99999', 'Sec-GitHub_Allowed.Enterprise: 1'],
  [
    'sec--GitHub-allowed-enterprise: 99999',
    'secGitHubAllowedEnterprise: 1',
    "sec'GitHub~allowed|enterprise: 1",
  ],
  ['sec-GitHub-allowed-enterprise_: 99999', 'HTTP_SEC_GITHUB_ALLOWED_ENTERPRISE: 1'],
  [
    'Connection: http-sec.github.allowed.enterprise-, secgithuballowedenterprise',
    'secgithuballowedenterprise: 1',
  ],
  ['sec-GitHub-allowed-enterprise: 12345, 99999'],
  ['sec-GitHub-allowed-enterprise:'],
  ['Connection: sec-GitHub-allowed-enterprise', 'sec-GitHub-allowed-enterprise: 99999'],
  ['Connection: close, SEC_GITHUB_ALLOWED_ENTERPRISE'],
  ['Connection: keep-alive, host, cookie, user-agent, authorization', 'Cookie: a=b'],
  ['X-Forwarded-For: 10.20.7.7', 'Forwarded: for=10.20.7.7', 'Via: 1.1 10.20.7.7', 'X-Real-IP: 10.20.7.7'],
  ['Proxy-Authorization: Basic Y2Fyb2w6Y2Fyb2wtc2VjcmV0', 'Proxy-Connection: keep-alive', 'Proxy-X: 1'],
  ['X-User: carol', 'Remote-User: carol', 'X-Authenticated-Groups: oss'],
];

describe('R-01, R-02, R-09 and R-31 the gate alone speaks the header on HTTP/1.1', () => {
  for (const client of CLIENTS) {
    for (const lines of COPIES) {
      test(`${client.name}: ${lines.join(' | ') || 'no copy'}`, async (t) => {
        const connection = await inside(t, office, client.wish);
        const host = client.wish.authority?.replace(':443', '') ?? 'github.com';
        await connection.send(
          `${[`GET ${pathOf(client)} HTTP/1.1`, `Host: ${host}`, ...lines].join('\r\n')}\r\n\r\n`,
        );
        assertStamp(twin, await connection.readAnswer(), client.value);
      });
    }
  }
});

describe('R-01, R-02 the gate alone speaks the header on HTTP/2', () => {
  const copies: readonly (readonly string[])[] = [
    [],
    ['sec-github-allowed-enterprise', '99999'],
    ['sec-github-allowed-enterprise', '99999', 'sec-github-allowed-enterprise', '1'],
    ['sec_github_allowed_enterprise', '99999', 'sec.github.allowed.enterprise', '1'],
    [
      'sec--github-allowed-enterprise',
      '9',
      'secgithuballowedenterprise',
      '1',
      'http_sec_github_allowed_enterprise',
      '1',
    ],
    ['x-forwarded-for', '10.20.7.7', 'proxy-authorization', 'Basic x', 'proxy-x', '1'],
  ];
  for (const client of CLIENTS) {
    for (const lines of copies) {
      test(`${client.name}: ${lines.join(' ') || 'no copy'}`, async (t) => {
        const session = await insideHttp2(t, office, client.wish);
        const authority = client.wish.authority?.replace(':443', '') ?? 'github.com';
        const head = [':method', 'GET', ':scheme', 'https', ':authority', authority, ':path', pathOf(client)];
        const answer = await askHttp2(session, [...head, ...lines]);
        assert.equal(assertStamp(twin, answer, client.value).headers.includes(STAMP), false);
      });
    }
  }
});

describe('R-01, R-02 the gate alone speaks the header', () => {
  for (const client of CLIENTS.filter(
    ({ wish }) => wish.user === undefined && wish.authority === undefined,
  )) {
    test(`on plain HTTP, ${client.name}`, async (t) => {
      const connection = await atProxy(t, office, client.wish);
      for (const copy of ['', `${STAMP}: 99999\r\n`])
        await connection.send(
          `GET http://github.com${pathOf(client)} HTTP/1.1\r\nHost: github.com\r\n${copy}\r\n`,
        );
      assertStamp(plain, await connection.readAnswer(), client.value);
      assertStamp(plain, await connection.readAnswer(), client.value);
    });
  }

  for (const client of CLIENTS) {
    test(`on a WebSocket over HTTP/1.1, ${client.name}`, async (t) => {
      const connection = await inside(t, office, client.wish);
      const host = client.wish.authority?.replace(':443', '') ?? 'github.com';
      await connection.send(
        `GET ${pathOf(client)} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade, ${STAMP}\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${STAMP}: 99999\r\n\r\n`,
      );
      const answer = await connection.readAnswer();
      assert.equal(answer.status, 101);
      assertStamp(twin, answer, client.value);
    });

    test(`on a WebSocket over HTTP/2, ${client.name}`, async (t) => {
      const session = await insideHttp2(t, office, client.wish);
      const authority = client.wish.authority?.replace(':443', '') ?? 'github.com';
      const head = {
        ...{ ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https' },
        'sec-websocket-version': '13',
      };
      const answer = await askHttp2(
        session,
        { ...head, ':path': pathOf(client), ':authority': authority, [STAMP.toLowerCase()]: '99999' },
        clientFrame(),
      );
      assertStamp(twin, answer, client.value);
    });
  }

  test('R-02 A6 in trailers over HTTP/1.1: what names it there is dropped', async (t) => {
    const connection = await inside(t, office);
    await connection.send(
      `POST /x HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\nTrailer: ${STAMP}\r\n\r\n1\r\na\r\n0\r\n${STAMP}: 99999\r\nSec_GitHub_Allowed_Enterprise: 1\r\nHTTP-secGitHubAllowedEnterprise: 1\r\ngrpc-status: 0\r\n\r\n`,
    );
    const request = assertStamp(twin, await connection.readAnswer(), '12345');
    assert.deepEqual(request.trailers, ['grpc-status', '0']);
  });

  test('in trailers over HTTP/2: what names it there is dropped', async (t) => {
    const session = await insideHttp2(t, office);
    const head = { ':method': 'POST', ':path': '/x', ':authority': 'github.com', ':scheme': 'https' };
    const stream = session.request(head, { endStream: false, waitForTrailers: true });
    stream.on('wantTrailers', () =>
      stream.sendTrailers({ 'sec-github-allowed-enterprise': '99999', 'grpc-status': '0' }),
    );
    stream.end('a');
    const [nonce] = await new Promise<string[]>((resolve, reject) => {
      stream.on('response', (headers) => resolve([String(headers['x-twin-nonce'])]));
      stream.on('error', reject);
      stream.resume();
    });
    const request = assertStamp(twin, { status: 200, headers: ['x-twin-nonce', nonce ?? ''] }, '12345');
    assert.deepEqual(request.trailers, ['grpc-status', '0']);
  });
});

test('R-11, R-31 nothing that is meant for one hop goes upstream', async (t) => {
  const connection = await inside(t, office);
  const lines = [
    ...[
      'Connection: x-hop, te',
      'X-Hop: 1',
      'Keep-Alive: timeout=5',
      'TE: trailers, gzip',
      'Proxy-Connection: close',
    ],
    ...[
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA',
      'Proxy-Authorization: Basic eDp5',
      'X-End: 2',
    ],
  ];
  await connection.send(`GET /x HTTP/1.1\r\nHost: github.com\r\n${lines.join('\r\n')}\r\n\r\n`);
  const { headers } = assertStamp(twin, await connection.readAnswer(), '12345');
  const names = headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  assert.deepEqual(names.sort(), ['host', 'sec-github-allowed-enterprise', 'x-end']);
});

test('R-31 a nominated stamp is recorded as an attack, and so is a client copy', async (t) => {
  const connection = await inside(t, office);
  await connection.send(
    `GET /attack HTTP/1.1\r\nHost: github.com\r\nConnection: ${STAMP}\r\n${STAMP}: 1\r\n\r\n`,
  );
  assertStamp(twin, await connection.readAnswer(), '12345');
  const { decision } = await office.gate.pair((event) => event.request?.path === '/attack');
  assert.deepEqual([...decision.signs].sort(), ['client-stamp', 'stamp-nominated']);
});

test('R-03 twenty IDs are one line', async (t) => {
  const enterprises = Array.from({ length: 20 }, (_, at) => `corp-${at}`);
  const wide = await startOffice(t, {
    policy: { version: 1, restrict: { enterprises }, otherwise: 'splice' },
  });
  const connection = await inside(t, wide);
  await connection.send('GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n');
  assertStamp(wide.twin, await connection.readAnswer(), enterprises.join(', '));
});

test('R-01, R-46 every reading of every byte upstream received agrees, and every request was recorded before', async () => {
  await assertOfficeHolds(office, ({ target }) => (target === FREE ? null : '12345'));
});

/** Where a client goes, so that upstream's bytes alone say what they should carry. */
function pathOf({ value }: { readonly value: string | null }): string {
  return value === null ? FREE : '/x';
}

/** The request that this answer belongs to, whose stamp is as it must be: one line, or none. */
function assertStamp(
  upstream: Twin,
  answer: { readonly status: number; readonly headers: readonly string[] },
  value: string | null,
): TwinRequest {
  const nonce = headerOf(answer.headers, 'x-twin-nonce');
  assert.notEqual(nonce, null, `answered ${answer.status}`);
  const request = upstream.requests().find((one) => one.nonce === nonce);
  assert.ok(request !== undefined);
  assert.deepEqual(valuesOf(request.headers, STAMP), value === null ? [] : [value]);
  const lines = request.headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  assert.ok(
    lines.every((name) => !name.startsWith('proxy-')),
    lines.join(' '),
  );
  return request;
}
