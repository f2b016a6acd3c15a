// An upstream over HTTP/2 that says exactly the frames that a script says for each request. Must not know the gate.
import { createServer, type TlsOptions } from 'node:tls';
import type { Field } from './hpack.ts';
import { settingsAck, settingsFrame } from './http2-frames.ts';
import { Http2Reader, pseudoOf } from './http2-readings.ts';
import { listening } from './listening.ts';
import type { TestScope } from './test-scope.ts';

export interface FramedRequest {
  readonly stream: number;
  readonly path: string;
  /** Pseudo-headers included, in the order received. */
  readonly fields: readonly Field[];
  /** Writes frames, legal or not. */
  readonly say: (frames: Uint8Array) => void;
}

export interface FramedUpstream {
  readonly port: number;
  connections(): number;
}

/** Runs the script once for each request that is whole. */
export async function startFramedUpstream(
  t: TestScope,
  tls: TlsOptions,
  script: (request: FramedRequest) => void,
): Promise<FramedUpstream> {
  let connections = 0;
  const server = createServer({ noDelay: true, ...tls, ALPNProtocols: ['h2'] }, (socket) => {
    connections += 1;
    const reader = new Http2Reader();
    const answered = new Set<number>();
    socket.on('error', () => undefined);
    // The client's settings come first on every connection, and are taken as they are.
    socket.write(Buffer.concat([settingsFrame(), settingsAck()]));
    socket.on('data', (piece: Buffer) => {
      reader.push(piece);
      for (const { stream, fields, end } of reader.requests()) {
        if (end !== 'whole' || answered.has(stream)) continue;
        answered.add(stream);
        script({
          stream,
          path: pseudoOf(fields, ':path') ?? '',
          fields,
          say: (frames) => void socket.write(frames),
        });
      }
    });
  });
  server.on('tlsClientError', () => undefined);
  return { port: await listening(t, server), connections: () => connections };
}
