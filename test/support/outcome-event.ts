// An outcome as the gate records it, for tests of whatever writes, joins and finds events.
// Must not know who writes it.
import type { OutcomeEvent } from '../../src/core/record/events.ts';

/** How a request ended well, under a reference of the test's own. */
export function outcomeEvent(id: string): OutcomeEvent {
  return {
    v: 1,
    at: '2026-11-21T12:00:00.000Z',
    id,
    stage: 'request',
    kind: 'outcome',
    listener: 'office',
    client: { address: '10.1.2.3', port: 50_123, user: null, userAgent: null },
    destination: 'github.com:443',
    status: 200,
    by: 'upstream',
    bytesIn: 0,
    bytesOut: 1,
    ms: 1,
    vendor: null,
    requestId: null,
    said: null,
    failure: null,
  };
}
