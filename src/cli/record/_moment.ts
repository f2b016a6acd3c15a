// A moment as people write it: a day, a time, how long ago, or a word such as `yesterday` or `last monday`, all in UTC.
// Must not know what is asked about it.
import { parseDuration } from '../../core/settings/duration.ts';

/** Milliseconds since 1970 UTC; null when the text names no moment. A day, a week or a month is its beginning. */
export function parseMoment(text: string, nowMs: number): number | null {
  const said = text.trim().toLowerCase().replace(/\s+/g, ' ');
  return agoMs(said, nowMs) ?? writtenMs(said) ?? namedMs(said, nowMs);
}

/** What can be written, for a message. */
export const MOMENT_FORMS =
  'write a day as 2026-11-21, a time as 2026-11-21T08:00:00Z, how long ago as 7d or "2 hours ago", or a word: now, today, yesterday, monday, "last week", "this month", each also with a time as "yesterday 14:00"';

const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: DAY_MS,
  week: 7 * DAY_MS,
};
// Weeks begin on Monday (ISO 8601).
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

function agoMs(said: string, nowMs: number): number | null {
  const short = parseDuration(said.replace(/ ago$/, ''));
  if (short.ok) return nowMs - short.value;
  const found = /^(an?|one|\d{1,6}) (second|minute|hour|day|week|month|year)s?(?: ago)?$/.exec(said);
  if (found === null) return null;
  const [, many = '', unit = ''] = found;
  const count = /^\d/.test(many) ? Number(many) : 1;
  const size = UNITS[unit];
  if (size !== undefined) return nowMs - count * size;
  return monthsBefore(nowMs, unit === 'year' ? 12 * count : count);
}

function writtenMs(said: string): number | null {
  // A time with its day says its zone: without one it might be meant as local.
  const month = /^(\d{4}-\d\d)$/.exec(said);
  if (month !== null) return validMs(`${month[1]}-01T00:00Z`);
  const found = /^(\d{4}-\d\d-\d\d)(?:[t ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?) ?(z|utc|[+-]\d\d:\d\d))?$/.exec(
    said,
  );
  if (found === null) return null;
  const [, day = '', time = '00:00', zone = 'z'] = found;
  return validMs(`${day}T${time}${zone === 'utc' ? 'Z' : zone.toUpperCase()}`);
}

function namedMs(said: string, nowMs: number): number | null {
  if (said === 'now') return nowMs;
  const alone = timeMs(said);
  const today = nowMs - (nowMs % DAY_MS);
  if (alone !== null) return today + alone;
  const found = /^(.+?)(?: at)? (\d{1,2}:\d\d(?::\d\d)?)$/.exec(said);
  const day = dayMs(found?.[1] ?? said, today);
  const time = found === null ? 0 : timeMs(found[2] ?? '');
  return day === null || time === null ? null : day + time;
}

function dayMs(said: string, today: number): number | null {
  if (said === 'today' || said === 'midnight' || said === 'this day') return today;
  if (said === 'yesterday' || said === 'last day') return today - DAY_MS;
  const [, last, name = ''] = /^(last |this |on )?(\S+)$/.exec(said) ?? [];
  // 1970-01-01 was a Thursday.
  const weekday = (today / DAY_MS + 3) % 7;
  const at = WEEKDAYS.findIndex((day) => name === day || (name.length === 3 && day.startsWith(name)));
  if (at >= 0) {
    const since = (weekday - at + 7) % 7;
    return today - (since === 0 && last === 'last ' ? 7 : since) * DAY_MS;
  }
  if (last !== 'last ' && last !== 'this ') return null;
  const back = last === 'last ' ? 1 : 0;
  if (name === 'week') return today - (weekday + 7 * back) * DAY_MS;
  const now = new Date(today);
  if (name === 'month') return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1);
  return name === 'year' ? Date.UTC(now.getUTCFullYear() - back, 0, 1) : null;
}

function timeMs(said: string): number | null {
  const found = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(said);
  if (found === null) return null;
  const [hours, minutes, seconds] = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000;
}

/** The same day of the month, or its last where it has no such day. */
function monthsBefore(nowMs: number, months: number): number {
  const now = new Date(nowMs);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth() - months];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(now.getUTCDate(), last)) + (nowMs % DAY_MS);
}

/** Null for a day or an hour that there is not; Date.parse takes 30 February for 2 March. */
function validMs(iso: string): number | null {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return null;
  const day = iso.slice(0, 10);
  return new Date(Date.parse(`${day}T00:00Z`)).toISOString().startsWith(day) ? ms : null;
}
