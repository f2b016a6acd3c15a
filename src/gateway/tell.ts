// The one place that writes to the record and counts: metrics are what the record says, added up.
// Must not know what an event is about.
import type { DecisionEvent, OutcomeEvent } from '../core/record/events.ts';
import type { MetricSink } from '../ports.ts';
import type { GateContext } from './context.ts';

/**
 * Writes an event and counts it; false when it is not in the record now. A decision that is not is not counted, because
 * nothing goes on by it; an outcome is, because it is held and follows.
 */
export function tell(
  { audit, metrics }: Pick<GateContext, 'audit' | 'metrics'>,
  event: DecisionEvent | OutcomeEvent,
): boolean {
  const written = audit.write(event);
  if (event.kind === 'outcome') countOutcome(metrics, event);
  else if (written) metrics.decided(event.stage, event.verdict, event.reason.code);
  return written;
}

function countOutcome(metrics: MetricSink, event: OutcomeEvent): void {
  const { stage, status, by, ms, bytesIn, bytesOut, vendor, said, failure } = event;
  // A connection is answered only where the gate refuses it; a tunnel that stands is no answer.
  if (stage === 'request' || by !== null) metrics.answered(by ?? 'none', status ?? 0);
  if (stage === 'request') metrics.took(by ?? 'none', ms);
  metrics.moved(bytesIn, bytesOut);
  if (vendor !== null && said !== null) metrics.vendorSaid(vendor, said);
  if (failure !== null) metrics.failed(failure.side, failure.code);
}
