// A WebSocket opened as an HTTP/2 stream (RFC 8441), for an upstream that takes WebSockets only over HTTP/1.1 (RFC 6455).
// Must not know why it may go; that was decided and recorded before it gets here.
import { randomBytes } from 'node:crypto';
import http2 from 'node:http2';
import { type HeaderLines, headerPairs } from '../core/base/header-lines.ts';
import type { ResponseHead } from '../core/wire/http1-head.ts';
import { AnswerWatch } from './answer-watch.ts';
import { GatewayFailure } from './failure.ts';
import type { Http1Upstream, ResponseSink } from './http1-upstream.ts';
import type { Http2RequestHead } from './http2-headers.ts';
import { responseBlock } from './http2-headers.ts';
import { respond } from './http2-respond.ts';
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
  readonly responseTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Whether the answers come from a host whose refusals are GitHub's. */
  readonly isStamped: boolean;
  readonly isPlanHost: boolean;
  /** Called when no answer was sent yet: the gate answers instead. */
  readonly failed: (failure: GatewayFailure) => void;
}

/** Opens the WebSocket upstream and joins both; a refusal of upstream is passed on as the stream's answer. */
export function bridgeWebSocket(bridge: WebSocketBridge): void {
  const { stream, upstream, record, responseTimeoutMs } = bridge;
  const key = randomBytes(16).toString('base64');
  // From then on the upstream connection is not this handshake's to touch: joined, given back, or broken.
  let isOver = false;
  const finish = (): void => {
    isOver = true;
    clearTimeout(timer);
  };
  const timer = setTimeout(() => {
    finish();
    upstream.destroy();
    bridge.failed(
      new GatewayFailure('upstream-timeout', 'response', `no answer within ${responseTimeoutMs} ms`),
    );
  }, responseTimeoutMs);
  stream.once('close', () => {
    if (!isOver) upstream.destroy();
    finish();
    record.finish(null);
  });
  stream.on('drain', () => {
    if (!isOver) upstream.resume();
  });
  upstream.start('GET', handshakeText(bridge, key), refusalSink(bridge, { key, finish, timer }));
  upstream.endBody();
}

/** Takes upstream's answer: a 101 joins both sides, anything else is passed on. */
function refusalSink(
  bridge: WebSocketBridge,
  opening: { readonly key: string; readonly finish: () => void; readonly timer: NodeJS.Timeout },
): ResponseSink {
  const { stream, upstream, record } = bridge;
  const { key, finish, timer } = opening;
  const watch = new AnswerWatch(bridge);
  return {
    informational: () => undefined,
    head: (head) => {
      clearTimeout(timer);
      if (head.status === 101) {
        finish();
        join(bridge, head, key);
        return;
      }
      watch.head(head.status, head.headers);
      const unsent = respond(stream, responseBlock(head.status, lowerNames(head.headers)));
      if (unsent === null) return;
      finish();
      upstream.destroy();
      bridge.failed(unsent);
    },
    data: (piece) => {
      watch.data(piece);
      record.bytesOut += piece.length;
      if (!stream.destroyed && !stream.write(piece)) upstream.pause();
    },
    end: () => {
      finish();
      watch.end();
      // The client's half stays open for a WebSocket that there will not be.
      if (!stream.destroyed) stream.end(() => stream.close(http2.constants.NGHTTP2_NO_ERROR));
    },
    drain: () => undefined,
    failed: (failure) => {
      finish();
      if (!stream.headersSent) bridge.failed(failure);
      else if (!stream.destroyed) stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    },
  };
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
  const unsent = respond(stream, responseBlock(200, withoutAccept(lowerNames(head.headers))));
  if (unsent !== null) {
    upstream.destroy();
    failed(unsent);
    return;
  }
  const taken = upstream.takeOver();
  record.status = 200;
  record.by = 'upstream';
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

function lowerNames(lines: HeaderLines): string[] {
  return lines.map((item, at) => (at % 2 === 0 ? item.toLowerCase() : item));
}

// HTTP/2 has no handshake key, so there is nothing to accept (RFC 8441 section 5).
function withoutAccept(lines: HeaderLines): string[] {
  return [...headerPairs(lines)].flatMap(([name, value]) =>
    name === 'sec-websocket-accept' ? [] : [name, value],
  );
}
