// The one gate of a request: decided by the policy in force, recorded before anything goes upstream, refused in words.
// Must not know how requests arrive or travel.
import { decideRequest } from '../../core/policy/decide/decide-request.ts';
import { refusalText } from '../../core/policy/decide/explain.ts';
import type { Block, Forward } from '../../core/policy/decision.ts';
import type { ConnectionFacts, RequestFacts } from '../../core/policy/facts.ts';
import { GatewayFailure } from '../failure.ts';
import type { Visit } from '../visit.ts';
import type { GateAnswer } from './answer.ts';
import { RequestRecord, type RequestWords, recorded } from './request-record.ts';

/** Go on, recorded; or this answer instead, recorded too unless the record is what failed. */
export type Admission = Admitted | Refused;

export interface Admitted {
  readonly kind: 'forward';
  readonly record: RequestRecord;
  readonly decision: Forward;
}

export interface Refused {
  readonly kind: 'answer';
  readonly record: RequestRecord;
  readonly answer: GateAnswer;
  readonly failure: GatewayFailure | null;
}

/** Judges one request on an intercepted connection or of a plain-HTTP proxy client. */
export function admit(visit: Visit, facts: RequestFacts, words: RequestWords): Admission {
  const decision = decideRequest(visit.context.policy.current(), facts);
  const record = new RequestRecord(visit);
  if (!record.decide(facts.connection, words, recorded(decision))) return unrecorded(record);
  if (decision.kind === 'forward') return { kind: 'forward', record, decision };
  return {
    kind: 'answer',
    record,
    answer: blockAnswer(visit, { block: decision, facts: facts.connection, reference: record.id }),
    failure: null,
  };
}

/** Records a plain-HTTP request whose destination was refused before any path was looked at. */
export function refuseDestination(
  visit: Visit,
  refused: { readonly facts: RequestFacts; readonly words: RequestWords; readonly block: Block },
): Refused {
  const record = new RequestRecord(visit);
  const { facts, words, block } = refused;
  if (!record.decide(facts.connection, words, recorded(block))) return unrecorded(record);
  return {
    kind: 'answer',
    record,
    answer: blockAnswer(visit, { block, facts: facts.connection, reference: record.id }),
    failure: null,
  };
}

/** The answer to a block. */
export function blockAnswer(
  visit: Visit,
  blocked: { readonly block: Block; readonly facts: ConnectionFacts; readonly reference: string },
): GateAnswer {
  const { block, facts, reference } = blocked;
  return {
    status: block.status,
    code: block.reason.code,
    rule: block.reason.rule,
    text: refusalText(block, facts, visit.context.policy.current()),
    say: block.say,
    reference,
    error: 'http_request_denied',
    retryAfter: null,
  };
}

/** The answer to a failure, where one can still be sent. */
export function failureAnswer(failure: GatewayFailure, reference: string): GateAnswer {
  return {
    status: failure.status,
    code: failure.code,
    rule: null,
    text: `${failure.row.words} (${failure.detail})`,
    say: null,
    reference,
    error: failure.row.is.error,
    retryAfter: failure.retryAfterSeconds,
  };
}

function unrecorded(record: RequestRecord): Refused {
  const failure = new GatewayFailure(
    'record-unavailable',
    'request',
    'the decision could not be written to the audit record',
  );
  return { kind: 'answer', record, answer: failureAnswer(failure, record.id), failure };
}
