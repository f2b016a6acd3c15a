// The oracle of hostile tests: what went upstream of an office, in every reading, beside what its record says.
// Must not know what was tried.
import assert from 'node:assert/strict';
import { type Office, STAMP } from './office.ts';
import { type Unjoined, unjoined } from './record-join.ts';
import type { Expectation, Finding } from './stamp-verdict.ts';

/** The one right stamp, or none; a function says it for each request. */
export type Stamp = Expectation['value'];

/** Whatever is wrong with what went upstream since the twins last forgot; empty when nothing is. */
export async function officeFaults(
  { gate, twin, plain }: Office,
  value: Stamp = '12345',
): Promise<readonly (Finding | Unjoined)[]> {
  const expectation = { header: STAMP, value };
  const seen = [
    { scheme: 'https' as const, requests: twin.requests() },
    { scheme: 'http' as const, requests: plain.requests() },
  ];
  return [
    ...(await twin.verdict(expectation)),
    ...(await plain.verdict(expectation)),
    ...unjoined(seen, gate.events(), STAMP),
  ];
}

/** Every request upstream was stamped right in every reading, and recorded before it went. */
export async function assertOfficeHolds(office: Office, value: Stamp = '12345'): Promise<void> {
  assert.deepEqual(await officeFaults(office, value), []);
}

/** How many requests went upstream since the twins last forgot. */
export function requestsUpstream({ twin, plain }: Office): number {
  return twin.requests().length + plain.requests().length;
}
