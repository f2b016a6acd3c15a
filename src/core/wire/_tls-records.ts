// The first handshake message of a TLS stream, put together again from the records it was cut into.
// Must not know what the message says.
import { done, malformed, NEED_MORE, type WireStep } from './step.ts';

export type TlsRecordFault =
  | 'not-tls'
  | 'bad-record'
  | 'too-many-records'
  | 'not-client-hello'
  | 'hello-too-big'
  | 'hello-not-alone';

/**
 * Reads records until the ClientHello in them is whole; the value is its body, without the four bytes of handshake
 * header. `used` ends with its last record. Nothing is copied before the message is complete.
 *
 * The record version is ignored but for its first byte, as RFC 8446 section 5.1 and OpenSSL have it. A record that
 * goes on after the hello is refused: no client sends anything there before the server has answered
 * (RFC 8446 section 5.1, "Handshake messages MUST NOT span key changes").
 */
export function readHelloMessage(bytes: Uint8Array): WireStep<Uint8Array, TlsRecordFault> {
  const header: number[] = [];
  let records = 0;
  let gathered = 0;
  let bodyLength: number | null = null;
  for (let at = 0; ; ) {
    const record = readRecordHeader(bytes, at);
    if (record.kind !== 'done') return record;
    records += 1;
    if (records > MAX_RECORDS) return malformed('too-many-records', `more than ${MAX_RECORDS} records`);
    const start = at + RECORD_HEADER;
    const end = start + record.value;
    for (let from = start; header.length < HANDSHAKE_HEADER && from < Math.min(end, bytes.length); from += 1)
      header.push(bytes[from] ?? 0);
    if (bodyLength === null) {
      const announced = readHandshakeHeader(header);
      if (announced.kind === 'malformed') return announced;
      if (announced.kind === 'done') bodyLength = announced.value;
    }
    gathered += record.value;
    const whole = bodyLength === null ? Number.POSITIVE_INFINITY : bodyLength + HANDSHAKE_HEADER;
    if (gathered > whole) return malformed('hello-not-alone', 'a record goes on after the ClientHello');
    if (end > bytes.length) return NEED_MORE;
    if (gathered === whole) return done(joinFragments(bytes.subarray(0, end), gathered), end);
    at = end;
  }
}

/** Real hellos are below 4 KiB, so even one byte per record fits; a cap keeps the work of a trickle bounded. */
const MAX_RECORDS = 4096;
const MAX_HELLO = 65_536;
const MAX_FRAGMENT = 16_384;
const RECORD_HEADER = 5;
const HANDSHAKE_HEADER = 4;
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;

/** The length of the fragment whose record starts at `at`; says what is wrong with the first byte that is. */
function readRecordHeader(bytes: Uint8Array, at: number): WireStep<number, TlsRecordFault> {
  const type = bytes[at];
  const major = bytes[at + 1];
  const high = bytes[at + 3];
  const low = bytes[at + 4];
  if (type === undefined) return NEED_MORE;
  const fault = at === 0 ? 'not-tls' : 'bad-record';
  if (type !== HANDSHAKE_RECORD) return malformed(fault, `the record type is ${type}, a handshake is 22`);
  if (major === undefined) return NEED_MORE;
  if (major !== 3) return malformed(fault, `the record version starts with ${major}, TLS starts with 3`);
  if (high === undefined) return NEED_MORE;
  if (high * 256 > MAX_FRAGMENT) return malformed('bad-record', 'a record holds at most 16384 bytes');
  if (low === undefined) return NEED_MORE;
  const length = high * 256 + low;
  if (length > MAX_FRAGMENT) return malformed('bad-record', 'a record holds at most 16384 bytes');
  if (length === 0) return malformed('bad-record', 'a handshake record is never empty');
  return done(length, RECORD_HEADER);
}

function readHandshakeHeader(header: readonly number[]): WireStep<number, TlsRecordFault> {
  const [type, high, middle, low] = header;
  if (type === undefined) return NEED_MORE;
  if (type !== CLIENT_HELLO)
    return malformed('not-client-hello', `the handshake type is ${type}, a ClientHello is 1`);
  if (high === undefined || middle === undefined || low === undefined) return NEED_MORE;
  const length = high * 65_536 + middle * 256 + low;
  if (length > MAX_HELLO)
    return malformed('hello-too-big', `a ClientHello of ${length} bytes; ${MAX_HELLO} are read`);
  return done(length, HANDSHAKE_HEADER);
}

/** `records` holds whole records only, `gathered` bytes of fragments in all. */
function joinFragments(records: Uint8Array, gathered: number): Uint8Array {
  const message = new Uint8Array(gathered);
  let filled = 0;
  for (let at = 0; at < records.length; ) {
    const length = (records[at + 3] ?? 0) * 256 + (records[at + 4] ?? 0);
    at += RECORD_HEADER;
    message.set(records.subarray(at, at + length), filled);
    filled += length;
    at += length;
  }
  return message.subarray(HANDSHAKE_HEADER);
}
