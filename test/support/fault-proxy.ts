// A relay between the gate and its upstream that breaks on purpose: resets, ends, falls silent, drips, at a chosen byte
// or in place of upstream's own end. Must not know what the bytes mean.
import { connect, createServer, type Socket } from 'node:net';
import { listening } from './listening.ts';
import type { TestScope } from './test-scope.ts';

/** `reset`: RST to the gate. `end`: FIN to the gate. `silence`: nothing more in this direction, and no end before the gate's own. */
export type Fault = 'reset' | 'end' | 'silence';

/** What happens to connections that are accepted from now on. Everything passes where nothing is said. */
export interface FaultPlan {
  /** In place of the end of upstream's stream, once all that it sent has passed. */
  readonly atEnd?: Fault;
  /** Once so many bytes passed in a direction; 0 is before the first. */
  readonly at?: { readonly direction: 'up' | 'down'; readonly bytes: number; readonly does: Fault };
  /** Bytes to the gate one by one, each in a turn of the event loop of its own. */
  readonly pace?: 'drip';
}

export interface FaultProxy {
  readonly port: number;
  plan(plan: FaultPlan): void;
  /** Connections so far. */
  connections(): number;
  /** Connections that are open now. */
  open(): number;
  /** Resets every connection that is open now. */
  resetAll(): void;
}

/** Starts a relay to a port of 127.0.0.1; it is closed when the scope ends. */
export async function startFaultProxy(t: TestScope, to: number): Promise<FaultProxy> {
  const relays = new Set<Relay>();
  let plan: FaultPlan = {};
  let connections = 0;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    connections += 1;
    const relay: Relay = new Relay(socket, to, plan);
    relays.add(relay);
    socket.once('close', () => relays.delete(relay));
  });
  return {
    port: await listening(t, server),
    plan: (next) => {
      plan = next;
    },
    connections: () => connections,
    open: () => relays.size,
    resetAll: () => {
      for (const relay of relays) relay.reset();
    },
  };
}

class Relay {
  readonly #gate: Socket;
  readonly #upstream: Socket;
  readonly #plan: FaultPlan;
  readonly #passed = { up: 0, down: 0 };
  readonly #silent = { up: false, down: false };

  constructor(gate: Socket, to: number, plan: FaultPlan) {
    this.#gate = gate;
    this.#plan = plan;
    this.#upstream = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const socket of [gate, this.#upstream]) socket.on('error', () => undefined);
    this.#relay(gate, this.#upstream, 'up');
    this.#relay(this.#upstream, gate, 'down');
    gate.once('end', () => this.#gateOver());
    gate.once('close', () => this.#upstream.destroy());
    this.#upstream.once('end', () => this.#upstreamOver());
    this.#upstream.once('close', () => this.#upstreamOver());
    if (plan.at?.bytes === 0) this.#strike(plan.at.direction, plan.at.does);
  }

  reset(): void {
    this.#gate.resetAndDestroy();
  }

  #relay(from: Socket, to: Socket, direction: 'up' | 'down'): void {
    from.on('data', (bytes: Buffer) => {
      const { at, pace } = this.#plan;
      const isHere = at?.direction === direction;
      const room = isHere ? Math.max(0, at.bytes - this.#passed[direction]) : bytes.length;
      const piece = bytes.subarray(0, room);
      this.#passed[direction] += piece.length;
      if (!this.#silent[direction] && piece.length > 0) {
        if (pace === 'drip' && direction === 'down') this.#drip(piece);
        else if (!to.write(piece)) from.pause();
      }
      if (isHere && this.#passed[direction] >= at.bytes) this.#strike(direction, at.does);
    });
    to.on('drain', () => from.resume());
  }

  #drip(piece: Buffer): void {
    this.#upstream.pause();
    let at = 0;
    const next = (): void => {
      if (at >= piece.length || this.#gate.destroyed) {
        this.#upstream.resume();
        return;
      }
      this.#gate.write(piece.subarray(at, at + 1));
      at += 1;
      setImmediate(next);
    };
    next();
  }

  #gateOver(): void {
    this.#upstream.end();
    if (this.#silent.down) this.#gate.end();
  }

  #upstreamOver(): void {
    const { atEnd = 'end' } = this.#plan;
    this.#strike('down', atEnd);
  }

  #strike(direction: 'up' | 'down', fault: Fault): void {
    if (this.#silent[direction]) return;
    this.#silent[direction] = true;
    if (fault === 'reset') this.#gate.resetAndDestroy();
    else if (fault === 'end' || this.#gate.readableEnded) this.#gate.end();
  }
}
