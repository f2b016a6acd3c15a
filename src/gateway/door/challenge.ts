// What a client is told that is not known, and what the record keeps of it. Must not know how it is said.
import type { GatewayFailure } from '../failure.ts';
import { failureAnswer } from '../request/admit.ts';
import type { GateAnswer } from '../request/answer.ts';
import { RequestRecord } from '../request/request-record.ts';
import type { Visit } from '../visit.ts';

/** The answer, recorded where that is due. */
export function challengeAnswer(visit: Visit, failure: GatewayFailure): GateAnswer {
  return failureAnswer(failure, recordChallenge(visit, failure));
}

/**
 * Everyone is asked once, and only counted; who answers wrong is recorded, each time. Who is to wait is recorded once a
 * connection: nothing is verified meanwhile, so that it costs a client nothing to ask on. Returns the reference.
 */
function recordChallenge(visit: Visit, failure: GatewayFailure): string {
  if (failure.side === 'client') visit.context.metrics.challenged(visit.listener.name);
  const isKnown = failure.code === 'credentials-wait' && visit.isToldToWait;
  if (failure.code === 'credentials-wanted' || isKnown) return visit.id;
  visit.isToldToWait = failure.code === 'credentials-wait';
  const record = new RequestRecord(visit);
  record.status = failure.status;
  record.by = 'gate';
  record.finish(failure);
  return record.id;
}
