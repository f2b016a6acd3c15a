// The twin: an upstream that keeps every byte it receives, answers each request with a nonce of its own, and can
// read what came in several ways. Must not know the gate.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  createServer as createTlsServer,
  type TLSSocket,
  type TlsOptions,
  Server as TlsServer,
} from 'node:tls';
import { Http2Reader, type Http2Request } from './http2-readings.ts';
import { http2Faults } from './http2-verdict.ts';
import { type Reading, readRequests } from './request-readings.ts';
import { type Expectation, type Finding, findFaults, stampFault } from './stamp-verdict.ts';
import { Tap } from './tap.ts';
import type { TestScope } from './test-scope.ts';
import { frameEcho } from './websocket-frames.ts';

export interface TwinConnection {
  readonly id: number;
  readonly protocol: 'h2' | 'http/1.1';
  /** The name in the ClientHello; null on plain TCP or when there was none. */
  readonly serverName: string | null;
  /** Every byte received so far, or since `forget()`, decrypted. */
  readonly bytes: () => Buffer;
}

/** A request that the twin answered. */
export interface TwinRequest {
  /** Sent back as `x-twin-nonce` and as the body. */
  readonly nonce: string;
  readonly connection: number;
  /** When its head was here, in milliseconds since the epoch. */
  readonly receivedMs: number;
  readonly method: string;
  readonly target: string;
  /** Name and value by turns, in the order received; pseudo-headers included on HTTP/2. */
  readonly headers: readonly string[];
  /** Filled once the body is over. */
  readonly trailers: readonly string[];
  readonly bodyBytes: number;
  readonly end: 'whole' | 'cut';
}

type TwinIncoming = IncomingMessage | Http2ServerRequest;
type TwinOutgoing = ServerResponse | Http2ServerResponse;

export interface TwinOptions {
  /** Null speaks plain TCP. */
  readonly tls: TlsOptions | null;
  readonly alpn?: readonly ('h2' | 'http/1.1')[];
  /** Answers instead of the nonce alone; `x-twin-nonce` is already set. */
  readonly answer?: (request: TwinIncoming, response: TwinOutgoing, nonce: string) => void;
  /** An OCSP response in DER to staple to the handshakes of those who ask for one. */
  readonly staple?: Uint8Array;
  /** Whether a WebSocket may be an HTTP/2 stream (RFC 8441); such a stream is echoed. `no` when left out. */
  readonly extendedConnect?: 'yes' | 'no';
  /** Opens a WebSocket of HTTP/2 when it likes; at once when left out. */
  readonly whenOpened?: (open: () => void) => void;
  /** Speaks on an opened WebSocket. The default says each frame again. */
  readonly webSocket?: (socket: Duplex) => void;
  /** Takes over an upgraded HTTP/1.1 connection, the 101 included. The default sends 101 and opens a WebSocket. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface Twin {
  readonly port: number;
  connections(): readonly TwinConnection[];
  requests(): readonly TwinRequest[];
  /** All readings of every HTTP/1.1 connection so far. Bytes after an upgrade are not read. */
  readings(): Promise<readonly { readonly connection: number; readonly readings: readonly Reading[] }[]>;
  /** All requests of every HTTP/2 connection so far, read out of the frames. */
  http2Readings(): readonly { readonly connection: number; readonly requests: readonly Http2Request[] }[];
  /** Empty when every reading sees only requests with exactly one right stamp. */
  verdict(expectation: Expectation): Promise<readonly Finding[]>;
  /** Drops what was kept, between requests: connections that are open go on, and are read on. */
  forget(): void;
  /** Other certificates from the next handshake on. */
  present(tls: TlsOptions): void;
  close(): Promise<void>;
}

/** Starts a twin on a free port of 127.0.0.1; it is closed when the test ends. */
export async function startTwin(t: TestScope, options: TwinOptions): Promise<Twin> {
  const memory = new TwinMemory(options);
  const server = listenerFor(options, (socket, protocol, serverName) =>
    memory.accept(socket, protocol, serverName),
  );
  // Sockets whose handshake is not over are known to nobody else.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  t.after(close);
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => memory.connections(),
    requests: () => memory.requests(),
    readings: () => memory.readings(),
    http2Readings: () => memory.http2Readings(),
    verdict: (expectation) => memory.verdict(expectation),
    forget: () => memory.forget(),
    present: (tls) => {
      if (server instanceof TlsServer) server.setSecureContext(tls);
    },
    close,
  };
}

type Accept = (socket: Duplex, protocol: 'h2' | 'http/1.1', serverName: string | null) => void;

function listenerFor(options: TwinOptions, accept: Accept): Server {
  if (options.tls === null)
    return createNetServer({ noDelay: true }, (socket) => accept(socket, 'http/1.1', null));
  const ALPNProtocols = [...(options.alpn ?? ['h2', 'http/1.1'])];
  const server = createTlsServer({ noDelay: true, ...options.tls, ALPNProtocols }, (socket: TLSSocket) => {
    const name = typeof socket.servername === 'string' ? socket.servername : null;
    accept(socket, socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1', name);
  });
  server.on('tlsClientError', () => {});
  const { staple } = options;
  if (staple !== undefined)
    server.on('OCSPRequest', (_leaf, _issuer, answer) => answer(null, Buffer.from(staple)));
  return server;
}

interface Kept {
  readonly connection: TwinConnection;
  readonly tap: Tap;
  /** Null on HTTP/1.1. */
  readonly frames: Http2Reader | null;
  /** Bytes after this many, since the beginning, belong to another protocol. */
  upgradedAt: number | null;
  /** How many bytes were kept before `forget()`. */
  forgotten: number;
}

class TwinMemory {
  readonly #options: TwinOptions;
  #kept: Kept[] = [];
  #requests: (() => TwinRequest)[] = [];
  #connections = 0;
  #answered = 0;
  readonly #http1 = createHttpServer({
    ...{ insecureHTTPParser: true, requireHostHeader: false, maxHeaderSize: 1 << 20, keepAliveTimeout: 0 },
    shouldUpgradeCallback: (request) => /^websocket$/i.test(request.headers.upgrade ?? ''),
  });
  readonly #http2: Http2Server;
  /** By the socket that an HTTP/1.1 request names, or by its HTTP/2 session. */
  readonly #keptOf = new WeakMap<object, Kept>();
  /** The connection whose HTTP/2 session is being made. */
  #accepting: Kept | null = null;

  constructor(options: TwinOptions) {
    this.#options = options;
    this.#http2 = createHttp2Server({
      settings: { enableConnectProtocol: options.extendedConnect === 'yes' },
    });
    this.#http1.maxHeadersCount = 0;
    this.#http1.on('request', (request, response) => this.#answer(request, response));
    this.#http1.on('checkExpectation', (request, response) => this.#answer(request, response));
    this.#http1.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http1.on('clientError', (_, socket) => socket.destroy());
    this.#http2.on('request', (request, response) => this.#answer(request, response));
    this.#http2.on('connect', (request, response) => this.#openStream(request, response));
    this.#http2.on('sessionError', () => {});
    this.#http2.on('session', (session) => {
      if (this.#accepting !== null) this.#keptOf.set(session, this.#accepting);
    });
  }

  /** Everything that arrives is kept before the answering parser sees it. */
  accept(socket: Duplex, protocol: 'h2' | 'http/1.1', serverName: string | null): void {
    const tap = new Tap(socket);
    const connection = { id: this.#connections, protocol, serverName, bytes: () => tap.bytes() };
    this.#connections += 1;
    const frames = protocol === 'h2' ? new Http2Reader() : null;
    tap.on('received', (piece: Buffer) => frames?.push(piece));
    const kept: Kept = { connection, tap, frames, upgradedAt: null, forgotten: 0 };
    this.#kept.push(kept);
    this.#keptOf.set(tap, kept);
    this.#accepting = kept;
    (protocol === 'h2' ? this.#http2 : this.#http1).emit('connection', tap);
    this.#accepting = null;
  }

  connections(): readonly TwinConnection[] {
    return this.#kept.map(({ connection }) => connection);
  }

  requests(): readonly TwinRequest[] {
    return this.#requests.map((request) => request());
  }

  async readings(): Promise<readonly { connection: number; readings: readonly Reading[] }[]> {
    const http1 = this.#kept.filter(({ connection }) => connection.protocol === 'http/1.1');
    return Promise.all(
      http1.map(async ({ connection, upgradedAt, forgotten }) => {
        const end = upgradedAt === null ? undefined : Math.max(0, upgradedAt - forgotten);
        return {
          connection: connection.id,
          readings: await readRequests(connection.bytes().subarray(0, end)),
        };
      }),
    );
  }

  http2Readings(): readonly { connection: number; requests: readonly Http2Request[] }[] {
    return this.#kept.flatMap(({ connection, frames }) =>
      frames === null ? [] : [{ connection: connection.id, requests: frames.requests() }],
    );
  }

  forget(): void {
    this.#requests = [];
    this.#kept = this.#kept.filter(({ tap }) => !tap.destroyed);
    for (const kept of this.#kept) {
      kept.forgotten = kept.tap.received();
      kept.tap.forget();
      kept.frames?.forget();
    }
  }

  async verdict(expectation: Expectation): Promise<readonly Finding[]> {
    const all = await this.readings();
    const overHttp1 = all.flatMap(({ connection, readings }) =>
      findFaults(connection, readings, expectation),
    );
    const answered = this.requests().flatMap((request): Finding[] => {
      const what = stampFault(request, expectation);
      const line = `${request.method} ${request.target}`;
      return what === null
        ? []
        : [
            {
              connection: request.connection,
              reading: 'answered',
              what,
              request: line,
              seen: request.headers,
            },
          ];
    });
    return [...overHttp1, ...(await this.#http2Faults(expectation)), ...answered];
  }

  async #http2Faults(expectation: Expectation): Promise<readonly Finding[]> {
    const found: Finding[] = [];
    for (const { connection, frames } of this.#kept) {
      if (frames === null) continue;
      const at = { connection: connection.id, reading: 'frames', request: '' };
      if (frames.fault !== null) found.push({ ...at, what: 'refused', seen: [frames.fault] });
      for (const request of frames.requests())
        found.push(...(await http2Faults(connection.id, request, expectation)));
    }
    return found;
  }

  #answer(request: TwinIncoming, response: TwinOutgoing): void {
    const nonce = this.#note(request);
    request.on('error', () => {});
    response.on('error', () => {});
    response.setHeader('x-twin-nonce', nonce);
    if (this.#options.answer !== undefined) {
      this.#options.answer(request, response, nonce);
      return;
    }
    request.resume();
    request.on('end', () => response.end(nonce));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const nonce = this.#note(request);
    const kept = this.#keptOf.get(socket);
    if (kept !== undefined) kept.upgradedAt = kept.tap.handedOn() - head.length;
    socket.on('error', () => {});
    if (this.#options.upgrade !== undefined) {
      this.#options.upgrade(request, socket, head);
      return;
    }
    const accept = webSocketAccept(String(request.headers['sec-websocket-key'] ?? ''));
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nX-Twin-Nonce: ${nonce}\r\n\r\n`,
    );
    socket.unshift(head);
    this.#speak(socket);
  }

  #openStream(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const nonce = this.#note(request);
    const { stream } = response;
    stream.on('error', () => {});
    const open = (): void => {
      stream.respond({ ':status': 200, 'x-twin-nonce': nonce });
      this.#speak(stream);
    };
    if (this.#options.whenOpened === undefined) open();
    else this.#options.whenOpened(open);
  }

  #speak(socket: Duplex): void {
    if (this.#options.webSocket !== undefined) this.#options.webSocket(socket);
    else socket.pipe(frameEcho()).pipe(socket);
  }

  #note(request: TwinIncoming): string {
    const nonce = `${this.#answered}-${randomBytes(8).toString('hex')}`;
    this.#answered += 1;
    const receivedMs = Date.now();
    const connection = this.#connectionOf(request);
    let bodyBytes = 0;
    request.on('data', (piece: Buffer) => {
      bodyBytes += piece.length;
    });
    this.#requests.push(() => ({
      ...{
        nonce,
        connection,
        receivedMs,
        bodyBytes,
        method: request.method ?? '',
        target: request.url ?? '',
      },
      ...{ headers: request.rawHeaders, trailers: request.rawTrailers },
      end: request.complete ? 'whole' : 'cut',
    }));
    return nonce;
  }

  #connectionOf(request: TwinIncoming): number {
    const key: object = 'stream' in request ? (request.stream.session ?? request) : request.socket;
    return this.#keptOf.get(key)?.connection.id ?? -1;
  }
}

/** RFC 6455 section 4.2.2. */
export function webSocketAccept(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}
