// One connection from accept to close: its id, phase, counters, and exactly one closing record.
// Must not know how bytes move.
import { type Destination, destinationText } from '../core/base/destination.ts';
import type { IpAddress } from '../core/base/ip-address.ts';
import { redactAuthority, shownUserAgent } from '../core/base/redact.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import type { ConnectionDecision } from '../core/policy/decision.ts';
import type { ClientFacts, ConnectionFacts } from '../core/policy/facts.ts';
import type { OutcomeEvent } from '../core/record/events.ts';
import type { IdentityKnown, IdentityStep } from '../ports.ts';
import type { GateContext, ListenerOptions } from './context.ts';
import { GatewayFailure, type Phase } from './failure.ts';
import type { FailureCode } from './failure-table.ts';
import { tell } from './tell.ts';

/** What a live step of a connection can be told to do from outside. */
export interface VisitControl {
  /** Asked at shutdown: finish what runs, begin nothing new. */
  drain(): void;
  /** End now. */
  abort(failure: GatewayFailure): void;
}

/** Where the client's bytes come from: the socket, or the PROXY header of a listed peer. */
export interface ClientAddress {
  readonly address: IpAddress;
  readonly port: number;
}

export class Visit {
  readonly id: string;
  readonly context: GateContext;
  readonly listener: ListenerOptions;
  readonly startedMs: number;
  client: ClientAddress;
  /** False when only a balancer's own address is known, which says nothing of the client. */
  isAddressKnown = true;
  phase: Phase = 'accept';
  control: VisitControl | null = null;
  /** Asked after a policy change; ends what the new policy forbids. Null while nothing is forwarded. */
  review: ((policy: Policy) => void) | null = null;
  bytesIn = 0;
  bytesOut = 0;
  /** The last status the gate itself sent for the connection, such as a refused CONNECT. */
  status: number | null = null;
  /** Wrong credentials came before, and the record has it that this client must wait. */
  isToldToWait = false;
  /** Why the gate answers a CONNECT itself; recorded when the connection closes without another failure. */
  refusedFor: GatewayFailure | null = null;
  /** What the proxy request asks for, as the record shows it; null while nothing is named. */
  destination: string | null = null;
  #userAgent: string | null = null;
  #identity: IdentityKnown | null = null;
  /** An exchange of credentials that waits for the client's next answer. */
  #identityStep: IdentityStep | null = null;
  #facts: ClientFacts | null = null;
  #requests = 0;
  #isRecorded = false;
  /** What the last outcome of a request told: the code of its failure, or null. */
  #told: FailureCode | null = null;
  #isClosed = false;
  readonly #onClosed: (visit: Visit) => void;

  constructor(context: GateContext, origin: VisitOrigin) {
    this.id = context.nextId();
    this.context = context;
    this.listener = origin.listener;
    this.client = origin.client;
    this.#onClosed = origin.onClosed;
    this.startedMs = context.clock.monotonic();
    context.metrics.connectionOpened(origin.listener.name);
  }

  get user(): string | null {
    return this.#identity?.user ?? null;
  }

  /** Who the client proved to be, or null. */
  identified(identity: IdentityKnown | null): void {
    this.#identity = identity;
  }

  /** The client is to answer with another step of its credentials; a connection that closed meanwhile gives it up. */
  keepIdentityStep(step: IdentityStep): void {
    if (this.#isClosed) step.abandon();
    else this.#identityStep = step;
  }

  /** The step that waits, handed over: whoever takes it goes on with it or gives it up. */
  takeIdentityStep(): IdentityStep | null {
    const step = this.#identityStep;
    this.#identityStep = null;
    return step;
  }

  /** Asked when who is known has changed: null while the client is still who it proved to be. */
  identityFault(): GatewayFailure | null {
    if (this.#identity === null || this.#identity.holds()) return null;
    return new GatewayFailure(
      'credentials-revoked',
      this.phase,
      `the credentials of ${this.#identity.user} were changed or removed`,
    );
  }

  /**
   * The facts a decision is made on; identity comes from the identity source and the address alone. One object for as
   * long as they hold, since a policy remembers what it found about it.
   */
  clientFacts(): ClientFacts {
    const known = this.#facts;
    const from = this.isAddressKnown ? this.client.address : null;
    if (known !== null && known.user === this.user && known.from === from) return known;
    const { user, listener } = this;
    this.#facts = { user, groups: this.#identity?.groups ?? [], from, device: null, listener: listener.name };
    return this.#facts;
  }

  /** A proxy request begins: what the ends of this connection are called by from now on. */
  asks(destination: Destination | null, userAgent: string | null): void {
    this.destination = destination === null ? null : shownDestination(destination);
    this.#userAgent = shownUserAgent(userAgent);
  }

  /** Whose connection this is and where it leads, as far as known. */
  whose(): Pick<OutcomeEvent, 'listener' | 'client' | 'destination'> {
    const { address, port } = this.client;
    const client = { address, port, user: this.user, userAgent: this.#userAgent };
    return { listener: this.listener.name, client, destination: this.destination };
  }

  connectionFacts(destination: Destination, scheme: 'https' | 'http'): ConnectionFacts {
    const isGate = destination.kind === 'address' && this.context.isGate(destination.host, destination.port);
    return { client: this.clientFacts(), destination, scheme, isGate, nowMs: this.context.clock.now() };
  }

  /** The id of the next request on this connection. */
  nextRequestId(): string {
    this.#requests += 1;
    return `${this.id}.${this.#requests}`;
  }

  /** Writes what was decided of the tunnel; false when it could not be written, and then nothing may go on. */
  recordDecision(facts: ConnectionFacts, decision: ConnectionDecision): boolean {
    const { clock, policy } = this.context;
    const verdict = decision.kind === 'intercept' ? 'forward' : decision.kind;
    const written = tell(this.context, {
      v: 1,
      at: new Date(clock.now()).toISOString(),
      id: this.id,
      stage: 'connection',
      kind: 'decision',
      ...this.whose(),
      destination: shownDestination(facts.destination),
      scheme: facts.scheme,
      request: null,
      verdict,
      reason: decision.reason,
      wouldBlock: decision.wouldBlock,
      restricted: null,
      stamps: [],
      wouldStamps: [],
      policy: policy.current().revision,
      signs: [],
    });
    this.#isRecorded ||= written;
    return written;
  }

  /** The outcome of a request of this connection tells this. */
  tells(failure: GatewayFailure | null): void {
    this.#told = failure?.code ?? null;
  }

  /** The code of the failure that the last request ended in; null when it ended well, or there was none. */
  get told(): FailureCode | null {
    return this.#told;
  }

  /**
   * The one closing record: of every tunnel, and of every connection that ended in a failure that no request of it told.
   * Later calls do nothing.
   */
  close(end: GatewayFailure | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.takeIdentityStep()?.abandon();
    const failure = end ?? this.refusedFor;
    const { metrics, clock } = this.context;
    metrics.connectionClosed(this.listener.name);
    if (failure?.code === 'client-refused-leaf') this.#noteRefusal();
    if (this.#isRecorded || (failure !== null && failure.code !== this.#told)) {
      tell(this.context, {
        v: 1,
        at: new Date(clock.now()).toISOString(),
        id: this.id,
        stage: 'connection',
        kind: 'outcome',
        ...this.whose(),
        status: this.status,
        by: this.status === null ? null : 'gate',
        bytesIn: this.bytesIn,
        bytesOut: this.bytesOut,
        ms: elapsedMs(clock.monotonic() - this.startedMs),
        vendor: null,
        requestId: null,
        said: null,
        failure: failure === null ? null : failureFields(failure),
      });
    }
    this.#onClosed(this);
  }

  #noteRefusal(): void {
    const { client, destination } = this.whose();
    const { address, user, userAgent } = client;
    this.context.notices.leafRefused({ client: address, user, userAgent, destination, reference: this.id });
  }
}

/** A destination as the record shows it. */
export function shownDestination(destination: Destination): string {
  return destination.kind === 'malformed' ? redactAuthority(destination.text) : destinationText(destination);
}

interface VisitOrigin {
  readonly listener: ListenerOptions;
  readonly client: ClientAddress;
  readonly onClosed: (visit: Visit) => void;
}

/** A failure as the record shows it. */
export function failureFields(failure: GatewayFailure): {
  readonly code: string;
  readonly side: 'client' | 'upstream' | 'gateway';
  readonly phase: string;
  readonly detail: string;
} {
  return { code: failure.code, side: failure.side, phase: failure.phase, detail: failure.detail };
}

/** Milliseconds with three decimals, as the record shows durations. */
export function elapsedMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
