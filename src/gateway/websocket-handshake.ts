// The one check that makes a 101 the answer to a WebSocket handshake (RFC 6455 section 4.1). Must not know sockets.
import { createHash } from 'node:crypto';
import { singleHeader } from '../core/base/header-lines.ts';
import type { ResponseHead } from '../core/wire/http1-head.ts';

/** Null when the 101 answers a handshake with this key; else what is wrong with it. */
export function handshakeFault(head: ResponseHead, key: string): string | null {
  if (head.upgrade !== 'websocket') return 'upstream switched to another protocol than websocket';
  const expected = createHash('sha1').update(`${key}${WEBSOCKET_GUID}`).digest('base64');
  const accept = singleHeader(head.headers, 'sec-websocket-accept');
  return accept === expected ? null : 'Sec-WebSocket-Accept does not answer this handshake';
}

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
