// Tests of header blocks of HTTP/2: what is a request, and what is passed on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stampHeader } from '../../core/policy/header-edit.ts';
import { RESTRICTION_HEADER } from '../../core/vendors/github/endpoints.ts';
import {
  type Http2RequestHead,
  lengthFault,
  readHttp2Request,
  requestBlock,
  responseBlock,
  trimmedLines,
} from './http2-headers.ts';

const GOOD = [':method', 'GET', ':scheme', 'https', ':authority', 'github.com', ':path', '/x'];

describe('readHttp2Request()', () => {
  test('reads pseudo-headers and fields', () => {
    const { method, authority, path, protocol, headers } = read([...GOOD, 'a', 'b']);
    assert.deepEqual(
      [method, authority, path, protocol, headers],
      ['GET', 'github.com', '/x', null, ['a', 'b']],
    );
  });

  test('takes the Host where there is no :authority', () => {
    assert.equal(read([...GOOD.slice(0, 4), ':path', '/', 'host', 'github.com']).authority, 'github.com');
  });

  const faulty: readonly { name: string; raw: readonly string[] }[] = [
    { name: 'a doubled pseudo-header', raw: [...GOOD, ':path', '/y'] },
    { name: 'a late pseudo-header', raw: [...GOOD.slice(2), 'a', 'b', ':method', 'GET'] },
    { name: 'a Host that differs', raw: [...GOOD, 'host', 'evil.example'] },
    { name: 'one Host of two that differs', raw: [...GOOD, 'host', 'github.com', 'host', 'evil.example'] },
    { name: 'LF in a value', raw: [...GOOD, 'a', 'b\nc'] },
    { name: 'NUL in a value', raw: [...GOOD, 'a', '\0'] },
  ];
  for (const name of ['transfer_encoding', 'content.length', 'content_length', 'http_transfer-encoding'])
    test(`R-62 A5 refuses ${name}`, () => assert.ok('fault' in readHttp2Request([...GOOD, name, '5'])));

  for (const { name, raw } of faulty) {
    test(`refuses ${name}`, () => assert.ok('fault' in readHttp2Request(raw)));
  }
});

describe('trimmedLines()', () => {
  test('R-63 A9 trims blanks at the ends of values, and nothing else', () => {
    const raw = [':path', '/a', 'a', ' b\t', 'c', '\t ', 'd', 'e  f', 'g', '', 'h', '\u00a0i\v'];
    assert.deepEqual(trimmedLines(raw), [
      ...[':path', '/a', 'a', 'b', 'c', '', 'd', 'e  f', 'g', '', 'h', '\u00a0i\v'],
    ]);
  });

  test('gives back the very list that has nothing to trim', () => {
    const raw = [...GOOD, 'a', 'b'];
    assert.equal(trimmedLines(raw), raw);
  });
});

test('lengthFault() takes one plain decimal number', () => {
  const lengths = (...values: string[]) => lengthFault(values.flatMap((value) => ['content-length', value]));
  assert.deepEqual([lengths(), lengths('0'), lengths('5')], [null, null, null]);
  for (const odd of [['05'], ['+5'], [''], ['5', '5'], ['5 5']])
    assert.equal(lengths(...odd)?.code, 'bad-framing');
});

describe('requestBlock()', () => {
  const header = stampHeader('github', RESTRICTION_HEADER);
  const stamp = [{ op: 'overwrite', header, value: '12345' }] as const;

  test('R-02 A6 puts pseudo-headers first and one stamp in lower case last', () => {
    const head = read([
      ...GOOD,
      'sec_github.allowed-enterprise',
      '9',
      'http_sec--github-allowed-enterprise_',
      '9',
      'x',
      '1',
      RESTRICTION_HEADER.toLowerCase(),
      '8',
    ]);
    assert.deepEqual(requestBlock(head, stamp), [
      ...[':method', 'GET', ':scheme', 'https', ':authority', 'github.com', ':path', '/x'],
      ...['x', '1', 'sec-github-allowed-enterprise', '12345'],
    ]);
  });

  test('drops what HTTP/2 has no room for, and Host', () => {
    const head = read([
      ...GOOD,
      'host',
      'github.com',
      'te',
      'gzip',
      'proxy-x',
      '1',
      'connection',
      'x',
      'te',
      'trailers',
      'content-length',
      '5',
    ]);
    const block = requestBlock(head, [{ op: 'remove', header }]);
    assert.deepEqual(block.slice(8), ['te', 'trailers', 'content-length', '5']);
  });

  test('keeps the protocol of an extended CONNECT', () => {
    const block = requestBlock(read([...GOOD, ':protocol', 'websocket']), stamp);
    assert.equal(block[block.indexOf(':protocol') + 1], 'websocket');
  });
});

test('R-62 A5 responseBlock() drops ways around the gate, and what reads like framing, and keeps the length', () => {
  const block = responseBlock(200, [
    ':status',
    '200',
    'alt-svc',
    'h3',
    'connection',
    'x',
    'transfer_encoding',
    'chunked',
    'content-length',
    '5',
    'a',
    'b',
  ]);
  assert.deepEqual(block, [':status', '200', 'content-length', '5', 'a', 'b']);
});

function read(raw: readonly string[]): Http2RequestHead {
  const head = readHttp2Request(raw);
  assert.ok(!('fault' in head));
  return head;
}
