// Which exemptions have ended, and which end soon. Must not know how that is shown.
import { calendarOf } from './day-end.ts';
import type { PolicyDocument } from './policy-document.ts';

/** How many days ahead an end is soon. */
const SOON_DAYS = 30;

/** An exemption with a day, and where it stands. */
export interface EndingExemption {
  readonly name: string;
  /** Its last day, as written. */
  readonly until: string;
  /** Days from today to that day in the policy's time zone: 0 on the day itself, negative after it. */
  readonly daysLeft: number;
  readonly ended: boolean;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Those that ended or end within SOON_DAYS, the earliest end first. `nowMs` counts milliseconds since 1970 UTC. */
export function endingExemptions(
  { exempt, timeZone }: PolicyDocument,
  { nowMs }: { readonly nowMs: number },
): readonly EndingExemption[] {
  const calendar = calendarOf(timeZone);
  return exempt
    .flatMap(({ name, until, place }) => {
      if (until === null || calendar === null) return [];
      const daysLeft = calendar.daysLeft(until.day, nowMs);
      const entry = { name, until: until.day, daysLeft, ended: nowMs >= until.endMs, ...place };
      return daysLeft <= SOON_DAYS ? [entry] : [];
    })
    .toSorted((a, b) => a.daysLeft - b.daysLeft);
}
