// The gateway as a whole: its live connections, and what happens to them when the policy changes or it stops.
// Must not know what a connection does.
import type net from 'node:net';
import { clientNetwork } from '../core/base/rate-limit.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import { serveConnection } from './connection.ts';
import type { GateContext, ListenerOptions } from './context.ts';
import { turnAwayUnseen } from './door/doors.ts';
import type { Listeners } from './door/listeners.ts';
import { ExemptionEnds } from './exemption-ends.ts';
import { GatewayFailure } from './failure.ts';
import type { Visit } from './visit.ts';

/** Connections that other processes of the same gate serve: they count too. */
export interface Elsewhere {
  readonly connections: number;
  ofClient(address: string): number;
}

export class Gateway {
  readonly #context: GateContext;
  readonly #listeners: Listeners;
  readonly #elsewhere: Elsewhere;
  readonly #visits = new Set<Visit>();
  readonly #entered = new Set<Visit>();
  readonly #perClient = new Map<string, number>();
  readonly #unwatch: () => void;
  readonly #ends: ExemptionEnds;
  #stopping: Promise<void> | null = null;
  #onEmpty: (() => void) | null = null;

  /** Serves the listeners from now on. */
  constructor(context: GateContext, listeners: Listeners, elsewhere: Elsewhere = NOWHERE) {
    this.#context = context;
    this.#listeners = listeners;
    this.#elsewhere = elsewhere;
    this.#unwatch = context.policy.onChange((policy) => {
      context.upstream.clear();
      this.#review(policy);
    });
    this.#ends = new ExemptionEnds(context, (policy) => this.#review(policy));
    context.identity?.onChange(() => this.#endRevoked());
    listeners.serve((socket, listener) => this.#accept(socket, listener));
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#visits.size;
  }

  /** Clients with so many connections or more, and how many they have. */
  clientsFrom(count: number): readonly (readonly [address: string, connections: number])[] {
    return [...this.#perClient].filter(([, open]) => open >= count);
  }

  /** Stops listening, lets what runs finish within the limit, then ends the rest. Asked twice, it is one stop. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #review(policy: Policy): void {
    for (const visit of [...this.#visits]) visit.review?.(policy);
  }

  /** What stands on credentials that were taken back stands no longer. */
  #endRevoked(): void {
    for (const visit of [...this.#visits]) {
      const failure = visit.identityFault();
      if (failure === null) continue;
      visit.refusedFor = failure;
      visit.control?.abort(failure);
    }
  }

  async #stop(): Promise<void> {
    this.#unwatch();
    this.#ends.close();
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
    const failure = this.#whyNot();
    if (failure !== null) {
      turnAwayUnseen(socket, { context: this.#context, listener }, failure);
      // Those that were told so linger for a second; a flood of them must not use up the descriptors.
      if (this.#listeners.open > this.#context.limits.connections + LINGERING) socket.destroy();
      return;
    }
    void serveConnection(socket, this.#context, {
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

  #whyNot(): GatewayFailure | null {
    const { connections } = this.#context.limits;
    if (this.#stopping !== null) return new GatewayFailure('draining', 'accept', 'the gate is shutting down');
    return this.#visits.size + this.#elsewhere.connections < connections &&
      this.#listeners.open <= connections + LINGERING
      ? null
      : new GatewayFailure('overloaded', 'accept', `more than ${connections} connections`);
  }

  #enter(visit: Visit): boolean {
    const client = clientNetwork(visit.client.address);
    const open = this.#perClient.get(client) ?? 0;
    const inAll = open + this.#elsewhere.ofClient(client);
    if (inAll >= this.#context.limits.connectionsPerClient) return false;
    this.#perClient.set(client, open + 1);
    this.#entered.add(visit);
    return true;
  }

  #closed(visit: Visit): void {
    this.#visits.delete(visit);
    if (this.#entered.delete(visit)) {
      const client = clientNetwork(visit.client.address);
      const left = (this.#perClient.get(client) ?? 1) - 1;
      if (left === 0) this.#perClient.delete(client);
      else this.#perClient.set(client, left);
    }
    if (this.#visits.size === 0) this.#onEmpty?.();
  }
}

const FAREWELL_MS = 250;
/** Sockets beyond `limits.connections` that take their last answer. */
const LINGERING = 1_000;
const NOWHERE: Elsewhere = { connections: 0, ofClient: () => 0 };
