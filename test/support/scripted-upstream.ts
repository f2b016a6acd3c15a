// An upstream that does exactly what a script says with each request, over TLS and HTTP/1.1. Must not know the gate.
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { listening } from './listening.ts';
import type { TestScope } from './test-scope.ts';

export interface ScriptedRequest {
  /** Counts from 0 over the whole upstream. */
  readonly number: number;
  /** Counts from 0 on its connection. */
  readonly onConnection: number;
  readonly head: string;
  readonly socket: TLSSocket;
}

export interface ScriptedUpstream {
  readonly port: number;
  connections(): number;
  heads(): readonly string[];
}

/** Runs the script for every request head that arrives; bodies are not looked at. */
export async function startScripted(
  t: TestScope,
  tls: TlsOptions,
  script: (request: ScriptedRequest) => void,
  { opened }: { readonly opened?: (socket: TLSSocket) => void } = {},
): Promise<ScriptedUpstream> {
  const heads: string[] = [];
  let connections = 0;
  const server = createServer({ noDelay: true, ...tls, ALPNProtocols: ['http/1.1'] }, (socket) => {
    connections += 1;
    let onConnection = 0;
    let text = '';
    socket.on('error', () => undefined);
    opened?.(socket);
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end + 4);
        text = text.slice(end + 4);
        heads.push(head);
        script({ number: heads.length - 1, onConnection, head, socket });
        onConnection += 1;
      }
    });
  });
  server.on('tlsClientError', () => undefined);
  return { port: await listening(t, server), connections: () => connections, heads: () => heads };
}
