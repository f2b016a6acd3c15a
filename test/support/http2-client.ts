// HTTP/2 by Node's own client on a stream that is there already, such as TLS in a tunnel. Answers come as they came.
// Must not know proxies.
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import type { TestScope } from './test-scope.ts';

export interface Http2Answer {
  readonly status: number;
  /** Name and value by turns, `:status` included. */
  readonly headers: readonly string[];
  /** Name and value by turns. */
  readonly trailers: readonly string[];
  readonly body: Buffer;
  /** How the stream was closed; 0 is no error. */
  readonly resetCode: number;
}

/** A session whose requests name `authority`; destroyed when the scope ends. */
export async function openHttp2(
  t: TestScope,
  socket: Duplex,
  authority: string,
): Promise<ClientHttp2Session> {
  socket.removeAllListeners('data');
  const session = connect(`https://${authority}`, { createConnection: () => socket });
  session.on('error', () => undefined);
  t.after(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

/** One request, its body whole; status 0 when the stream was closed without an answer. */
export async function askHttp2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders | readonly string[],
  body?: string | Uint8Array,
): Promise<Http2Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  return answerOf(stream);
}

/** Collects the answer of a stream until it is closed. */
export async function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  let head: readonly string[] = [];
  let trailers: readonly string[] = [];
  const pieces: Buffer[] = [];
  stream.on('error', () => undefined);
  stream.on('response', (_headers, _flags, raw: string[]) => {
    head = raw;
  });
  stream.on('trailers', (_headers: unknown, _flags: unknown, raw: string[]) => {
    trailers = raw;
  });
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  // Not `once` of node:events: a stream that was reset says so by its code.
  if (!stream.closed || !stream.destroyed)
    await new Promise<void>((resolve) => stream.once('close', () => resolve()));
  const status = Number(head[head.indexOf(':status') + 1] ?? 0);
  const known = { headers: head, trailers, body: Buffer.concat(pieces) };
  return { status: head.length === 0 ? 0 : status, ...known, resetCode: stream.rstCode ?? 0 };
}
