// The record of one request: the decision is written before upstream sees a byte, the outcome exactly once after.
// Must not know how the request travels.

import { redactMethod, redactTarget, shownUserAgent } from '../../core/base/redact.ts';
import type { Reason, RequestDecision } from '../../core/policy/decision.ts';
import type { ConnectionFacts } from '../../core/policy/facts.ts';
import type { Stamp } from '../../core/policy/header-edit.ts';
import type { DecisionEvent, OutcomeEvent } from '../../core/record/events.ts';
import { type Token, tokenOf } from '../../core/vendors/github/credential.ts';
import type { GatewayFailure } from '../failure.ts';
import { tell } from '../tell.ts';
import { elapsedMs, failureFields, shownDestination, type Visit } from '../visit.ts';
import type { Survey } from './survey.ts';

/** What a request says of itself, the same for HTTP/1 and HTTP/2. */
export interface RequestWords {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: '1.0' | '1.1' | '2';
  readonly websocket: boolean;
  readonly survey: Survey;
}

/** What of a decision the record shows; a connection block of an absolute-form request has the same shape. */
export interface RecordedDecision {
  readonly kind: 'block' | 'forward';
  readonly reason: Reason;
  readonly wouldBlock: Reason | null;
  readonly restricted: boolean | null;
  readonly stamps: readonly Stamp[];
  readonly wouldStamps: readonly Stamp[];
}

export class RequestRecord {
  readonly id: string;
  bytesIn = 0;
  bytesOut = 0;
  status: number | null = null;
  by: 'upstream' | 'gate' | null = null;
  vendor: OutcomeEvent['vendor'] = null;
  requestId: OutcomeEvent['requestId'] = null;
  said: OutcomeEvent['said'] = null;
  /** How upstream refused the request unprocessed, once for each try that was in vain. */
  readonly repeats: string[] = [];
  readonly #visit: Visit;
  readonly #startedMs: number;
  readonly #whose: ReturnType<Visit['whose']>;
  #cause: GatewayFailure | null = null;
  #isFinished = false;

  constructor(visit: Visit) {
    this.#visit = visit;
    this.id = visit.nextRequestId();
    this.#startedMs = visit.context.clock.monotonic();
    this.#whose = visit.whose();
  }

  /** Writes the decision; false when it could not be written, and then nothing may go on. */
  decide(facts: ConnectionFacts, words: RequestWords, decision: RecordedDecision): boolean {
    const visit = this.#visit;
    const { clock, policy } = visit.context;
    return tell(visit.context, {
      v: 1,
      at: new Date(clock.now()).toISOString(),
      id: this.id,
      stage: 'request',
      kind: 'decision',
      ...visit.whose(),
      destination: shownDestination(facts.destination),
      scheme: facts.scheme,
      request: this.#requestFields(words),
      verdict: decision.kind,
      reason: decision.reason,
      wouldBlock: decision.wouldBlock,
      restricted: decision.restricted,
      stamps: decision.stamps,
      wouldStamps: decision.wouldStamps,
      policy: policy.current().revision,
      signs: words.survey.signs,
    });
  }

  /** Names the cause of an end that is about to come; the outcome reports it in place of what it looks like from there. */
  blame(cause: GatewayFailure): void {
    this.#cause ??= cause;
  }

  /** Writes the outcome, once; later calls do nothing. */
  finish(seen: GatewayFailure | null): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    const failure = this.#cause ?? seen;
    const { context } = this.#visit;
    this.#visit.tells(failure);
    const { clock } = context;
    tell(context, {
      v: 1,
      at: new Date(clock.now()).toISOString(),
      id: this.id,
      stage: 'request',
      kind: 'outcome',
      ...this.#whose,
      status: this.status,
      by: this.by,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      ms: elapsedMs(clock.monotonic() - this.#startedMs),
      vendor: this.vendor,
      requestId: this.requestId,
      ...(this.repeats.length === 0 ? {} : { repeats: this.repeats }),
      said: this.said,
      failure: failure === null ? null : failureFields(failure),
    });
  }

  #requestFields(words: RequestWords): DecisionEvent['request'] {
    const { authorization, userAgent } = words.survey;
    const credential: Token | null = authorization === null ? null : tokenOf(authorization);
    return {
      method: redactMethod(words.method),
      path: redactTarget(words.target),
      httpVersion: words.httpVersion,
      websocket: words.websocket,
      userAgent: shownUserAgent(userAgent),
      tokenKind: credential?.kind ?? null,
      tokenPrint: credential === null ? null : this.#visit.context.printer.print(credential.secret),
    };
  }
}

/** A request decision as the record shows it. */
export function recorded(decision: RequestDecision): RecordedDecision {
  if (decision.kind === 'block') {
    const { kind, reason, wouldBlock } = decision;
    return { kind, reason, wouldBlock, restricted: null, stamps: [], wouldStamps: [] };
  }
  const { kind, reason, wouldBlock, restricted, stamps, wouldStamps } = decision;
  return { kind, reason, wouldBlock, restricted, stamps, wouldStamps };
}
