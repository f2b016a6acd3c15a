// Header blocks of HTTP/2 as the gate passes them on: pseudo-headers first, connection-specific fields left behind.
// Must not know streams or decisions.
import { type HeaderLines, headerValues } from '../../core/base/header-lines.ts';
import { rewriteHeaders } from '../../core/policy/decide/rewrite.ts';
import type { HeaderEdit } from '../../core/policy/header-edit.ts';
import { aliasFault, requestFraming } from '../../core/wire/http1-framing.ts';
import type { WireFault } from '../../core/wire/step.ts';
import { isDroppedFromRequest, isDroppedFromResponse } from '../http1/http1-headers.ts';

/** A request header block, taken apart. */
export interface Http2RequestHead {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string | null;
  readonly path: string;
  /** `:protocol` of an extended CONNECT (RFC 8441). */
  readonly protocol: string | null;
  /** Regular fields, lower-case names. */
  readonly headers: HeaderLines;
}

/** Why a header block is no request that the gate passes on; the stream is answered 400. */
export interface Http2HeadFault {
  readonly fault: string | WireFault;
}

/** Reads Node's raw header list: pseudo-headers once each, before the regular fields (RFC 9113 section 8.3.1). */
export function readHttp2Request(raw: HeaderLines): Http2RequestHead | Http2HeadFault {
  const pseudo = new Map<string, string>();
  const headers: string[] = [];
  const hosts: string[] = [];
  const lines = trimmedLines(raw);
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const name = lines[at] ?? '';
    const value = lines[at + 1] ?? '';
    if (name.startsWith(':')) {
      if (pseudo.has(name) || headers.length > 0)
        return { fault: `the pseudo-header ${name} is doubled or late` };
      pseudo.set(name, value);
      continue;
    }
    if (!FIELD_VALUE.test(value)) return { fault: 'a header value has control bytes' };
    if (name === 'host') hosts.push(value);
    headers.push(name, value);
  }
  const authority = pseudo.get(':authority') ?? hosts[0] ?? null;
  // A Host that differs from `:authority` would be read by some servers instead of it.
  if (hosts.some((host) => host !== authority)) return { fault: 'Host and :authority differ' };
  const length = lengthFault(headers);
  if (length !== null) return { fault: length };
  const alias = aliasFault(headers);
  if (alias !== null) return { fault: alias };
  return {
    method: pseudo.get(':method') ?? '',
    scheme: pseudo.get(':scheme') ?? '',
    authority,
    path: pseudo.get(':path') ?? '',
    protocol: pseudo.get(':protocol') ?? null,
    headers,
  };
}

/**
 * The lines with their values as HTTP/1.1 reads them, without blanks at their ends. RFC 9113 section 8.2.1 calls such a
 * value malformed; real tokens and cookies carry them (docs/decisions/http2-fields.md).
 */
export function trimmedLines(raw: HeaderLines): HeaderLines {
  let trimmed: string[] | null = null;
  for (let at = 1; at < raw.length; at += 2) {
    const value = raw[at] ?? '';
    if (raw[at - 1]?.startsWith(':') === true || !BLANK_END.test(value)) continue;
    trimmed ??= [...raw];
    trimmed[at] = withoutBlankEnds(value);
  }
  return trimmed ?? raw;
}

/** Why a length is none that the next server reads in one way only; the same rule as for HTTP/1.1. */
export function lengthFault(headers: HeaderLines): WireFault | null {
  const contentLengths = headerValues(headers, 'content-length');
  const framing = requestFraming('1.1', { contentLengths, transferEncodings: [] });
  return framing.ok ? null : framing.error;
}

/** The header block for upstream, stamped or cleaned; names of regular fields are lower-case. */
export function requestBlock(head: Http2RequestHead, edits: readonly HeaderEdit[]): string[] {
  const block = [
    ':method',
    head.method,
    ':scheme',
    'https',
    ':authority',
    head.authority ?? '',
    ':path',
    head.path,
  ];
  if (head.protocol !== null) block.push(':protocol', head.protocol);
  block.push(
    ...rewriteHeaders(keptFields(head.headers, isDroppedFromRequestBlock), edits, { httpVersion: '2' }),
  );
  return block;
}

/** The header block of an answer for the client. */
export function responseBlock(status: number, headers: HeaderLines): string[] {
  return [
    ':status',
    String(status),
    ...keptFields(headers, (name) => isDroppedFromResponse(name) && name !== 'content-length'),
  ];
}

const BLANK_END = /^[ \t]|[ \t]$/;

// Not by an expression: one that looks for blanks before an end takes seconds for a value of nothing else.
function withoutBlankEnds(value: string): string {
  let [from, to] = [0, value.length];
  while (from < to && isBlank(value.charCodeAt(from))) from += 1;
  while (to > from && isBlank(value.charCodeAt(to - 1))) to -= 1;
  return value.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function keptFields(headers: HeaderLines, drops: (name: string, value: string) => boolean): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const value = headers[at + 1] ?? '';
    if (name.startsWith(':') || drops(name, value)) continue;
    kept.push(name, value);
  }
  return kept;
}

function isDroppedFromRequestBlock(name: string, value: string): boolean {
  if (name === 'content-length') return false;
  // `te: trailers` is the one value HTTP/2 allows, and gRPC needs it (RFC 9113 section 8.2.2).
  if (name === 'te') return value !== 'trailers';
  return name === 'host' || isDroppedFromRequest(name);
}
