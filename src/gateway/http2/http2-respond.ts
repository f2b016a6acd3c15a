// What streams of HTTP/2 are told, where Node may refuse it or the peer may be gone, and how they end.
// Must not know what is answered.
import http2 from 'node:http2';
import type { HeaderLines } from '../../core/base/header-lines.ts';
import { errorText, GatewayFailure } from '../failure.ts';

/** True when nothing can be said on the stream any more: its 'close' has come or is about to. */
export function isGone(stream: http2.Http2Stream): boolean {
  return stream.destroyed || stream.closed;
}

/** Sends the head of an answer; a failure when HTTP/2 has no such head, such as one with the status 600. */
export function respond(
  stream: http2.ServerHttp2Stream,
  block: HeaderLines,
  options: http2.ServerStreamResponseOptions = {},
): GatewayFailure | null {
  if (isGone(stream)) return new GatewayFailure('client-gone', 'response', 'the client reset the stream');
  try {
    stream.respond([...block], options);
    return null;
  } catch (error) {
    return new GatewayFailure('bad-response', 'response', errorText(error));
  }
}

/** Sends an interim answer, where it has a form in HTTP/2; nobody waits for one, so others are dropped. */
export function respondInterim(stream: http2.ServerHttp2Stream, block: HeaderLines): void {
  if (isGone(stream) || stream.headersSent) return;
  try {
    stream.additionalHeaders(asHeaders(block));
  } catch {
    // What HTTP/2 has no form for is no loss: the answer itself is still to come.
  }
}

/** Sends trailers, or the plain end where there are none. */
export function endWithTrailers(stream: http2.Http2Stream, trailers: HeaderLines): void {
  if (!stream.destroyed) stream.sendTrailers(asHeaders(trailers));
}

/**
 * Node ends a stream that was reset without an error as if upstream had ended it (lib/internal/http2/core.js,
 * onStreamClose), which makes a cut answer look whole. Upstream's own end comes while the stream is not closed.
 */
export function onOwnEnd(upstream: http2.ClientHttp2Stream, ended: () => void): void {
  const push = upstream.push.bind(upstream);
  upstream.push = (piece, encoding) => {
    if (piece === null && !upstream.closed) ended();
    return push(piece, encoding);
  };
}

/** Tells a client that still sends to stop, behind the end of its answer: Node drops what nghttp2 does not have yet. */
export function stopOnceSent(client: http2.ServerHttp2Stream): void {
  if (client.readableEnded || client.destroyed) return;
  const stop = (): void => {
    if (client.destroyed) return;
    if (client.state.localClose === 1) client.close(http2.constants.NGHTTP2_NO_ERROR);
    else setTimeout(stop, STOP_MS);
  };
  stop();
}

/** Between two looks whether the end of an answer is on its way. */
const STOP_MS = 10;

function asHeaders(lines: HeaderLines): http2.OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const name = lines[at] ?? '';
    const value = lines[at + 1] ?? '';
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else headers[name] = Array.isArray(known) ? [...known, value] : [known, value];
  }
  return headers;
}
