// The sockets the gate listens on. Bound first and served later, so that what must be known of their ports can be.
// Must not know what is done with a connection.
import net from 'node:net';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { ListenerOptions } from '../context.ts';

/** A listener that could not be opened: its name, the address it wanted, and the system's code, such as `EADDRINUSE`. */
export interface ListenFault {
  readonly listener: string;
  readonly address: string;
  readonly code: string;
}

/** Where a listener really listens. */
export interface BoundListener extends ListenerOptions {
  readonly port: number;
}

/** A listener to be opened. */
export interface WantedListener extends ListenerOptions {
  /** Where it is bound already: the descriptor that another process bound, or the socket, which is taken over. */
  readonly bound?: { readonly fd: number } | net.BoundSocket | undefined;
}

export type SocketHandler = (socket: net.Socket, listener: BoundListener) => void;

/** Opens every listener, or none. Connections wait until `serve`. */
export async function bindListeners(
  wanted: readonly WantedListener[],
): Promise<Result<Listeners, ListenFault>> {
  const listeners = new Listeners();
  for (const options of wanted) {
    const fault = await listeners.bind(options);
    if (fault === null) continue;
    await listeners.close();
    return err(fault);
  }
  return ok(listeners);
}

export class Listeners {
  readonly #servers: net.Server[] = [];
  readonly #bound: BoundListener[] = [];
  readonly #waiting: (readonly [net.Socket, BoundListener])[] = [];
  readonly #open = new Set<net.Socket>();
  #handler: SocketHandler | null = null;

  /** Sockets that are open, those among them that only take their last answer. */
  get open(): number {
    return this.#open.size;
  }

  get places(): readonly BoundListener[] {
    return this.#bound;
  }

  bind({ bound: socket, ...options }: WantedListener): Promise<ListenFault | null> {
    // Half-open, so that each side of a splice may end alone; no delay, because what is written is complete.
    const server = net.createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true });
    this.#servers.push(server);
    return new Promise((resolve) => {
      // Later errors are those of an accept, such as EMFILE: the connection waits or is lost, and the listener goes on.
      server.on('error', (error: NodeJS.ErrnoException) => {
        resolve({
          listener: options.name,
          address: `${options.host}:${options.port}`,
          code: error.code ?? error.message,
        });
      });
      server.listen(socket ?? { host: options.host, port: options.port }, BACKLOG, () => {
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : options.port;
        const bound = { ...options, port };
        this.#bound.push(bound);
        server.on('connection', (socket) => this.#arrived(socket, bound));
        resolve(null);
      });
    });
  }

  /** Hands over every connection from now on, and those that waited. */
  serve(handler: SocketHandler): void {
    this.#handler = handler;
    for (const [socket, listener] of this.#waiting.splice(0)) handler(socket, listener);
  }

  /** Listens no more; resolves when every connection is over. */
  async close(): Promise<void> {
    for (const [socket] of this.#waiting.splice(0)) socket.destroy();
    await Promise.all(
      this.#servers.map(
        (server) =>
          new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve())),
      ),
    );
  }

  /** Ends every connection that is still open, such as one whose client keeps its half of it. */
  cut(): void {
    for (const socket of [...this.#open]) socket.destroy();
  }

  #arrived(socket: net.Socket, listener: BoundListener): void {
    this.#open.add(socket);
    // A client may reset its connection before anybody serves it, as while a worker begins: that is no error of ours.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#open.delete(socket));
    if (this.#handler === null) this.#waiting.push([socket, listener]);
    else this.#handler(socket, listener);
  }
}

/** Connections that the system holds until they are accepted; it caps them at its own limit (net.core.somaxconn). */
const BACKLOG = 4_096;
