// PROXY headers of both versions are read as they arrive; everything that could be taken in two ways is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ipv4Payload,
  ipv6Payload,
  proxyBinary,
  proxyLine,
  proxyLineFor,
  tlv,
  V2_SIGNATURE,
} from '../../../test/support/proxy-headers.ts';
import {
  assertReads,
  assertRefuses,
  assertSound,
  firstRefusal,
  joinBytes,
  latin1,
} from '../../../test/support/wire-steps.ts';
import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';
import { crc32c } from './_crc32c.ts';
import {
  PROXY_HEADER_FAULTS,
  type ProxyHeaderFault,
  type ProxySource,
  readProxyHeader,
} from './proxy-protocol.ts';

const LOCAL: ProxySource = { kind: 'local' };
const LONGEST = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3];
const ULA = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

const READ: readonly (readonly [name: string, bytes: Uint8Array, source: ProxySource])[] = [
  ['a TCP4 line', proxyLine('TCP4 10.20.0.1 127.0.0.1 40000 443'), from('10.20.0.1', '127.0.0.1')],
  ['a TCP6 line', proxyLine('TCP6 fd00::1 ::1 40000 443'), from('fd00::1', '::1')],
  [
    'a TCP6 line, upper case, written out',
    proxyLine('TCP6 FD00:0:0:0:0:0:0:1 ::1 40000 443'),
    from('fd00::1', '::1'),
  ],
  [
    'a TCP6 line with a mapped address',
    proxyLine('TCP6 ::ffff:10.1.2.3 ::1 40000 443'),
    from('10.1.2.3', '::1'),
  ],
  ['a line of the test kit', proxyLineFor('10.20.0.1'), from('10.20.0.1', '127.0.0.1')],
  [
    'the ports 0 and 65535',
    proxyLine('TCP4 10.20.0.1 127.0.0.1 0 65535'),
    from('10.20.0.1', '127.0.0.1', [0, 65_535]),
  ],
  [
    'the longest TCP6 line',
    proxyLine(`TCP6 ${LONGEST} ${LONGEST} 65535 65535`),
    from(LONGEST, LONGEST, [65_535, 65_535]),
  ],
  ['an UNKNOWN line', proxyLine('UNKNOWN'), LOCAL],
  ['an UNKNOWN line with more', proxyLine(`UNKNOWN ${LONGEST} ${LONGEST} 65535 65535`), LOCAL],
  ['binary IPv4', proxyBinary(), from('10.20.0.1', '127.0.0.1')],
  ['binary IPv6', proxyBinary({ family: 0x21, payload: ipv6Payload(ULA, ULA) }), from('fd00::1', 'fd00::1')],
  [
    'binary IPv6 with a mapped address',
    proxyBinary({ family: 0x21, payload: ipv6Payload(MAPPED, ULA) }),
    from('10.1.2.3', 'fd00::1'),
  ],
  [
    'unknown TLVs',
    proxyBinary({ payload: ipv4Payload([...tlv(0xea, [1, 2]), ...tlv(4, []), ...tlv(0xee, [3])]) }),
    from('10.20.0.1', '127.0.0.1'),
  ],
  ['a right checksum', withChecksum([]), from('10.20.0.1', '127.0.0.1')],
  ['a right checksum between other TLVs', withChecksum(tlv(0x20, [1, 2, 3])), from('10.20.0.1', '127.0.0.1')],
  ['LOCAL', proxyBinary({ command: 0x20, family: 0, payload: [] }), LOCAL],
  [
    'LOCAL with a payload that is no address',
    proxyBinary({ command: 0x20, family: 0x77, payload: [1, 2, 3] }),
    LOCAL,
  ],
  ['PROXY without a family', proxyBinary({ family: 0, payload: [] }), LOCAL],
  ['PROXY without a family, with a payload', proxyBinary({ family: 0, payload: [1, 2, 3] }), LOCAL],
];

for (const [name, bytes, source] of READ)
  test(`readProxyHeader() reads ${name}`, () => assertReads(readProxyHeader, bytes, source));

const tcp4 = (rest: string): Uint8Array => proxyLine(`TCP4 ${rest}`);
const REFUSED: readonly (readonly [name: string, bytes: Uint8Array, code: ProxyHeaderFault])[] = [
  ['a request', latin1('CONNECT github.com:443 HTTP/1.1\r\n\r\n'), 'not-proxy-header'],
  ['a request that begins as PROXY does', latin1('PROPFIND / HTTP/1.1\r\n\r\n'), 'not-proxy-header'],
  ['a lower-case header', latin1('proxy TCP4 10.0.0.1 10.0.0.2 1 2\r\n'), 'not-proxy-header'],
  ['a tab after PROXY', latin1('PROXY\tTCP4 10.0.0.1 10.0.0.2 1 2\r\n'), 'not-proxy-header'],
  ['a broken signature', joinBytes(V2_SIGNATURE.slice(0, 11), [0x0b, 0x21]), 'not-proxy-header'],
  ['UDP4', proxyLine('UDP4 10.0.0.1 10.0.0.2 1 2'), 'bad-proxy-family'],
  ['UNKNOWNX', proxyLine('UNKNOWNX'), 'bad-proxy-family'],
  ['no family', proxyLine(''), 'bad-proxy-family'],
  ['a lower-case family', proxyLine('tcp4 10.0.0.1 10.0.0.2 1 2'), 'bad-proxy-family'],
  ['two spaces', proxyLine('TCP4  10.0.0.1 10.0.0.2 1 2'), 'bad-proxy-header'],
  ['a space at the end', tcp4('10.0.0.1 10.0.0.2 1 2 '), 'bad-proxy-header'],
  ['one more word', tcp4('10.0.0.1 10.0.0.2 1 2 3'), 'bad-proxy-header'],
  ['a port too few', tcp4('10.0.0.1 10.0.0.2 1'), 'bad-proxy-header'],
  ['a port with a leading zero', tcp4('10.0.0.1 10.0.0.2 01 2'), 'bad-proxy-header'],
  ['a port above 65535', tcp4('10.0.0.1 10.0.0.2 1 65536'), 'bad-proxy-header'],
  ['a signed port', tcp4('10.0.0.1 10.0.0.2 +1 2'), 'bad-proxy-header'],
  ['a hexadecimal port', tcp4('10.0.0.1 10.0.0.2 0x1 2'), 'bad-proxy-header'],
  ['an address with a leading zero', tcp4('10.0.0.01 10.0.0.2 1 2'), 'bad-proxy-header'],
  ['an address of three parts', tcp4('10.0.1 10.0.0.2 1 2'), 'bad-proxy-header'],
  ['an address as one number', tcp4('167772161 10.0.0.2 1 2'), 'bad-proxy-header'],
  ['a name', tcp4('localhost 10.0.0.2 1 2'), 'bad-proxy-header'],
  ['IPv6 as TCP4', tcp4('fd00::1 10.0.0.2 1 2'), 'bad-proxy-header'],
  ['a mapped address as TCP4', tcp4('::ffff:10.0.0.1 10.0.0.2 1 2'), 'bad-proxy-header'],
  ['IPv4 as TCP6', proxyLine('TCP6 10.0.0.1 ::1 1 2'), 'bad-proxy-header'],
  ['an IPv6 address with a zone', proxyLine('TCP6 fe80::1%eth0 ::1 1 2'), 'bad-proxy-header'],
  ['an IPv6 address in brackets', proxyLine('TCP6 [fd00::1] ::1 1 2'), 'bad-proxy-header'],
  ['a bare LF', latin1('PROXY TCP4 10.0.0.1 10.0.0.2 1 2\n'), 'bad-proxy-header'],
  ['a bare CR', latin1('PROXY TCP4 10.0.0.1 10.0.0.2 1 2\rX'), 'bad-proxy-header'],
  ['NUL in UNKNOWN', proxyLine('UNKNOWN \0'), 'bad-proxy-header'],
  ['a byte above ASCII', proxyLine('UNKNOWN \u00e9'), 'bad-proxy-header'],
  ['a line of 108 bytes', proxyLine(`UNKNOWN ${'x'.repeat(92)}`), 'proxy-header-too-long'],
  ['a line without end', latin1(`PROXY UNKNOWN ${'x'.repeat(500)}`), 'proxy-header-too-long'],
  ['version 1 in binary', proxyBinary({ command: 0x11 }), 'bad-proxy-header'],
  ['version 3', proxyBinary({ command: 0x31 }), 'bad-proxy-header'],
  ['an unknown command', proxyBinary({ command: 0x22 }), 'bad-proxy-header'],
  ['UDP over IPv4', proxyBinary({ family: 0x12 }), 'bad-proxy-family'],
  ['UDP over IPv6', proxyBinary({ family: 0x22 }), 'bad-proxy-family'],
  ['a UNIX socket', proxyBinary({ family: 0x31, payload: Array(216).fill(0) }), 'bad-proxy-family'],
  ['an unknown family', proxyBinary({ family: 0x41 }), 'bad-proxy-family'],
  ['a transport without a family', proxyBinary({ family: 0x01 }), 'bad-proxy-family'],
  ['addresses cut short', proxyBinary({ payload: ipv4Payload().slice(0, 11) }), 'bad-proxy-header'],
  ['IPv4 addresses as IPv6', proxyBinary({ family: 0x21 }), 'bad-proxy-header'],
  ['half a TLV', proxyBinary({ payload: ipv4Payload([4, 0]) }), 'bad-proxy-header'],
  ['a TLV longer than the header', proxyBinary({ payload: ipv4Payload([4, 0, 9, 1]) }), 'bad-proxy-header'],
  ['a wrong checksum', proxyBinary({ payload: ipv4Payload(tlv(3, [0, 0, 0, 0])) }), 'bad-proxy-checksum'],
  [
    'a checksum of three bytes',
    proxyBinary({ payload: ipv4Payload(tlv(3, [0, 0, 0])) }),
    'bad-proxy-checksum',
  ],
  [
    'two checksums',
    proxyBinary({ payload: ipv4Payload([...tlv(3, [0, 0, 0, 0]), ...tlv(3, [0, 0, 0, 0])]) }),
    'bad-proxy-checksum',
  ],
  [
    'a length of 4,097 bytes',
    proxyBinary({ command: 0x20, payload: Array(4097).fill(0) }),
    'proxy-header-too-long',
  ],
];

for (const [name, bytes, code] of REFUSED)
  test(`readProxyHeader() refuses ${name} as ${code}`, () => assertRefuses(readProxyHeader, bytes, code));

test('readProxyHeader() reads a version 1 line of 107 bytes and a version 2 payload of 4,096', () => {
  const line = proxyLine(`UNKNOWN ${'x'.repeat(91)}`);
  assert.equal(line.length, 107);
  assertReads(readProxyHeader, line, LOCAL);
  assertReads(readProxyHeader, proxyBinary({ command: 0x20, payload: Array(4096).fill(0) }), LOCAL);
});

test('readProxyHeader() refuses what is no PROXY header at its first wrong byte', () => {
  assert.equal(firstRefusal(readProxyHeader, latin1('GET / HTTP/1.1\r\n')), 1);
  assert.equal(firstRefusal(readProxyHeader, latin1('PROPFIND /')), 4);
  assert.equal(firstRefusal(readProxyHeader, joinBytes(V2_SIGNATURE, [0x41])), 13);
});

test('readProxyHeader() notices any single changed byte of a header with a checksum', () => {
  const good = withChecksum(tlv(0x20, [1, 2, 3]));
  for (let at = 0; at < good.length; at += 1) {
    const bytes = good.map((byte, index) => (index === at ? byte ^ 0x10 : byte));
    const step = readProxyHeader(bytes);
    // Only a changed type of the checksum's own TLV hides it.
    if (step.kind === 'done') assert.equal(at, good.length - 7);
  }
});

test('readProxyHeader() never throws, reads nothing around its bytes, and names a listed fault, whatever comes', () => {
  const seeds = READ.map(([, bytes]) => bytes);
  const mutation = fc.tuple(
    fc.nat(),
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom('set', 'drop', 'insert'),
  );
  const seen = { done: 0, other: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(mutation, { maxLength: 3 }), (seed, changes) => {
      const bytes = [...seed];
      for (const [where, value, how] of changes)
        bytes.splice(where % bytes.length, how === 'insert' ? 0 : 1, ...(how === 'drop' ? [] : [value]));
      const step = assertSound(readProxyHeader, Uint8Array.from(bytes));
      if (step.kind === 'malformed') assert.ok(PROXY_HEADER_FAULTS.some((code) => code === step.fault.code));
      seen[step.kind === 'done' ? 'done' : 'other'] += 1;
    }),
    { numRuns: 2000, seed: 9 },
  );
  assert.ok(seen.done > 200 && seen.other > 200, `both outcomes are met: ${JSON.stringify(seen)}`);
});

function from(
  source: string,
  destination: string,
  ports: readonly [number, number] = [40_000, 443],
): ProxySource {
  return {
    kind: 'proxied',
    source: { address: address(source), port: ports[0] },
    destination: { address: address(destination), port: ports[1] },
  };
}

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) assert.fail(parsed.error);
  return parsed.value;
}

/** A binary IPv4 header whose last TLV is its right checksum. */
function withChecksum(before: readonly number[]): Uint8Array {
  const zeroed = proxyBinary({ payload: ipv4Payload([...before, ...tlv(3, [0, 0, 0, 0])]) });
  const sum = crc32c(zeroed);
  return joinBytes(zeroed.subarray(0, -4), [sum >>> 24, (sum >>> 16) & 255, (sum >>> 8) & 255, sum & 255]);
}
