// Heads of HTTP/1.0 and HTTP/1.1 messages (RFC 9112), read in one strict way: whatever two parsers could take
// differently is malformed. Must not know sockets, bodies or policies.
import type { HeaderLines } from '../base/header-lines.ts';
import type { Http1FaultCode } from './http1-faults.ts';
import { aliasFault, type BodyFraming, requestFraming, responseFraming } from './http1-framing.ts';
import { done, malformed, NEED_MORE, type WireFault, type WireStep } from './step.ts';

/** The bytes of a stream as the shell holds them (a Node Buffer is one). */
export interface HeadBytes {
  readonly length: number;
  indexOf(text: string, from: number, encoding: 'latin1'): number;
  toString(encoding: 'latin1', start: number, end: number): string;
}

export interface HeadLimits {
  /** Bytes of the whole head, its last empty line included. */
  readonly headBytes: number;
  readonly headerCount: number;
  /** Bytes of a request target. */
  readonly targetBytes: number;
}

/** What both kinds of head share. */
interface CommonHead {
  readonly version: '1.0' | '1.1';
  /** As they came, names in their own spelling. */
  readonly headers: HeaderLines;
  readonly framing: BodyFraming;
  /** Whether the sender means to use the connection again (RFC 9112 section 9.3). */
  readonly keepAlive: boolean;
  /** Lower-case options of `Connection`: hop-by-hop header names that are removed (RFC 9110 section 7.6.1). */
  readonly connection: readonly string[];
  /** The lower-case protocol of `Upgrade`, when `Connection` nominates it too. */
  readonly upgrade: string | null;
}

export interface RequestHead extends CommonHead {
  readonly method: string;
  /** Origin-form, absolute-form, authority-form or `*`, as it came; visible ASCII only. */
  readonly target: string;
  /** The one Host value; null when there is none. Two of them are malformed. */
  readonly host: string | null;
}

export interface ResponseHead extends CommonHead {
  readonly status: number;
  readonly reason: string;
}

/** Reads a request head from the start of `bytes`. A malformed head is answered 400 (414 for its target) and the connection closed. */
export function readRequestHead(bytes: HeadBytes, limits: HeadLimits): WireStep<RequestHead, Http1FaultCode> {
  // One empty line ahead of a request is overlooked (RFC 9112 section 2.2): some clients end a body with it.
  const from = startsWithEmptyLine(bytes) ? 2 : 0;
  const cut = cutHead(bytes, limits, from);
  if (cut.kind !== 'done') return cut;
  const lines = cut.value;
  const start = REQUEST_LINE.exec(lines[0] ?? '');
  if (start === null)
    return malformed(
      lineFault(lines[0] ?? '', 'bad-start-line'),
      'a request line is METHOD, one space, a target, one space, HTTP/1.1',
    );
  const [, method = '', target = '', version] = start;
  if (method === 'PRI') return malformed('bad-start-line', 'PRI opens HTTP/2 and is no HTTP/1.1 request');
  if (target.length > limits.targetBytes) {
    return malformed('target-too-long', `a request target has at most ${limits.targetBytes} bytes`);
  }
  const fields = readFields(lines, limits);
  if (fields.kind !== 'done') return fields;
  const hosts = fields.value.hosts;
  if (hosts.length > 1) return malformed('bad-host', 'a request has one Host header');
  if (version === '1.1' && hosts.length === 0)
    return malformed('bad-host', 'an HTTP/1.1 request has a Host header');
  if (hosts.length === 1 && !HOST.test(hosts[0] ?? ''))
    return malformed('bad-host', 'a Host is a name or an address, and perhaps a port');
  const common = commonHead(version === '1.0' ? '1.0' : '1.1', fields.value);
  const alias = aliasFault(fields.value.headers);
  if (alias !== null) return { kind: 'malformed', fault: alias };
  const framing = requestFraming(common.version, fields.value);
  if (!framing.ok) return { kind: 'malformed', fault: framing.error };
  return done({ method, target, host: hosts[0] ?? null, ...common, framing: framing.value }, cut.used);
}

/** Reads a response head; how its body is framed depends on the request's method (RFC 9112 section 6.3). */
export function readResponseHead(
  bytes: HeadBytes,
  limits: HeadLimits,
  method: string,
): WireStep<ResponseHead, Http1FaultCode> {
  const cut = cutHead(bytes, limits, 0);
  if (cut.kind !== 'done') return cut;
  const lines = cut.value;
  const start = STATUS_LINE.exec(lines[0] ?? '');
  if (start === null)
    return malformed(
      lineFault(lines[0] ?? '', 'bad-start-line'),
      'a status line is HTTP/1.1, one space, three digits, one space, a phrase',
    );
  const [, version, digits, reason = ''] = start;
  const fields = readFields(lines, limits);
  if (fields.kind !== 'done') return fields;
  const common = commonHead(version === '1.0' ? '1.0' : '1.1', fields.value);
  const status = Number(digits);
  const framing = responseFraming({ version: common.version, fields: fields.value, status, method });
  if (!framing.ok) return { kind: 'malformed', fault: framing.error };
  const keepAlive = common.keepAlive && framing.value.kind !== 'until-close';
  return done({ status, reason, ...common, keepAlive, framing: framing.value }, cut.used);
}

/** What the fields say that framing and connection handling need; gathered in the one pass over them. */
export interface HeadFields {
  readonly headers: string[];
  readonly hosts: string[];
  readonly contentLengths: string[];
  readonly transferEncodings: string[];
  readonly connection: string[];
  readonly upgrades: string[];
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/(1\.[01])$/;
const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-5][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
// What may stand in a host at all (RFC 9110 section 7.2): no userinfo, path, list or blank. Whether it is the right
// one is for the policy to say.
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)(?::[0-9]*)?$/;
// No blank before the colon, no fold, no control byte but the tab, no CR or LF (RFC 9112 section 5). The look-ahead
// keeps the leading blanks from being given back one by one, which takes seconds for a line of nothing but blanks.
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(?![ \t])((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*$/;

const EARLY_BYTES = 1024;

type Malformed = { readonly kind: 'malformed'; readonly fault: WireFault<Http1FaultCode> };

/** True for what may be no more than the empty line ahead of a request: a head of which no byte is here. */
export function isEmptyLine(bytes: HeadBytes): boolean {
  return bytes.length === 2 && startsWithEmptyLine(bytes);
}

function startsWithEmptyLine(bytes: HeadBytes): boolean {
  return bytes.toString('latin1', 0, Math.min(2, bytes.length)) === '\r\n';
}

function cutHead(bytes: HeadBytes, limits: HeadLimits, from: number): WireStep<string[], Http1FaultCode> {
  const end = bytes.indexOf('\r\n\r\n', from, 'latin1');
  if (end >= 0 && end + 4 <= limits.headBytes) {
    return done(bytes.toString('latin1', from, end).split('\r\n'), end + 4);
  }
  if (end >= 0 || bytes.length >= limits.headBytes) {
    return malformed('head-too-large', `a head has at most ${limits.headBytes} bytes`);
  }
  return earlyFault(bytes, from) ?? NEED_MORE;
}

/**
 * What can never become a head is refused at once, instead of when the time for a head is over. Only its beginning is
 * looked at: a head that trickles in is looked at with every piece.
 */
function earlyFault(bytes: HeadBytes, from: number): Malformed | null {
  const text = bytes.toString('latin1', from, Math.min(bytes.length, EARLY_BYTES));
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(text) && text.length > 0 && text !== '\r') {
    return malformed('bad-start-line', 'a message begins with its start line');
  }
  if (/(?:^|[^\r])\n|\r[^\n]/.test(text))
    return malformed('bare-line-end', 'lines end with CR LF, never with one of them alone');
  const control = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/);
  if (control >= 0) {
    const code = text.lastIndexOf('\n', control) < 0 ? 'bad-start-line' : 'bad-header';
    return malformed(code, 'a head has no control bytes');
  }
  return null;
}

function readFields(lines: readonly string[], limits: HeadLimits): WireStep<HeadFields, Http1FaultCode> {
  if (lines.length - 1 > limits.headerCount)
    return malformed('too-many-headers', `a head has at most ${limits.headerCount} header lines`);
  const fields: HeadFields = {
    headers: [],
    hosts: [],
    contentLengths: [],
    transferEncodings: [],
    connection: [],
    upgrades: [],
  };
  for (let at = 1; at < lines.length; at += 1) {
    const match = FIELD_LINE.exec(lines[at] ?? '');
    if (match === null)
      return malformed(
        lineFault(lines[at] ?? '', 'bad-header'),
        'a header line is NAME: VALUE, without control bytes or folds',
      );
    const [, name = '', value = ''] = match;
    fields.headers.push(name, value);
    noteField(fields, name, value);
  }
  return done(fields, 0);
}

function lineFault(line: string, otherwise: Http1FaultCode): Http1FaultCode {
  return /[\r\n]/.test(line) ? 'bare-line-end' : otherwise;
}

function noteField(fields: HeadFields, name: string, value: string): void {
  // The lengths of the six names that matter; most headers are told apart without being lower-cased.
  if (
    name.length !== 4 &&
    name.length !== 7 &&
    name.length !== 10 &&
    name.length !== 14 &&
    name.length !== 17
  )
    return;
  switch (name.toLowerCase()) {
    case 'host':
      fields.hosts.push(value);
      return;
    case 'upgrade':
      fields.upgrades.push(value.toLowerCase());
      return;
    case 'connection':
      for (const option of value.split(',')) fields.connection.push(option.trim().toLowerCase());
      return;
    case 'content-length':
      fields.contentLengths.push(value);
      return;
    case 'transfer-encoding':
      fields.transferEncodings.push(value.toLowerCase());
      return;
    default:
  }
}

function commonHead(version: '1.0' | '1.1', fields: HeadFields): Omit<CommonHead, 'framing'> {
  const { connection, upgrades, headers } = fields;
  const keepAlive = version === '1.1' ? !connection.includes('close') : connection.includes('keep-alive');
  const upgrade = connection.includes('upgrade') && upgrades.length > 0 ? upgrades.join(', ') : null;
  return { version, headers, keepAlive, connection, upgrade };
}
