// A WebSocket opened as an HTTP/2 stream (RFC 8441), for an upstream that takes WebSockets only over HTTP/1.1 (RFC 6455).
// Must not know why it may go; that was decided and recorded before it gets here.
import { randomBytes } from 'node:crypto';
import http2 from 'node:http2';
import { type HeaderLines, headerPairs, headerValues } from '../../core/base/header-lines.ts';
import type { ResponseHead } from '../../core/wire/http1-head.ts';
import { GatewayFailure } from '../failure.ts';
import { joinWebSocket, NOTHING_EARLY } from '../relay/websocket-join.ts';
import { type AnswerSource, AnswerWatch } from '../request/answer-watch.ts';
import type { RequestRecord } from '../request/request-record.ts';
import { handshakeFault } from '../request/websocket-handshake.ts';
import type { Http1Upstream, ResponseSink } from '../upstream/http1-upstream.ts';
import type { Http2RequestHead } from './http2-headers.ts';
import { responseBlock } from './http2-headers.ts';
import { respond } from './http2-respond.ts';

export interface WebSocketBridge {
  readonly stream: http2.ServerHttp2Stream;
  readonly record: RequestRecord;
  readonly head: Http2RequestHead;
  /** The header block for upstream as HTTP/2 would have it, stamped or cleaned. */
  readonly block: HeaderLines;
  readonly upstream: Http1Upstream;
  readonly responseTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Whose answers come from upstream; null for no vendor's. */
  readonly from: AnswerSource | null;
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
      // Any 2xx would open the client's WebSocket, with a page for its frames (RFC 8441 section 5).
      if (head.status < 300) {
        finish();
        upstream.destroy();
        bridge.failed(badResponse(`upstream answered a handshake with ${head.status}`));
        return;
      }
      watch.head(head.status, head.headers);
      const unsent = respond(stream, responseBlock(head.status, answerFields(head)));
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
  for (const [name, value] of headerPairs(block))
    if (!name.startsWith(':') && !NOT_BRIDGED.has(name)) text += `${name}: ${value}\r\n`;
  // HTTP/2 may send cookies one by one; over HTTP/1.1 they are one line (RFC 9113 section 8.2.3).
  const cookies = headerValues(block, 'cookie');
  if (cookies.length > 0) text += `cookie: ${cookies.join('; ')}\r\n`;
  return `${text}\r\n`;
}

/** Said anew, without meaning here, or of one hop: what `te` allows on HTTP/2, an HTTP/1.1 handshake has no use for. */
const NOT_BRIDGED: ReadonlySet<string> = new Set(['sec-websocket-key', 'content-length', 'te', 'cookie']);

function join(
  { stream, record, upstream, idleTimeoutMs, failed }: WebSocketBridge,
  head: ResponseHead,
  key: string,
): void {
  const fault = handshakeFault(head, key);
  if (fault !== null) {
    upstream.destroy();
    failed(badResponse(fault));
    return;
  }
  const unsent = respond(stream, responseBlock(200, withoutAccept(answerFields(head))));
  if (unsent !== null) {
    upstream.destroy();
    failed(unsent);
    return;
  }
  const taken = upstream.takeOver();
  record.status = 200;
  record.by = 'upstream';
  const early = { ...NOTHING_EARLY, upstream: taken.early };
  const answer = head.headers;
  joinWebSocket({ client: stream, upstream: taken.socket, early, answer, idleMs: idleTimeoutMs, record });
}

function badResponse(detail: string): GatewayFailure {
  return new GatewayFailure('bad-response', 'response', detail);
}

/** Names in lower case, as HTTP/2 has them, without what `Connection` nominates for the one hop. */
function answerFields({ headers, connection }: ResponseHead): string[] {
  return [...headerPairs(headers)].flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    return connection.includes(lower) ? [] : [lower, value];
  });
}

// HTTP/2 has no handshake key, so there is nothing to accept (RFC 8441 section 5).
function withoutAccept(lines: HeaderLines): string[] {
  return [...headerPairs(lines)].flatMap(([name, value]) =>
    name === 'sec-websocket-accept' ? [] : [name, value],
  );
}
