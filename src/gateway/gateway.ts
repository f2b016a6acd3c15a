// The gateway as a whole: its live connections, and what happens to them when the policy changes or it stops.
// Must not know what a connection does.
import type net from 'node:net';
import { serveConnection, turnAwayBusy } from './connection.ts';
import type { GateContext, ListenerOptions } from './context.ts';
import { GatewayFailure } from './failure.ts';
import type { Listeners } from './listeners.ts';
import type { Visit } from './visit.ts';

export class Gateway {
  readonly #context: GateContext;
  readonly #listeners: Listeners;
  readonly #visits = new Set<Visit>();
  readonly #entered = new Set<Visit>();
  readonly #perClient = new Map<string, number>();
  readonly #unwatch: () => void;
  #stopping: Promise<void> | null = null;
  #onEmpty: (() => void) | null = null;

  /** Serves the listeners from now on. */
  constructor(context: GateContext, listeners: Listeners) {
    this.#context = context;
    this.#listeners = listeners;
    this.#unwatch = context.policy.onChange((policy) => {
      context.upstream.clear();
      for (const visit of [...this.#visits]) visit.review?.(policy);
    });
    listeners.serve((socket, listener) => this.#accept(socket, listener));
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#visits.size;
  }

  /** Stops listening, lets what runs finish within the limit, then ends the rest. Asked twice, it is one stop. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#unwatch();
    const closed = this.#listeners.close();
    for (const visit of [...this.#visits]) visit.control?.drain();
    await this.#emptied();
    const failure = new GatewayFailure('draining', 'response', 'the gate is shutting down');
    for (const visit of [...this.#visits]) visit.control?.abort(failure);
    this.#context.upstream.close();
    // What was written is on its way; a client that does not close its half in turn is not waited for.
    const cutting = setTimeout(() => this.#listeners.cut(), FAREWELL_MS);
    await closed;
    clearTimeout(cutting);
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

  #accept(socket: net.Socket, listener: ListenerOptions): void {
    const { limits, metrics } = this.#context;
    if (this.#stopping !== null || this.#visits.size >= limits.connections) {
      metrics.failed('gateway', this.#stopping !== null ? 'draining' : 'overloaded');
      socket.on('error', () => undefined);
      turnAwayBusy(socket);
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

const FAREWELL_MS = 250;
