// Upstream for the floods, in a process of its own: small answers, streams without end, bodies of any size, uploads.
// Must not know the gate. Prints its port when it listens.

import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Writable } from 'node:stream';

const PIECE = Buffer.alloc(256 * 1024, 'x');
const [certFile = '', keyFile = ''] = process.argv.slice(2);

const server = http2.createSecureServer({
  allowHTTP1: true,
  cert: readFileSync(certFile),
  key: readFileSync(keyFile),
  // One principal's flood must not be refused by what stands in for GitHub.
  settings: { maxConcurrentStreams: 10_000, initialWindowSize: 1 << 20 },
  maxSessionInvalidFrames: 1e9,
  streamResetBurst: 1e9,
  streamResetRate: 1e9,
});
server.on('sessionError', () => undefined);
server.on('tlsClientError', () => undefined);
server.on('request', (request, response) => {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  const wanted = /^\/bytes\/(\d+)$/.exec(request.url ?? '')?.[1];
  if (wanted !== undefined) {
    request.resume();
    response.writeHead(200, { 'content-length': wanted });
    send('stream' in response ? response.stream : response, Number(wanted));
    return;
  }
  let received = 0;
  request.on('data', (piece: Buffer) => {
    received += piece.length;
  });
  request.on('end', () => response.end(String(received)));
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

/** Writes so many bytes as fast as they are taken. */
function send(response: Writable, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
      left -= piece.length;
      const hasRoom = response.write(piece);
      if (!hasRoom) return;
    }
    response.end();
  };
  response.on('drain', more);
  more();
}
