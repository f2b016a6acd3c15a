// ClientHellos: real ones as TLS clients send them, and ones made by hand to be wrong in one place.
// Must not know the parser under test.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type ConnectionOptions, connect, createServer as createTlsServer } from 'node:tls';
import type { TestScope } from './test-scope.ts';
import { joinBytes, latin1 } from './wire-steps.ts';

/** The first flight of a real client: what Node's OpenSSL sends with these options, one record. */
export async function captureClientHello(t: TestScope, options: ConnectionOptions): Promise<Uint8Array> {
  return captureFirstFlight(t, (port) => {
    const socket = connect({ host: '127.0.0.1', port, ...options, rejectUnauthorized: false });
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  });
}

/** Starts a client against a port, and gives the first TLS record that it sends. */
export async function captureFirstFlight(t: TestScope, start: (port: number) => void): Promise<Uint8Array> {
  const server = createServer();
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const first = Promise.withResolvers<Uint8Array>();
  server.on('connection', (socket) => {
    let seen: Buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      seen = Buffer.concat([seen, Buffer.from(piece)]);
      if (seen.length < 5 || seen.length < 5 + seen.readUInt16BE(3)) return;
      first.resolve(new Uint8Array(seen.subarray(0, 5 + seen.readUInt16BE(3))));
      socket.destroy();
    });
  });
  start((server.address() as AddressInfo).port);
  return first.promise;
}

/** A session that a real TLS server handed out, to resume with. */
export async function obtainSession(
  t: TestScope,
  options: ConnectionOptions & { readonly serverCert: string; readonly serverKey: string },
): Promise<Buffer> {
  const { serverCert, serverKey, ...client } = options;
  const server = createTlsServer({ cert: serverCert, key: serverKey }, (socket) => socket.end('x'));
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = (server.address() as AddressInfo).port;
  const socket = connect({ host: '127.0.0.1', port, ...client, rejectUnauthorized: false });
  t.after(() => socket.destroy());
  const session = once(socket, 'session');
  socket.resume();
  const [bytes]: Buffer[] = await session;
  return bytes ?? Buffer.alloc(0);
}

/** An extension: its type and its data. */
export type Extension = readonly [type: number, data: Uint8Array | readonly number[]];

export interface HelloParts {
  readonly legacyVersion?: number;
  readonly sessionId?: readonly number[];
  readonly cipherSuites?: readonly number[];
  readonly compressions?: readonly number[];
  /** Null leaves out the whole block, as clients before TLS 1.2 may. */
  readonly extensions?: readonly Extension[] | null;
  /** Bytes put after the extensions, inside the message. */
  readonly after?: readonly number[];
}

/** The handshake message, header included. */
export function helloMessage(parts: HelloParts = {}): Uint8Array {
  const { legacyVersion = 0x0303, sessionId = [], cipherSuites = [0x13, 0x01], compressions = [0] } = parts;
  const { extensions = [serverNameExtension('github.com')], after = [] } = parts;
  const block = (extensions ?? []).flatMap(([type, data]) => [...uint16(type), ...vector(2, data)]);
  const body = joinBytes(
    uint16(legacyVersion),
    Array.from({ length: 32 }, (_, at) => at),
    vector(1, sessionId),
    vector(2, cipherSuites),
    vector(1, compressions),
    extensions === null ? [] : vector(2, block),
    after,
  );
  return joinBytes([1], vector(3, body));
}

/** The message in records of at most `fragment` bytes. */
export function inRecords(message: Uint8Array, fragment = 16_384, version = 0x0301): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 0; at < message.length; at += fragment) {
    const piece = message.subarray(at, at + fragment);
    records.push(joinBytes([22], uint16(version), vector(2, piece)));
  }
  return joinBytes(...records);
}

export function serverNameExtension(name: string): Extension {
  return [0, vector(2, [0, ...vector(2, latin1(name))])];
}

/** A vector after its length in `width` bytes. */
export function vector(width: 1 | 2 | 3, data: Uint8Array | readonly number[]): number[] {
  const length = Array.from({ length: width }, (_, at) => (data.length >> (8 * (width - 1 - at))) & 0xff);
  return [...length, ...data];
}

export function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}
