// A handshake message comes out of its records whole, and what cannot be TLS is refused from its first bytes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helloMessage, inRecords } from '../../../test/support/client-hellos.ts';
import {
  assertReads,
  assertRefuses,
  firstRefusal,
  joinBytes,
  latin1,
} from '../../../test/support/wire-steps.ts';
import { readHelloMessage, type TlsRecordFault } from './_tls-records.ts';

const hello = helloMessage();
const records = inRecords(hello);

test('readHelloMessage() takes every record version that starts with 3, as OpenSSL does', () => {
  for (const version of [0x0300, 0x0301, 0x0303, 0x0304, 0x03ff])
    assertReads(readHelloMessage, inRecords(helloMessage(), 100, version), hello.subarray(4));
});

test('R-19 readHelloMessage() reads a hello of 64 KiB, and refuses a larger one from its length', () => {
  const padded = (bytes: number): Uint8Array => helloMessage({ extensions: [[21, new Uint8Array(bytes)]] });
  const room = 65_536 + 4 - padded(0).length;
  const largest = inRecords(padded(room));
  assert.deepEqual(readHelloMessage(largest), {
    kind: 'done',
    value: padded(room).subarray(4),
    used: largest.length,
  });
  assert.deepEqual(readHelloMessage(largest.subarray(0, -1)), { kind: 'need-more' });
  assertRefusedAt(inRecords(padded(room + 1)).subarray(0, 200), 'hello-too-big', 9);
});

interface Refused {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly code: TlsRecordFault;
  /** The length of the shortest prefix that shows it. */
  readonly at: number;
}

const REFUSED_STREAMS: readonly Refused[] = [
  { name: 'SSH', bytes: latin1('SSH-2.0-OpenSSH_10.0\r\n'), code: 'not-tls', at: 1 },
  { name: 'plain HTTP', bytes: latin1('GET / HTTP/1.1\r\n\r\n'), code: 'not-tls', at: 1 },
  { name: 'HTTP/2 without TLS', bytes: latin1('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), code: 'not-tls', at: 1 },
  {
    name: 'an SSLv2 hello',
    bytes: joinBytes([0x80, 0x2e, 1, 3, 1], new Uint8Array(64)),
    code: 'not-tls',
    at: 1,
  },
  { name: 'a TLS alert', bytes: joinBytes([21, 3, 1, 0, 2, 2, 40]), code: 'not-tls', at: 1 },
  { name: 'application data', bytes: joinBytes([23, 3, 3, 0, 1, 0]), code: 'not-tls', at: 1 },
  { name: 'DTLS', bytes: joinBytes([22, 0xfe, 0xff, 0, 0]), code: 'not-tls', at: 2 },
  {
    name: 'a ServerHello',
    bytes: inRecords(joinBytes([2], hello.subarray(1))),
    code: 'not-client-hello',
    at: 6,
  },
  { name: 'an empty first record', bytes: joinBytes([22, 3, 1, 0, 0], records), code: 'bad-record', at: 5 },
  {
    name: 'a record of 16,385 bytes',
    bytes: joinBytes([22, 3, 1, 0x40, 1], hello),
    code: 'bad-record',
    at: 5,
  },
  { name: 'a record of 32 KiB', bytes: joinBytes([22, 3, 1, 0x80, 0], hello), code: 'bad-record', at: 4 },
  {
    name: 'an empty record in the middle',
    bytes: joinBytes(inRecords(hello.subarray(0, 20)), [22, 3, 1, 0, 0], inRecords(hello.subarray(20))),
    code: 'bad-record',
    at: 30,
  },
  {
    name: 'an alert in the middle',
    bytes: joinBytes(inRecords(hello.subarray(0, 20)), [21, 3, 1, 0, 2, 1, 0], inRecords(hello.subarray(20))),
    code: 'bad-record',
    at: 26,
  },
  {
    name: 'another version in the middle',
    bytes: joinBytes(inRecords(hello.subarray(0, 20)), inRecords(hello.subarray(20), 99, 0x0401)),
    code: 'bad-record',
    at: 27,
  },
  {
    name: 'more of the record after the hello',
    bytes: inRecords(joinBytes(hello, [0])),
    code: 'hello-not-alone',
    at: 9,
  },
  {
    name: 'a record for every byte of too long a hello',
    bytes: inRecords(helloMessage({ extensions: [[21, new Uint8Array(5000)]] }), 1),
    code: 'too-many-records',
    at: 4096 * 6 + 5,
  },
];

for (const { name, bytes, code, at } of REFUSED_STREAMS) {
  test(`R-19 readHelloMessage() refuses ${name} as ${code}, as soon as it shows`, () =>
    assertRefusedAt(bytes, code, at));
}

function assertRefusedAt(bytes: Uint8Array, code: TlsRecordFault, at: number): void {
  assertRefuses(readHelloMessage, bytes, code);
  assert.equal(firstRefusal(readHelloMessage, bytes), at, 'bytes until it is certain');
}
