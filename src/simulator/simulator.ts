// The simulated GitHub as one server: every host of GitHub on one address, over HTTP/1.1 and HTTP/2.
// Must not know what any host serves; it opens and closes things.
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server as PlainServer } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { SecureContext } from 'node:tls';
import type { World } from '../core/contract/world.ts';
import type { Clock } from '../ports.ts';
import { AppKeys } from './apps.ts';
import { CertificateMaker } from './certificates.ts';
import type { ServerAnswer, ServerMessage } from './exchange.ts';
import { answerRequest, type Front } from './front.ts';
import { isServed, SERVED_HOSTS } from './hosts.ts';
import { LiveWorld } from './live-world.ts';
import { RepositoryStore } from './repositories.ts';
import { RequestLog } from './request-log.ts';
import { StreamGates } from './stream-gates.ts';
import { SocketFront } from './websocket.ts';

export interface SimulatorOptions {
  readonly world: World;
  /** `simulator/` below it is the simulator's own: `ca.pem`, `APP.pem` per app, `repositories/`. */
  readonly stateDir: string;
  /** On 127.0.0.1; 0 takes any free port. */
  readonly port: number;
  /** A second port that serves the same without TLS; none when left out. */
  readonly plainPort?: number;
  /** Names, or `*.` patterns, to serve besides GitHub's: they answer with a page that names them. */
  readonly extraHosts?: readonly string[];
  readonly clock: Clock;
}

/** How many requests `GET /_simulator/requests` remembers. */
const MOST_SEEN_REQUESTS = 10_000;

const HTTP_LIMITS = {
  maxHeaderSize: 64 * 1024,
  keepAliveTimeout: 120_000,
  // A large push over a slow line is no attack.
  requestTimeout: 0,
} as const;

export class Simulator {
  /** The CA that signed every certificate it shows, PEM. */
  readonly caPem: string;
  readonly port: number;
  /** Null without a plain port. */
  readonly plainPort: number | null;
  readonly #secure: Http2SecureServer;
  readonly #plain: PlainServer | null;
  readonly #connections: Set<Socket>;
  readonly #front: Front;

  private constructor(parts: Parts) {
    this.#front = parts.front;
    this.#secure = parts.secure;
    this.#plain = parts.plain;
    this.#connections = parts.connections;
    this.caPem = parts.front.control.caPem;
    this.port = portOf(parts.secure);
    this.plainPort = parts.plain === null ? null : portOf(parts.plain);
  }

  /** Resolves once it listens. Rejects with an Error for the operator: a taken port, no git, a folder it cannot write. */
  static async start(options: SimulatorOptions): Promise<Simulator> {
    const directory = join(options.stateDir, 'simulator');
    await mkdir(directory, { recursive: true });
    const certificates = await CertificateMaker.create(options.clock.now());
    const front = await makeFront(options, { directory, caPem: certificates.caPem });
    await writeFile(join(directory, 'ca.pem'), certificates.caPem);
    for (const app of front.control.services.apps.apps) {
      await writeFile(join(directory, `${app.slug}.pem`), app.privatePem, { mode: 0o600 });
    }
    const hosts = [...SERVED_HOSTS, ...(options.extraHosts ?? [])];
    const secure = await makeSecureServer(certificates, hosts);
    const plain = options.plainPort === undefined ? null : createServer(HTTP_LIMITS);
    const connections = new Set<Socket>();
    for (const server of plain === null ? [secure] : [secure, plain]) attach(server, front, connections);
    await listen(secure, options.port);
    if (plain !== null && options.plainPort !== undefined) await listen(plain, options.plainPort);
    return new Simulator({ front, secure, plain, connections });
  }

  /** Ends every connection and waits until the ports are free. */
  async close(): Promise<void> {
    this.#front.control.services.gates.clear();
    const closed = [this.#secure, this.#plain].map(
      (server) =>
        new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve()))),
    );
    for (const socket of this.#connections) socket.destroy();
    await Promise.all(closed);
  }
}

interface Parts {
  readonly front: Front;
  readonly secure: Http2SecureServer;
  readonly plain: PlainServer | null;
  readonly connections: Set<Socket>;
}

async function makeFront(
  { world, clock }: SimulatorOptions,
  { directory, caPem }: { readonly directory: string; readonly caPem: string },
): Promise<Front> {
  const [apps, repositories] = await Promise.all([
    AppKeys.create(world.installations.map((one) => one.app)),
    RepositoryStore.create(join(directory, 'repositories'), world),
  ]);
  const services = { live: new LiveWorld(world), apps, repositories, gates: new StreamGates() };
  return { clock, control: { services, caPem, log: new RequestLog(MOST_SEEN_REQUESTS) } };
}

async function makeSecureServer(
  certificates: CertificateMaker,
  hosts: readonly string[],
): Promise<Http2SecureServer> {
  const fallback = await certificates.leafFor(['localhost', '127.0.0.1', '::1']);
  return createSecureServer({
    ...fallback,
    allowHTTP1: true,
    http1Options: HTTP_LIMITS,
    ...HTTP_LIMITS,
    settings: { enableConnectProtocol: true },
    // A name that is not served gets the fallback certificate, which does not fit: the client refuses it, as it should.
    SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) => {
      const host = name.toLowerCase();
      if (!isServed(host, hosts)) return done(null);
      certificates.contextFor(host).then((context) => done(null, context), done);
    },
  });
}

function attach(server: Http2SecureServer | PlainServer, front: Front, connections: Set<Socket>): void {
  const sockets = new SocketFront(front);
  const answer = (message: ServerMessage, response: ServerAnswer): void => {
    // `answerRequest` never rejects: it answers its own errors.
    void answerRequest(front, message, response);
  };
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    socket.on('error', () => undefined);
  });
  server.on('request', answer);
  server.on('checkContinue', answer);
  server.on('upgrade', (message, socket, head) => sockets.upgrade(message, socket, head));
  server.on('connect', (message, answerOrSocket) => sockets.connect(message, answerOrSocket));
  // A client that refuses our certificate or breaks off is no fault of the simulator's.
  server.on('tlsClientError', () => undefined);
  server.on('sessionError', () => undefined);
}

async function listen(server: Http2SecureServer | PlainServer, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ListenFault(port, cause);
  }
}

/** The port could not be had; `code` is the system's, such as `EADDRINUSE`. */
class ListenFault extends Error {
  readonly code: string;

  constructor(port: number, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const mend =
      code === 'EADDRINUSE' ? 'another program has the port; stop it or choose another port' : code;
    super(`Cannot serve the simulated GitHub on 127.0.0.1:${port}: ${mend}`, { cause });
    this.code = code;
  }
}

function portOf(server: Http2SecureServer | PlainServer): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
