// Joins what upstream saw with what the record says: every request has a decision of its own that let it go, says the
// stamp that it carried, and was written before it arrived. Must not know the gate's code.

import { redactTarget } from '../../src/core/base/redact.ts';
import type { AuditEvent, DecisionEvent } from '../../src/core/record/events.ts';
import { valuesOf } from './request-readings.ts';
import type { TwinRequest } from './twin.ts';

export interface Unjoined {
  readonly what: 'unrecorded' | 'recorded-late' | 'recorded-otherwise';
  readonly request: string;
  readonly seen: readonly string[];
}

/** What upstream saw over one scheme. */
export interface Seen {
  readonly scheme: 'https' | 'http';
  readonly requests: readonly TwinRequest[];
}

/** The requests that no decision joins; empty when each has its own. */
export function unjoined(
  seen: readonly Seen[],
  events: readonly AuditEvent[],
  header: string,
): readonly Unjoined[] {
  const decisions = new Map<string, DecisionEvent[]>();
  for (const event of events) {
    if (event.kind !== 'decision' || event.request === null || event.verdict !== 'forward') continue;
    const key = decisionKey(event);
    decisions.set(key, [...(decisions.get(key) ?? []), event]);
  }
  return seen.flatMap(({ scheme, requests }) =>
    requests.flatMap((request): Unjoined[] => {
      const key = requestKey(scheme, request);
      const decision = decisions.get(key)?.shift();
      if (decision === undefined) return [{ what: 'unrecorded', request: key, seen: request.headers }];
      const what = faultBetween(request, decision, header);
      return what === null
        ? []
        : [{ what, request: key, seen: [decision.at, String(decision.stamps[0]?.value ?? null)] }];
    }),
  );
}

function faultBetween(
  request: TwinRequest,
  decision: DecisionEvent,
  header: string,
): Unjoined['what'] | null {
  if (Date.parse(decision.at) > request.receivedMs) return 'recorded-late';
  const [stamp = null] = valuesOf(request.headers, header);
  return stamp === (decision.stamps[0]?.value ?? null) ? null : 'recorded-otherwise';
}

function decisionKey({ scheme, destination, request }: DecisionEvent): string {
  const host = destination.slice(0, destination.lastIndexOf(':'));
  const method = request?.websocket === true ? 'websocket' : request?.method;
  return `${scheme} ${method} ${host} ${request?.path}`;
}

function requestKey(scheme: string, { method, target, headers }: TwinRequest): string {
  const value = (name: string): string =>
    headers.find((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name) ?? '';
  const isWebSocket = value(':protocol') === 'websocket' || value('upgrade').toLowerCase() === 'websocket';
  const host = (value(':authority') || value('host')).toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  return `${scheme} ${isWebSocket ? 'websocket' : method} ${host} ${redactTarget(target)}`;
}
