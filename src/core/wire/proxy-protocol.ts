// Whom a load balancer speaks for: the PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt).
// Must not know who may send such a header; listen to it only from listed peers.
import { type IpAddress, parseIpAddress } from '../base/ip-address.ts';
import { crc32c } from './_crc32c.ts';
import { atEnd, type Cursor, cursorOver, takeBytes, takeNumber, takeVector } from './_cursor.ts';
import { done, malformed, NEED_MORE, type WireStep } from './step.ts';

/** Every way in which a PROXY header is refused. `docs/errors.md` explains each. */
export const PROXY_HEADER_FAULTS = [
  'not-proxy-header',
  'proxy-header-too-long',
  'bad-proxy-header',
  'bad-proxy-family',
  'bad-proxy-checksum',
] as const;

export type ProxyHeaderFault = (typeof PROXY_HEADER_FAULTS)[number];

/** One end of the proxied connection; `port` is 0 to 65535. An IPv4-mapped IPv6 address is its IPv4 address. */
export interface ProxyEndpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** `local`: the header speaks for nobody (LOCAL, UNKNOWN, AF_UNSPEC), so the socket's own addresses count. */
export type ProxySource =
  | { readonly kind: 'local' }
  | { readonly kind: 'proxied'; readonly source: ProxyEndpoint; readonly destination: ProxyEndpoint };

/**
 * Reads the PROXY header that must stand first on the connection. Only TCP over IPv4 and IPv6 is taken. TLVs are
 * skipped, but must add up; a CRC-32C among them is verified. Version 2 headers are read up to 4,096 bytes.
 */
export function readProxyHeader(bytes: Uint8Array): WireStep<ProxySource, ProxyHeaderFault> {
  if (bytes.length === 0) return NEED_MORE;
  const signature = bytes[0] === V2_SIGNATURE[0] ? V2_SIGNATURE : V1_SIGNATURE;
  const seen = Math.min(bytes.length, signature.length);
  for (let at = 0; at < seen; at += 1)
    if (bytes[at] !== signature[at]) return malformed('not-proxy-header', 'a PROXY header must come first');
  if (seen < signature.length) return NEED_MORE;
  return signature === V1_SIGNATURE ? readVersion1(bytes) : readVersion2(bytes);
}

type Step = WireStep<ProxySource, ProxyHeaderFault>;

const V1_SIGNATURE: readonly number[] = [0x50, 0x52, 0x4f, 0x58, 0x59, 0x20];
const V2_SIGNATURE: readonly number[] = [
  0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
];
/** The longest line that version 1 allows, CR LF included. */
const V1_MAX = 107;
/** Addresses and TLVs; those in use, certificates included, stay well below. */
const V2_MAX_PAYLOAD = 4096;
const V2_FIXED = 16;
const TLV_CRC32C = 3;

function readVersion1(bytes: Uint8Array): Step {
  const limit = Math.min(bytes.length, V1_MAX);
  let line = '';
  for (let at = 0; at < limit; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x0d) {
      const next = bytes[at + 1];
      if (at + 2 > V1_MAX) break;
      if (next === undefined) return NEED_MORE;
      if (next !== 0x0a) return malformed('bad-proxy-header', 'the line ends with CR LF');
      return readLine(line, at + 2);
    }
    if (byte < 0x20 || byte > 0x7e) return malformed('bad-proxy-header', 'the line is printable ASCII');
    line += String.fromCharCode(byte);
  }
  if (limit < V1_MAX) return NEED_MORE;
  return malformed('proxy-header-too-long', `a version 1 header has at most ${V1_MAX} bytes`);
}

function readLine(line: string, used: number): Step {
  // After UNKNOWN anything may stand, and means nothing.
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return done({ kind: 'local' }, used);
  const [, family, from, to, fromPort, toPort, ...more] = line.split(' ');
  if (family !== 'TCP4' && family !== 'TCP6')
    return malformed(
      'bad-proxy-family',
      `the family is TCP4, TCP6 or UNKNOWN, not ${JSON.stringify(family)}`,
    );
  const source = readEndpoint(family, from, fromPort);
  const destination = readEndpoint(family, to, toPort);
  if (source === null || destination === null || more.length > 0)
    return malformed(
      'bad-proxy-header',
      'the line is PROXY, family, two addresses, two ports, one space between',
    );
  return done({ kind: 'proxied', source, destination }, used);
}

function readEndpoint(family: 'TCP4' | 'TCP6', text = '', portText = ''): ProxyEndpoint | null {
  const address = parseIpAddress(text);
  if (!address.ok || text.includes(':') !== (family === 'TCP6')) return null;
  if (!/^(?:0|[1-9][0-9]{0,4})$/.test(portText) || Number(portText) > 65535) return null;
  return { address: address.value, port: Number(portText) };
}

function readVersion2(bytes: Uint8Array): Step {
  const command = bytes[12];
  if (command === undefined) return NEED_MORE;
  if (command !== 0x20 && command !== 0x21)
    return malformed('bad-proxy-header', 'the version is 2, the command LOCAL or PROXY');
  const family = bytes[13];
  if (family === undefined) return NEED_MORE;
  const addressBytes = ADDRESS_BYTES.get(family);
  if (command === 0x21 && addressBytes === undefined)
    return malformed(
      'bad-proxy-family',
      `the family is 0x${family.toString(16)}; TCP over IPv4 or IPv6 is taken`,
    );
  if (bytes.length < V2_FIXED) return NEED_MORE;
  const cursor = cursorOver(bytes.subarray(14));
  const length = takeNumber(cursor, 2) ?? 0;
  if (length > V2_MAX_PAYLOAD)
    return malformed('proxy-header-too-long', `it announces ${length} bytes; ${V2_MAX_PAYLOAD} are read`);
  const used = V2_FIXED + length;
  if (bytes.length < used) return NEED_MORE;
  // What comes with LOCAL is to be discarded unread, whatever it claims (section 2.2).
  if (command === 0x20 || addressBytes === undefined) return done({ kind: 'local' }, used);
  return readProxied(bytes.subarray(0, used), addressBytes);
}

/** Bytes of one address, by family and transport: unspecified, TCP over IPv4, TCP over IPv6. */
const ADDRESS_BYTES: ReadonlyMap<number, 0 | 4 | 16> = new Map([
  [0x00, 0],
  [0x11, 4],
  [0x21, 16],
]);

/** `header` is exactly the header. */
function readProxied(header: Uint8Array, width: 0 | 4 | 16): Step {
  const cursor = cursorOver(header);
  cursor.at = V2_FIXED;
  if (width === 0) return done({ kind: 'local' }, header.length);
  const from = takeAddress(cursor, width);
  const to = takeAddress(cursor, width);
  const fromPort = takeNumber(cursor, 2);
  const toPort = takeNumber(cursor, 2);
  if (from === null || to === null || fromPort === null || toPort === null)
    return malformed('bad-proxy-header', 'it is too short for its addresses');
  const fault = checkTlvs(cursor);
  if (fault !== null) return fault;
  const source = { address: from, port: fromPort };
  return done({ kind: 'proxied', source, destination: { address: to, port: toPort } }, header.length);
}

function takeAddress(cursor: Cursor, width: 4 | 16): IpAddress | null {
  const block = takeBytes(cursor, width);
  if (block === null) return null;
  const parsed = parseIpAddress(width === 4 ? block.join('.') : hexGroups(block));
  return parsed.ok ? parsed.value : null;
}

function hexGroups(block: Uint8Array): string {
  const groups: string[] = [];
  const cursor = cursorOver(block);
  for (let group = takeNumber(cursor, 2); group !== null; group = takeNumber(cursor, 2))
    groups.push(group.toString(16));
  return groups.join(':');
}

function checkTlvs(cursor: Cursor): Extract<Step, { kind: 'malformed' }> | null {
  while (!atEnd(cursor)) {
    const type = takeNumber(cursor, 1);
    const value = takeVector(cursor, 2);
    if (type === null || value === null) return malformed('bad-proxy-header', 'a TLV is cut short');
    if (type !== TLV_CRC32C) continue;
    const sent = value.length === 4 ? takeNumber(cursorOver(value), 4) : null;
    if (sent === null) return malformed('bad-proxy-checksum', 'a checksum has 4 bytes');
    if (sent !== crc32c(cursor.bytes, cursor.at - 4, cursor.at))
      return malformed('bad-proxy-checksum', 'the checksum does not match the header');
  }
  return null;
}
