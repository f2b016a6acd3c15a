// When a calendar day ends in a time zone. Must not know what ends with it.

/**
 * Milliseconds since 1970 UTC of the midnight that ends `day` (YYYY-MM-DD) in the IANA time zone.
 * Null when there is no such day or no such time zone.
 */
export function dayEnd(day: string, timeZone: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (match === null) return null;
  const [year, month, date] = match.slice(1).map(Number);
  const start = Date.UTC(year ?? 0, (month ?? 0) - 1, date ?? 0);
  if (new Date(start).toISOString().slice(0, 10) !== day) return null;
  const wallMidnight = start + DAY_MS;
  const guess = offsetAt(wallMidnight, timeZone);
  if (guess === null) return null;
  // The offset may change between the guess and the midnight itself.
  return wallMidnight - (offsetAt(wallMidnight - guess, timeZone) ?? guess);
}

const DAY_MS = 86_400_000;

/** How far the zone's wall clock is ahead of UTC at an instant, in milliseconds. */
function offsetAt(instantMs: number, timeZone: string): number | null {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    const part = Object.fromEntries(
      format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - instantMs;
  } catch {
    // Intl knows no such time zone.
    return null;
  }
}
