// The gateway as a whole: its listeners, its live connections, and what happens to them when the policy changes or it stops.
// Must not know what a connection does.
import net from 'node:net';
import type { IpAddress } from '../core/base/ip-address.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { BUSY_ANSWER, serveConnection } from './connection.ts';
import type { GateContext, ListenerOptions } from './context.ts';
import { GatewayFailure } from './failure.ts';
import type { Visit } from './visit.ts';

/** A listener that could not be opened: its name, the address it wanted, and the system's code, such as `EADDRINUSE`. */
export interface ListenFault {
  readonly listener: string;
  readonly address: string;
  readonly code: string;
}

/** Where a listener really listens. */
export interface BoundListener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export class Gateway {
  readonly #context: GateContext;
  readonly #servers: net.Server[] = [];
  readonly #bound: BoundListener[] = [];
  readonly #visits = new Set<Visit>();
  readonly #entered = new Set<Visit>();
  readonly #perClient = new Map<string, number>();
  readonly #unwatch: () => void;
  #isDraining = false;
  #onEmpty: (() => void) | null = null;

  private constructor(context: GateContext) {
    this.#context = context;
    this.#unwatch = context.policy.onChange((policy) => {
      context.upstream.clear();
      for (const visit of [...this.#visits]) visit.review?.(policy);
    });
  }

  /** Opens every listener, or none. */
  static async start(
    context: GateContext,
    listeners: readonly ListenerOptions[],
  ): Promise<Result<Gateway, ListenFault>> {
    const gateway = new Gateway(context);
    for (const listener of listeners) {
      const fault = await gateway.#listen(listener);
      if (fault === null) continue;
      await gateway.stop();
      return err(fault);
    }
    return ok(gateway);
  }

  get listeners(): readonly BoundListener[] {
    return this.#bound;
  }

  /** True when this address and port lead back to one of the listeners. */
  isOwn(address: IpAddress, port: number): boolean {
    return this.#bound.some(
      (bound) => bound.port === port && (bound.host === address || ANY_ADDRESS.has(bound.host)),
    );
  }

  /** Stops listening, lets what runs finish within the limit, then ends the rest. */
  async stop(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#unwatch();
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const visit of [...this.#visits]) visit.control?.drain();
    await this.#emptied();
    const failure = new GatewayFailure('draining', 'response', 'the gate is shutting down');
    for (const visit of [...this.#visits]) visit.control?.abort(failure);
    this.#context.upstream.close();
    await Promise.all(closed);
  }

  #emptied(): Promise<void> {
    if (this.#visits.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#context.limits.drainTimeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #listen(listener: ListenerOptions): Promise<ListenFault | null> {
    // Half-open, so that each side of a splice may end alone; no delay, because what is written is complete.
    const server = net.createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (socket) =>
      this.#accept(socket, listener),
    );
    this.#servers.push(server);
    return new Promise((resolve) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        resolve({
          listener: listener.name,
          address: `${listener.host}:${listener.port}`,
          code: error.code ?? error.message,
        });
      });
      server.listen({ host: listener.host, port: listener.port, backlog: 1024 }, () => {
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : listener.port;
        this.#bound.push({ name: listener.name, host: listener.host, port });
        resolve(null);
      });
    });
  }

  #accept(socket: net.Socket, listener: ListenerOptions): void {
    const { limits, metrics } = this.#context;
    if (this.#isDraining || this.#visits.size >= limits.connections) {
      metrics.failed('gateway', this.#isDraining ? 'draining' : 'overloaded');
      socket.on('error', () => undefined);
      socket.end(BUSY_ANSWER);
      socket.resume();
      socket.setTimeout(1_000, () => socket.destroy());
      return;
    }
    void serveConnection(socket, {
      context: this.#context,
      listener,
      enter: (visit) => this.#enter(visit),
      opened: (visit) => void this.#visits.add(visit),
      closed: (visit) => this.#closed(visit),
    }).catch((error: unknown) => {
      // A bug, not an expected outcome: nothing of this connection may go on, and the worker ends.
      socket.destroy();
      queueMicrotask(() => {
        throw error;
      });
    });
  }

  #enter(visit: Visit): boolean {
    const { address } = visit.client;
    const open = this.#perClient.get(address) ?? 0;
    if (open >= this.#context.limits.connectionsPerClient) return false;
    this.#perClient.set(address, open + 1);
    this.#entered.add(visit);
    return true;
  }

  #closed(visit: Visit): void {
    this.#visits.delete(visit);
    if (this.#entered.delete(visit)) {
      const left = (this.#perClient.get(visit.client.address) ?? 1) - 1;
      if (left === 0) this.#perClient.delete(visit.client.address);
      else this.#perClient.set(visit.client.address, left);
    }
    if (this.#visits.size === 0) this.#onEmpty?.();
  }
}

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
