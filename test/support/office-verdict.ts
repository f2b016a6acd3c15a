// The oracle of hostile tests: what went upstream of an office, in every reading, beside what its record says.
// Must not know what was tried.
import assert from 'node:assert/strict';
import { type Office, STAMP } from './office.ts';
import { type Unjoined, unjoined } from './record-join.ts';
import type { Expectation, Finding } from './stamp-verdict.ts';
import { until } from './until.ts';

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

/** Until every decision has its outcome, those on connections too, and what was on its way upstream is there. */
export async function untilOver(
  { gate, twin, plain }: Office,
  stage: 'request' | 'any' = 'any',
): Promise<void> {
  await until(() => {
    const open = new Set<string>();
    for (const event of gate.events()) {
      if (event.kind === 'gate' || (stage === 'request' && event.stage === 'connection')) continue;
      if (event.kind === 'decision') open.add(event.id);
      else open.delete(event.id);
    }
    return open.size === 0 ? true : null;
  }, 'a decision has no outcome');
  const received = (): number =>
    [...twin.connections(), ...plain.connections()].reduce((sum, { bytes }) => sum + bytes().length, 0);
  let last = received();
  for (let turns = 0; turns < QUIET_TURNS; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    if (received() === last) continue;
    last = received();
    turns = 0;
  }
}

const QUIET_TURNS = 10;

/** Drops what the twins and the record's reader keep. */
export function forgetOffice({ gate, twin, plain }: Office): void {
  for (const upstream of [twin, plain]) upstream.forget();
  gate.forgetEvents();
}
