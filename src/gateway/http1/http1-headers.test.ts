// Tests of heads as the gate writes them, and of the trailers that travel.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stampHeader } from '../../core/policy/header-edit.ts';
import { RESTRICTION_HEADER } from '../../core/vendors/github/endpoints.ts';
import type { RequestHead, ResponseHead } from '../../core/wire/http1-head.ts';
import {
  informationalText,
  requestHeadText,
  responseHeadText,
  safeTrailers,
  switchingText,
} from './http1-headers.ts';

const REQUEST: RequestHead = {
  ...{ version: '1.1', method: 'GET', target: '/x?a=b', host: 'github.com', keepAlive: true },
  headers: ['Host', 'github.com', 'ACCEPT', '*/*'],
  ...{ connection: [], upgrade: null, framing: { kind: 'none' } },
};
const RESPONSE: ResponseHead = {
  ...{ version: '1.1', status: 200, reason: 'OK', keepAlive: true, headers: ['Server', 'x'] },
  ...{ connection: [], upgrade: null, framing: { kind: 'length', bytes: 5 } },
};
const HEADER = stampHeader('github', RESTRICTION_HEADER);
const STAMP = [{ op: 'overwrite', header: HEADER, value: '12345' }] as const;
const REMOVE = [{ op: 'remove', header: HEADER }] as const;

describe('requestHeadText()', () => {
  test('writes names, order and target as they came, and the stamp last', () => {
    assert.equal(
      requestHeadText(REQUEST, '/x?a=b', STAMP),
      'GET /x?a=b HTTP/1.1\r\nHost: github.com\r\nACCEPT: */*\r\nsec-GitHub-allowed-enterprise: 12345\r\n\r\n',
    );
  });

  const framings: readonly { framing: RequestHead['framing']; line: string }[] = [
    { framing: { kind: 'none' }, line: '' },
    { framing: { kind: 'length', bytes: 5 }, line: 'Content-Length: 5\r\n' },
    { framing: { kind: 'chunked' }, line: 'Transfer-Encoding: chunked\r\n' },
  ];
  for (const { framing, line } of framings) {
    test(`frames a body that is ${framing.kind} by itself`, () => {
      const headers = ['Host', 'github.com', 'content-length', '99', 'transfer-ENCODING', 'x'];
      const text = requestHeadText({ ...REQUEST, framing, headers }, '/', REMOVE);
      assert.equal(text, `GET / HTTP/1.1\r\nHost: github.com\r\n${line}\r\n`);
    });
  }

  test('drops what is for one hop and what Connection nominates, but never Host', () => {
    const headers = [
      'Host',
      'github.com',
      'X-Hop',
      '1',
      'Proxy-Foo',
      '2',
      'Keep-Alive',
      '3',
      'Alt-Used',
      'x',
      'TE',
      'gzip',
    ];
    const text = requestHeadText({ ...REQUEST, headers, connection: ['x-hop', 'host'] }, '/', REMOVE);
    assert.equal(text, 'GET / HTTP/1.1\r\nHost: github.com\r\n\r\n');
  });

  test('R-11 A5 drops what is for the proxy in every spelling, and Proxy alone', () => {
    const dropped = [
      'Proxy',
      'proxy_authorization',
      'PROXY.Connection',
      'HTTP_PROXY',
      'http-proxy-x',
      'Proxy-',
    ];
    const kept = ['Host', 'github.com', 'X-Proxy', '1', 'Proxyless', '2'];
    const headers = [...kept, ...dropped.flatMap((name) => [name, '9'])];
    const text = requestHeadText({ ...REQUEST, headers }, '/', REMOVE);
    assert.equal(text, 'GET / HTTP/1.1\r\nHost: github.com\r\nX-Proxy: 1\r\nProxyless: 2\r\n\r\n');
  });

  test('keeps the handshake of a WebSocket and of nothing else', () => {
    const headers = ['Host', 'github.com', 'Upgrade', 'x', 'Connection', 'Upgrade'];
    const text = (upgrade: string): string => requestHeadText({ ...REQUEST, headers, upgrade }, '/', REMOVE);
    assert.ok(text('websocket').includes('Connection: Upgrade\r\nUpgrade: websocket\r\n'));
    assert.ok(!text('h2c').includes('Upgrade'));
  });
});

describe('responseHeadText()', () => {
  const rows: readonly {
    name: string;
    head: Partial<ResponseHead>;
    version: '1.0' | '1.1';
    expected: string;
  }[] = [
    { name: 'a known length', head: {}, version: '1.1', expected: 'Server: x\r\nContent-Length: 5\r\n' },
    {
      name: 'chunks',
      head: { framing: { kind: 'chunked' } },
      version: '1.1',
      expected: 'Server: x\r\nTransfer-Encoding: chunked\r\n',
    },
    {
      name: 'a body until close',
      head: { framing: { kind: 'until-close' } },
      version: '1.1',
      expected: 'Server: x\r\nConnection: close\r\n',
    },
    {
      name: 'chunks for HTTP/1.0',
      head: { framing: { kind: 'chunked' } },
      version: '1.0',
      expected: 'Server: x\r\nConnection: close\r\n',
    },
    {
      name: 'a known length for HTTP/1.0',
      head: {},
      version: '1.0',
      expected: 'Server: x\r\nContent-Length: 5\r\nConnection: keep-alive\r\n',
    },
    {
      name: 'the answer to HEAD',
      head: { framing: { kind: 'none' }, headers: ['Content-Length', '7'] },
      version: '1.1',
      expected: 'Content-Length: 7\r\n',
    },
    {
      name: 'what reads like framing',
      head: { headers: ['Transfer_Encoding', 'chunked', 'content.length', '9', 'A', 'b'] },
      version: '1.1',
      expected: 'A: b\r\nContent-Length: 5\r\n',
    },
    {
      name: 'ways around the gate',
      head: { headers: ['Alt-Svc', 'h3=":443"', 'Proxy-Authenticate', 'Basic', 'A', 'b'] },
      version: '1.1',
      expected: 'A: b\r\nContent-Length: 5\r\n',
    },
  ];
  for (const { name, head, version, expected } of rows) {
    test(`R-36, R-40 writes ${name}`, () => {
      const { text } = responseHeadText({ ...RESPONSE, ...head }, { version, persist: 'keep' });
      assert.equal(text, `HTTP/1.1 200 OK\r\n${expected}\r\n`);
    });
  }

  test('says that the connection closes', () => {
    const { text, persist } = responseHeadText(RESPONSE, { version: '1.1', persist: 'close' });
    assert.ok(text.includes('Connection: close\r\n'));
    assert.equal(persist, 'close');
  });
});

test('informationalText() and switchingText() write heads without framing', () => {
  const head = { ...RESPONSE, headers: ['Link', '</a>'], status: 103, reason: 'Early Hints' };
  assert.equal(informationalText(head), 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
  const switched = switchingText({
    ...RESPONSE,
    status: 101,
    reason: 'Switching Protocols',
    headers: ['Upgrade', 'WebSocket', 'X', '1'],
  });
  assert.equal(
    switched,
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: 1\r\n\r\n',
  );
});

test('safeTrailers() keeps what gRPC and digests need, and nothing else', () => {
  const names = [
    'grpc-status',
    'Grpc-Message',
    'grpc-status-details-bin',
    'content-digest',
    'repr-digest',
    'server-timing',
  ];
  const others = [
    'sec-GitHub-allowed-enterprise',
    'authorization',
    'host',
    'content-length',
    'x-grpc-status',
    'grpc-',
    'cookie',
  ];
  const lines = [...names, ...others].flatMap((name) => [name, '1']);
  assert.deepEqual(
    safeTrailers(lines),
    names.flatMap((name) => [name, '1']),
  );
});
