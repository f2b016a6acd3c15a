// What makes a request a WebSocket handshake, and a 101 the answer to it (RFC 6455 sections 4.1 and 4.2.1).
// Must not know sockets.
import { createHash } from 'node:crypto';
import { type HeaderLines, headerValues, singleHeader } from '../../core/base/header-lines.ts';
import type { ResponseHead } from '../../core/wire/http1-head.ts';

/** Why a handshake opens nothing; 426 names the one version that would. */
export interface HandshakeFault {
  readonly status: 400 | 426;
  readonly detail: string;
}

/** Null when the fields are those of a handshake. HTTP/2 has no key: its streams cannot be mistaken (RFC 8441 section 5). */
export function handshakeRequestFault(headers: HeaderLines, httpVersion: '1.1' | '2'): HandshakeFault | null {
  const versions = headerValues(headers, 'sec-websocket-version');
  if (versions.length !== 1)
    return { status: 400, detail: 'a WebSocket handshake has one Sec-WebSocket-Version' };
  if (versions[0] !== WEBSOCKET_VERSION)
    return { status: 426, detail: `Sec-WebSocket-Version is ${WEBSOCKET_VERSION}` };
  const key = singleHeader(headers, 'sec-websocket-key') ?? '';
  return httpVersion === '2' || SIXTEEN_BYTES.test(key)
    ? null
    : { status: 400, detail: 'a WebSocket handshake has one Sec-WebSocket-Key, 16 bytes in base64' };
}

/** The version of RFC 6455, and the only one. */
export const WEBSOCKET_VERSION = '13';

/** Null when the 101 answers a handshake with this key; else what is wrong with it. */
export function handshakeFault(head: ResponseHead, key: string): string | null {
  if (head.upgrade !== 'websocket') return 'upstream switched to another protocol than websocket';
  const expected = createHash('sha1').update(`${key}${WEBSOCKET_GUID}`).digest('base64');
  const accept = singleHeader(head.headers, 'sec-websocket-accept');
  return accept === expected ? null : 'Sec-WebSocket-Accept does not answer this handshake';
}

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const SIXTEEN_BYTES = /^[A-Za-z0-9+/]{22}==$/;
