// Calendar days in a time zone: when one ends, and which one an instant belongs to. Must not know what ends with them.

/** A time zone's calendar. */
export interface Calendar {
  /**
   * Milliseconds since 1970 UTC of the first instant that belongs to a later day than `day` (YYYY-MM-DD). That is its
   * midnight, or, where the clocks skip that, the instant at which they do. Null when there is no such day.
   */
  endOf(day: string): number | null;
  /** The day (YYYY-MM-DD) that an instant belongs to. */
  dayOf(instantMs: number): string;
  /** How many midnights lie between the instant and the end of `day`: 0 on the day itself, negative after it. */
  daysLeft(day: string, nowMs: number): number;
}

/** The calendar of an IANA time zone; null when Intl knows no such zone. */
export function calendarOf(timeZone: string): Calendar | null {
  const offsetAt = offsetsOf(timeZone);
  if (offsetAt === null) return null;
  return {
    endOf: (day) => {
      const start = startInUtc(day);
      return start === null ? null : instantOf(start + DAY_MS, offsetAt);
    },
    dayOf: (instantMs) => dayIn(instantMs + offsetAt(instantMs)),
    daysLeft: (day, nowMs) => {
      const today = Math.floor((nowMs + offsetAt(nowMs)) / DAY_MS);
      return Math.floor((startInUtc(day) ?? 0) / DAY_MS) - today;
    },
  };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
// Zones lie between 12 hours behind UTC and 14 ahead.
const BEHIND_MS = 13 * HOUR_MS;
const AHEAD_MS = 15 * HOUR_MS;

type OffsetAt = (instantMs: number) => number;

function startInUtc(day: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (match === null) return null;
  const [year, month, date] = match.slice(1).map(Number);
  const start = Date.UTC(year ?? 0, (month ?? 0) - 1, date ?? 0);
  return dayIn(start) === day ? start : null;
}

function dayIn(utcMs: number): string {
  return new Date(utcMs).toISOString().slice(0, 10);
}

/** The first instant at which the wall clock shows `wallMs`, or, where it never does, more. */
function instantOf(wallMs: number, offsetAt: OffsetAt): number {
  const [earliest, latest] = [wallMs - AHEAD_MS, wallMs + BEHIND_MS];
  const usual = wallMs - offsetAt(earliest);
  if (usual + offsetAt(usual) === wallMs) return usual;
  // The clocks change before it or skip it: they show less until some instant, and no less from then on.
  let [before, after] = [earliest / 1000, latest / 1000];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    const instant = middle * 1000;
    if (instant + offsetAt(instant) < wallMs) before = middle;
    else after = middle;
  }
  return after * 1000;
}

/** How far the zone's wall clock is ahead of UTC at an instant, in milliseconds. */
function offsetsOf(timeZone: string): OffsetAt | null {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return null;
  }
  return (instantMs) => {
    const whole = Math.floor(instantMs / 1000) * 1000;
    const part = Object.fromEntries(
      format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
  };
}
