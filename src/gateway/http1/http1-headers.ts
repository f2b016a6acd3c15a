// Heads as the gate writes them: hop-by-hop fields left behind, framing of its own, names and values otherwise as they came.
// Must not know sockets or decisions.
import type { HeaderLines } from '../../core/base/header-lines.ts';
import { rewriteHeaders } from '../../core/policy/decide/rewrite.ts';
import type { HeaderEdit } from '../../core/policy/header-edit.ts';
import { type BodyFraming, isFramingAlias } from '../../core/wire/http1-framing.ts';
import type { RequestHead, ResponseHead } from '../../core/wire/http1-head.ts';

/** How the gate frames the body it sends. */
export type SentFraming = 'none' | 'length' | 'chunked' | 'until-close';

/** A request head for upstream, in origin-form; `upgrade` keeps the WebSocket handshake. */
export function requestHeadText(head: RequestHead, target: string, edits: readonly HeaderEdit[]): string {
  const kept = endToEnd(head.headers, head.connection, isDroppedFromRequest);
  const edited = rewriteHeaders(kept, edits, { httpVersion: '1.1' });
  const upgrade = head.upgrade === 'websocket' ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n' : '';
  return `${head.method} ${target} HTTP/1.1\r\n${fieldLines(edited)}${framingLine(head.framing)}${upgrade}\r\n`;
}

/** A response head for the client, and how its body is framed. An HTTP/1.0 client gets no chunks. */
export function responseHeadText(
  head: ResponseHead,
  client: { readonly version: '1.0' | '1.1'; readonly persist: 'keep' | 'close' },
): { readonly text: string; readonly framing: SentFraming; readonly persist: 'keep' | 'close' } {
  const framing = sentFraming(head.framing, client.version);
  const persist = framing === 'until-close' ? 'close' : client.persist;
  const kept = endToEnd(head.headers, head.connection, isDroppedFromResponse);
  const lines = fieldLines(kept) + responseFraming(head, framing) + connectionLine(client.version, persist);
  return { text: `${statusLine(head)}${lines}\r\n`, framing, persist };
}

/** An informational response (100, 103) for the client; never 101. */
export function informationalText(head: ResponseHead): string {
  return `${statusLine(head)}${fieldLines(endToEnd(head.headers, head.connection, isDroppedFromResponse))}\r\n`;
}

/** The 101 that opens a WebSocket (RFC 6455 section 4.2.2). */
export function switchingText(head: ResponseHead): string {
  const kept = endToEnd(head.headers, head.connection, isDroppedFromResponse);
  return `${statusLine(head)}Connection: Upgrade\r\nUpgrade: websocket\r\n${fieldLines(kept)}\r\n`;
}

/** Header lines without those that `drops` names or `Connection` nominates; Host always stays. */
function endToEnd(
  headers: HeaderLines,
  nominated: readonly string[],
  drops: (lowerName: string) => boolean,
): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const lower = name.toLowerCase();
    if (drops(lower) || (nominated.length > 0 && lower !== 'host' && nominated.includes(lower))) continue;
    kept.push(name, headers[at + 1] ?? '');
  }
  return kept;
}

/** Hop-by-hop or rewritten on the way up: RFC 9110 section 7.6.1, and what is for the proxy. */
export function isDroppedFromRequest(lowerName: string): boolean {
  return HOP_BY_HOP.has(lowerName) || REQUEST_ONLY.has(lowerName) || FOR_THE_PROXY.test(lowerName);
}

/** Hop-by-hop or rewritten on the way down, what reads like framing, and the ways around the gate. */
export function isDroppedFromResponse(lowerName: string): boolean {
  return HOP_BY_HOP.has(lowerName) || RESPONSE_ONLY.has(lowerName) || isFramingAlias(lowerName);
}

/** Trailers that may travel: gRPC's own and digests; never framing, routing, credentials or the restriction header. */
export function safeTrailers(trailers: HeaderLines): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < trailers.length; at += 2) {
    const name = trailers[at] ?? '';
    if (SAFE_TRAILER.test(name)) kept.push(name, trailers[at + 1] ?? '');
  }
  return kept;
}

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'content-length',
  'upgrade',
]);
// `Proxy-*` in every spelling that CGI would take for it; and `Proxy` alone, which CGI puts where programs look for the
// proxy that they should use (CVE-2016-5385).
const FOR_THE_PROXY = /^(?:http[^0-9a-z]+)?proxy(?:[^0-9a-z]|$)/;
const REQUEST_ONLY: ReadonlySet<string> = new Set(['http2-settings', 'alt-used']);
const RESPONSE_ONLY: ReadonlySet<string> = new Set([
  'http2-settings',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'alt-svc',
]);
const SAFE_TRAILER = /^(?:grpc-[a-z0-9-]+|content-digest|repr-digest|server-timing)$/i;

function fieldLines(lines: HeaderLines): string {
  let text = '';
  for (let at = 0; at + 1 < lines.length; at += 2) text += `${lines[at]}: ${lines[at + 1]}\r\n`;
  return text;
}

function framingLine(framing: BodyFraming): string {
  if (framing.kind === 'length') return `Content-Length: ${framing.bytes}\r\n`;
  return framing.kind === 'chunked' ? 'Transfer-Encoding: chunked\r\n' : '';
}

function sentFraming(framing: BodyFraming, version: '1.0' | '1.1'): SentFraming {
  // What ends with upstream's connection ends with the client's: chunks would make a cut look like an end.
  return framing.kind === 'chunked' && version === '1.0' ? 'until-close' : framing.kind;
}

function responseFraming(head: ResponseHead, framing: SentFraming): string {
  if (framing === 'chunked') return 'Transfer-Encoding: chunked\r\n';
  if (head.framing.kind === 'length') return framingLine(head.framing);
  // The answer to HEAD, or 304, may say how long the body would have been.
  return framing === 'none' ? declaredLength(head.headers) : '';
}

function declaredLength(headers: HeaderLines): string {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at]?.toLowerCase() === 'content-length') return `Content-Length: ${headers[at + 1]}\r\n`;
  }
  return '';
}

function connectionLine(version: '1.0' | '1.1', persist: 'keep' | 'close'): string {
  if (persist === 'close') return 'Connection: close\r\n';
  return version === '1.0' ? 'Connection: keep-alive\r\n' : '';
}

function statusLine(head: ResponseHead): string {
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
}
