// A client that says exactly what it is told to: bytes whole or cut, CONNECT, TLS with chosen names, raw answers.
// Must not know the gate's code; it trusts only the CA it is given.
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { openSocks, type SocksEnd } from './socks-client.ts';
import { type TestDoor, testDoor } from './test-door.ts';
import type { TestScope } from './test-scope.ts';

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly statusLine: string;
  /** Name and value by turns, as they came. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** One connection; what it receives is kept until it is read. Destroyed when the test ends. */
export class RawConnection {
  readonly socket: Duplex;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;
  #isUnderTls = false;
  #error: NodeJS.ErrnoException | null = null;
  #wake: () => void = () => {};
  readonly #onData = (piece: Buffer): void => {
    this.#received = Buffer.concat([this.#received, piece]);
    this.#wake();
  };

  constructor(t: TestScope, socket: Duplex) {
    this.socket = socket;
    t.after(() => {
      // TLS takes its socket down with it. The other way round, Node 26.10 reads what it has freed.
      if (!this.#isUnderTls) socket.destroy();
    });
    socket.on('data', this.#onData);
    socket.on('error', (error) => {
      this.#error ??= error;
      this.#end();
    });
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
  }

  /** The code of the error that ended the connection; null when there was none. */
  get errorCode(): string | null {
    return this.#error?.code ?? null;
  }

  /** Sends the bytes; with `cuts`, in separate segments that end at these places. */
  async send(bytes: Uint8Array | string, cuts: readonly number[] = []): Promise<void> {
    const block = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    const ends = [...cuts.filter((cut) => cut > 0 && cut < block.length), block.length];
    let from = 0;
    for (const end of ends) {
      await this.#write(block.subarray(from, end));
      from = end;
    }
  }

  /** Reads one answer; `method` says whether a body follows. A connection that ends before the head is over rejects. */
  async readAnswer(method = 'GET'): Promise<RawAnswer> {
    for (;;) {
      const head = await this.#take((bytes) => endOf(bytes, '\r\n\r\n'));
      const [statusLine = '', ...lines] = head.toString('latin1').trimEnd().split('\r\n');
      const headers = lines.flatMap(splitLine);
      const status = Number(statusLine.split(' ')[1]);
      // 1xx answers other than 101 come before the real one.
      if (status < 200 && status !== 101) continue;
      const body = bodiless(method, status) ? Buffer.alloc(0) : await this.#takeBody(headers);
      return { status, statusLine, headers, body };
    }
  }

  /** Takes everything that comes until the other side ends or the connection breaks. */
  async readToEnd(): Promise<Buffer> {
    return this.#take((bytes) => (this.#ended ? bytes.length : null));
  }

  /** Takes exactly this many bytes, or what there is when the connection ends before. */
  async read(length: number): Promise<Buffer> {
    return this.#take((bytes) => (bytes.length >= length ? length : this.#ended ? bytes.length : null));
  }

  /** Starts TLS on this connection, which must not be used any more; rejects when the handshake fails. */
  async startTls(
    t: TestScope,
    options: ConnectionOptions,
  ): Promise<RawConnection & { readonly socket: TLSSocket }> {
    this.#isUnderTls = true;
    this.socket.off('data', this.#onData);
    if (this.#received.length > 0) this.socket.unshift(this.#received);
    const socket = connectTls({ socket: this.socket, ...options });
    const secure = new TlsConnection(t, socket);
    await once(socket, 'secureConnect');
    return secure;
  }

  async #write(piece: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(piece, () => resolve()));
    // One turn of the event loop, so that two pieces are two segments.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #takeBody(headers: readonly string[]): Promise<Buffer> {
    const value = (name: string): string | undefined =>
      headers.find((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name);
    if (value('transfer-encoding') === 'chunked') return this.#takeChunks();
    const length = value('content-length');
    return length === undefined ? this.readToEnd() : this.read(Number(length));
  }

  async #takeChunks(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (;;) {
      const line = await this.#take((bytes) => endOf(bytes, '\r\n'));
      const size = Number.parseInt(line.toString('latin1'), 16);
      if (!(size >= 0)) throw new Error(`Cannot read chunk size ${JSON.stringify(line.toString('latin1'))}`);
      if (size === 0) break;
      pieces.push((await this.read(size + 2)).subarray(0, size));
    }
    let line = await this.#take((bytes) => endOf(bytes, '\r\n'));
    while (line.length > 2) line = await this.#take((bytes) => endOf(bytes, '\r\n'));
    return Buffer.concat(pieces);
  }

  /** Waits until `measure` knows how many bytes to take. */
  async #take(measure: (received: Buffer) => number | null): Promise<Buffer> {
    for (;;) {
      const length = measure(this.#received);
      if (length !== null) {
        const taken = this.#received.subarray(0, length);
        this.#received = this.#received.subarray(length);
        return taken;
      }
      if (this.#ended) {
        const got = JSON.stringify(this.#received.toString('latin1').slice(0, 200));
        throw new Error(`The connection ended (${this.errorCode ?? 'FIN'}) after ${got}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }
}

class TlsConnection extends RawConnection {
  declare readonly socket: TLSSocket;
}

/** A TCP connection to 127.0.0.1, or to `host`; from an address of one's own where it is given. */
export async function openRaw(
  t: TestScope,
  port: number,
  {
    host = '127.0.0.1',
    localAddress,
  }: { readonly host?: string; readonly localAddress?: string | undefined } = {},
): Promise<RawConnection> {
  const own = localAddress === undefined ? {} : { localAddress };
  const socket = connectTcp({ port, host, noDelay: true, allowHalfOpen: true, ...own });
  const connection = new RawConnection(t, socket);
  await once(socket, 'connect');
  return connection;
}

export interface ProxyWish {
  readonly proxyPort: number;
  /** What is spoken there; the door of the whole run when left out. */
  readonly door?: TestDoor;
  /** Sent before everything else, such as a PROXY header. */
  readonly first?: Uint8Array;
  /** `user:password` for the proxy. */
  readonly credentials?: string;
  /** Where the connection comes from, such as 127.0.0.2. */
  readonly localAddress?: string;
  /** More lines for the CONNECT, `Name: value`. */
  readonly lines?: readonly string[];
}

/** Says CONNECT, in the language of the test's door; the answer may be any. */
export async function connectThrough(
  t: TestScope,
  authority: string,
  wish: ProxyWish,
): Promise<{ readonly connection: RawConnection; readonly answer: RawAnswer }> {
  const connection = await openRaw(t, wish.proxyPort, { localAddress: wish.localAddress });
  if (wish.first !== undefined) await connection.send(wish.first);
  if ((wish.door ?? testDoor()) === 'socks') {
    const end = await openSocks(connection, { authority, credentials: wish.credentials });
    return { connection, answer: asConnectAnswer(end) };
  }
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...credentialLines(wish),
    ...(wish.lines ?? []),
  ];
  await connection.send(`${lines.join('\r\n')}\r\n\r\n`);
  return { connection, answer: await connection.readAnswer('CONNECT') };
}

/** A SOCKS client's end in the words of a CONNECT, so that one test can ask by either door. */
function asConnectAnswer(end: SocksEnd): RawAnswer {
  return { status: STATUSES.get(end) ?? 502, statusLine: `SOCKS ${end}`, headers: [], body: Buffer.alloc(0) };
}

const STATUSES: ReadonlyMap<SocksEnd, number> = new Map<SocksEnd, number>([
  [0, 200],
  [1, 503],
  [2, 403],
  ['no-method', 407],
  ['not-known', 407],
]);

export interface TunnelWish extends ProxyWish {
  /** The CA to trust, in PEM. */
  readonly ca: string;
  /** The name in the ClientHello; the CONNECT's host when left out, none when null. */
  readonly serverName?: string | null;
  readonly alpn?: readonly string[];
  readonly tls?: ConnectionOptions;
}

/** CONNECT, then TLS inside; rejects when the proxy refuses or the handshake fails. */
export async function tunnel(
  t: TestScope,
  authority: string,
  wish: TunnelWish,
): Promise<RawConnection & { readonly socket: TLSSocket }> {
  const { connection, answer } = await connectThrough(t, authority, wish);
  if (answer.status !== 200) throw new Error(`CONNECT ${authority} was answered ${answer.statusLine}`);
  const host = authority.slice(0, authority.lastIndexOf(':'));
  const servername = wish.serverName === undefined ? host : (wish.serverName ?? '');
  // Without a name of its own in the hello, the certificate is still checked against the host.
  const named = servername === '' ? { host } : { servername };
  return connection.startTls(t, {
    ca: wish.ca,
    ALPNProtocols: [...(wish.alpn ?? ['http/1.1'])],
    ...named,
    ...wish.tls,
  });
}

export interface HttpWish extends TunnelWish {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly trailers: NodeJS.Dict<string>;
  readonly body: Buffer;
}

/** One HTTP/1.1 request by Node's own client: through a tunnel for https, in absolute form for http. */
export async function requestThrough(t: TestScope, url: string, wish: HttpWish): Promise<HttpAnswer> {
  const { host, pathname, search, protocol } = new URL(url);
  const secure = protocol === 'https:';
  const authority = host.includes(':') ? host : `${host}:443`;
  const connection = secure
    ? await tunnel(t, authority, wish)
    : await openRaw(t, wish.proxyPort, { localAddress: wish.localAddress });
  if (!secure && wish.first !== undefined) await connection.send(wish.first);
  const credentials = secure ? {} : credentialHeaders(wish);
  connection.socket.removeAllListeners('data');
  const request = httpRequest({
    createConnection: () => connection.socket,
    method: wish.method ?? 'GET',
    path: secure ? `${pathname}${search}` : url,
    headers: { host, ...credentials, ...wish.headers },
  });
  const answered = once(request, 'response');
  request.end(wish.body);
  const [response] = await answered;
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  const { statusCode: status, headers, rawHeaders, trailers } = response;
  return { status, headers, rawHeaders, trailers, body: Buffer.concat(pieces) };
}

function credentialHeaders(wish: ProxyWish): OutgoingHttpHeaders {
  if (wish.credentials === undefined) return {};
  return { 'proxy-authorization': `Basic ${Buffer.from(wish.credentials).toString('base64')}` };
}

function credentialLines(wish: ProxyWish): string[] {
  return Object.entries(credentialHeaders(wish)).map(([name, value]) => `${name}: ${value}`);
}

function splitLine(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function bodiless(method: string, status: number): boolean {
  return (
    method === 'HEAD' ||
    status === 101 ||
    status === 204 ||
    status === 304 ||
    (method === 'CONNECT' && status < 300)
  );
}

function endOf(bytes: Buffer, mark: string): number | null {
  const at = bytes.indexOf(mark, 0, 'latin1');
  return at < 0 ? null : at + mark.length;
}
