// A WebSocket opened as an HTTP/2 stream (RFC 8441), for an upstream that takes WebSockets only over HTTP/1.1 (RFC 6455).
// Must not know why it may go; that was decided and recorded before it gets here.
import { randomBytes } from 'node:crypto';
import http2 from 'node:http2';
import { type HeaderLines, headerPairs } from '../core/base/header-lines.ts';
import type { ResponseHead } from '../core/wire/http1-head.ts';
import { GatewayFailure } from './failure.ts';
import type { Http1Upstream } from './http1-upstream.ts';
import type { Http2RequestHead } from './http2-headers.ts';
import { responseBlock } from './http2-headers.ts';
import { pump } from './pump.ts';
import type { RequestRecord } from './request-record.ts';
import { handshakeFault } from './websocket-handshake.ts';

export interface WebSocketBridge {
  readonly stream: http2.ServerHttp2Stream;
  readonly record: RequestRecord;
  readonly head: Http2RequestHead;
  /** The header block for upstream as HTTP/2 would have it, stamped or cleaned. */
  readonly block: HeaderLines;
  readonly upstream: Http1Upstream;
  readonly idleTimeoutMs: number;
  /** Called when no answer was sent yet: the gate answers instead. */
  readonly failed: (failure: GatewayFailure) => void;
}

/** Opens the WebSocket upstream and joins both; a refusal of upstream is passed on as the stream's answer. */
export function bridgeWebSocket(bridge: WebSocketBridge): void {
  const { stream, upstream, record } = bridge;
  const key = randomBytes(16).toString('base64');
  let isAnswered = false;
  stream.once('close', () => {
    if (!isAnswered) upstream.destroy();
    record.finish(null);
  });
  upstream.start('GET', handshakeText(bridge, key), {
    informational: () => undefined,
    head: (head) => {
      isAnswered = true;
      if (head.status === 101) join(bridge, head, key);
      else respond(bridge, head);
    },
    data: (piece) => {
      record.bytesOut += piece.length;
      if (!stream.destroyed) stream.write(piece);
    },
    end: () => void stream.end(),
    drain: () => undefined,
    failed: (failure) => {
      if (!stream.headersSent) bridge.failed(failure);
      else if (!stream.destroyed) stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    },
  });
  upstream.endBody();
}

function handshakeText({ head, block }: WebSocketBridge, key: string): string {
  let text = `GET ${head.path} HTTP/1.1\r\nHost: ${head.authority ?? ''}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
  text += `Sec-WebSocket-Key: ${key}\r\n`;
  for (const [name, value] of headerPairs(block)) {
    if (!name.startsWith(':') && name !== 'sec-websocket-key' && name !== 'content-length')
      text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

function join(
  { stream, record, upstream, idleTimeoutMs, failed }: WebSocketBridge,
  head: ResponseHead,
  key: string,
): void {
  const fault = handshakeFault(head, key);
  if (fault !== null) {
    upstream.destroy();
    failed(new GatewayFailure('bad-response', 'response', fault));
    return;
  }
  const taken = upstream.takeOver();
  record.status = 200;
  record.by = 'upstream';
  stream.respond(responseBlock(200, withoutAccept(lowerNames(head.headers))));
  pump({
    client: stream,
    upstream: taken.socket,
    early: { client: Buffer.alloc(0), upstream: taken.early },
    idleMs: idleTimeoutMs,
    moved: (direction, bytes) => {
      if (direction === 'up') record.bytesIn += bytes;
      else record.bytesOut += bytes;
    },
    over: (failure) => record.finish(failure),
  });
}

function respond({ stream, record }: WebSocketBridge, head: ResponseHead): void {
  record.status = head.status;
  record.by = 'upstream';
  if (!stream.destroyed) stream.respond(responseBlock(head.status, lowerNames(head.headers)));
}

function lowerNames(lines: HeaderLines): string[] {
  return lines.map((item, at) => (at % 2 === 0 ? item.toLowerCase() : item));
}

// HTTP/2 has no handshake key, so there is nothing to accept (RFC 8441 section 5).
function withoutAccept(lines: HeaderLines): string[] {
  return [...headerPairs(lines)].flatMap(([name, value]) =>
    name === 'sec-websocket-accept' ? [] : [name, value],
  );
}
