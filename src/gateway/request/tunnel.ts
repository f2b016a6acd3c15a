// An intercepted connection while it lives: where it leads, what runs on it, and what a new policy makes of that.
// Must not know which HTTP version is spoken.

import type { ReadDestination } from '../../core/base/destination.ts';
import type { Policy } from '../../core/policy/compile/policy.ts';
import { decideConnection } from '../../core/policy/decide/decide-connection.ts';
import { decideRequest } from '../../core/policy/decide/decide-request.ts';
import type { Forward } from '../../core/policy/decision.ts';
import type { ConnectionFacts, RequestFacts } from '../../core/policy/facts.ts';
import type { Stamp } from '../../core/policy/header-edit.ts';
import { readsHeadersAt, vendorAt } from '../../core/vendors/catalogue.ts';
import { GatewayFailure } from '../failure.ts';
import type { Alpn, DialedTls } from '../upstream/dial.ts';
import type { PoolKey } from '../upstream/upstream-pool.ts';
import type { Visit } from '../visit.ts';
import type { AnswerSource } from './answer-watch.ts';

/** A request that was let through and is not over yet. */
export interface ActiveRequest {
  readonly facts: RequestFacts;
  readonly decision: Forward;
  readonly abort: (failure: GatewayFailure) => void;
}

export class Tunnel {
  readonly visit: Visit;
  readonly facts: ConnectionFacts;
  readonly target: ReadDestination;
  readonly scheme: 'https' | 'http';
  /** Whose answers come from there; null for no vendor's. */
  readonly answersFrom: AnswerSource | null;
  readonly #active = new Set<ActiveRequest>();
  /** The connection that proved upstream; the first request takes it. */
  #spare: DialedTls | null;

  constructor(
    visit: Visit,
    facts: ConnectionFacts,
    opened: { readonly target: ReadDestination; readonly spare: DialedTls | null },
  ) {
    this.visit = visit;
    this.facts = facts;
    this.target = opened.target;
    this.scheme = facts.scheme;
    this.#spare = opened.spare;
    this.answersFrom = answerSourceOf(opened.target.host);
  }

  /** The connection facts at this moment: exemptions end by the clock. */
  factsNow(): ConnectionFacts {
    return { ...this.facts, nowMs: this.visit.context.clock.now() };
  }

  /** Whose upstream connections a request may ride on. */
  poolKey(decision: Forward): PoolKey {
    const { visit, target, scheme } = this;
    const who = visit.user === null ? `address ${visit.client.address}` : `user ${visit.user}`;
    return {
      principal: `${visit.listener.name} ${who}`,
      policyClass: policyClassOf(decision),
      scheme,
      host: target.host,
      port: target.port,
    };
  }

  /** The proved connection, once, if it speaks this protocol and still stands. */
  takeSpare(alpn: Alpn): DialedTls | null {
    const spare = this.#spare;
    if (spare === null || spare.alpn !== alpn) return null;
    this.#spare = null;
    return spare.socket.destroyed || !spare.socket.writable ? null : spare;
  }

  /** Registers a running request; the returned function takes it off again. */
  track(active: ActiveRequest): () => void {
    this.#active.add(active);
    return () => void this.#active.delete(active);
  }

  /** Whether a request that was let through is still running. */
  get isForwarding(): boolean {
    return this.#active.size > 0;
  }

  /** False when the new policy would not intercept this connection; running requests it forbids are ended. */
  survives(policy: Policy): boolean {
    // Plain HTTP that is let through unnamed is still forwarded request by request.
    const wanted = this.scheme === 'http' ? ['intercept', 'splice'] : ['intercept'];
    if (!wanted.includes(decideConnection(policy, this.factsNow()).kind)) return false;
    for (const active of [...this.#active]) {
      const decision = decideRequest(policy, { ...active.facts, connection: this.factsNow() });
      if (decision.kind === 'forward' && isSameEdit(decision, active.decision)) continue;
      active.abort(policyChanged());
    }
    return true;
  }

  /** Ends every running request, and says why. */
  abortAll(failure: GatewayFailure): void {
    for (const active of [...this.#active]) active.abort(failure);
  }

  /** The connection is over: the spare is nobody's. */
  close(): void {
    this.#spare?.socket.destroy();
    this.#spare = null;
  }
}

function answerSourceOf(host: string): AnswerSource | null {
  const vendor = vendorAt(host);
  if (vendor === null) return null;
  return { vendor: vendor.name, host, answers: vendor.answers, isTelling: readsHeadersAt(vendor, host) };
}

function isSameEdit(one: Forward, other: Forward): boolean {
  const [was, is] = [one.stamps, other.stamps];
  return was.length === is.length && was.every((stamp, at) => isSameStamp(stamp, is[at]));
}

function isSameStamp(one: Stamp, other: Stamp | undefined): boolean {
  return one.vendor === other?.vendor && one.header === other.header && one.value === other.value;
}

/** Requests that are stamped by the same vendors' headers may share a connection; `plain` is stamped by none. */
function policyClassOf({ stamps }: Forward): string {
  const [first, ...more] = stamps;
  if (first === undefined) return 'plain';
  return more.length === 0 ? first.vendor : [...new Set(stamps.map(({ vendor }) => vendor))].join('+');
}

/** Why what runs is ended when a new policy forbids it. */
export function policyChanged(): GatewayFailure {
  return new GatewayFailure(
    'policy-changed',
    'response',
    'the new policy does not let this request through as it is',
  );
}
