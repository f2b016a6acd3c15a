// An upstream over HTTP/2 that does with each stream what a script says, and can leave without a goodbye.
// Must not know the gate.
import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import { createServer, type TlsOptions } from 'node:tls';
import { listening } from './listening.ts';
import type { TestScope } from './test-scope.ts';

export interface ScriptedStream {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Ends the connection below TLS, without GOAWAY, once what was written has left. */
  readonly leave: () => void;
}

export interface ScriptedHttp2 {
  readonly port: number;
  streams(): number;
}

/** Runs the script for every stream that is opened. */
export async function startScriptedHttp2(
  t: TestScope,
  tls: TlsOptions,
  script: (request: ScriptedStream) => void,
): Promise<ScriptedHttp2> {
  let streams = 0;
  const server = createServer({ noDelay: true, ...tls, ALPNProtocols: ['h2'] }, (socket) => {
    socket.on('error', () => undefined);
    const session = performServerHandshake(socket);
    session.on('error', () => undefined);
    session.on('stream', (stream, headers) => {
      streams += 1;
      stream.on('error', () => undefined);
      script({ stream, headers, leave: () => setImmediate(() => setImmediate(() => socket.destroy())) });
    });
  });
  server.on('tlsClientError', () => undefined);
  return { port: await listening(t, server), streams: () => streams };
}
