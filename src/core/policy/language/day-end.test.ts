// Midnights around the world: the ends of days, with clocks that change on them, before them and at them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { calendarOf } from './day-end.ts';

/** The instants come from the zones' published rules: the offset that holds from that moment on is written out. */
const ENDS: readonly (readonly [what: string, zone: string, day: string, end: string])[] = [
  ['UTC', 'UTC', '2027-03-31', '2027-04-01T00:00:00Z'],
  ['a leap day', 'UTC', '2028-02-29', '2028-03-01T00:00:00Z'],
  ['an offset of half an hour', 'Asia/Kolkata', '2027-03-31', '2027-04-01T00:00:00+05:30'],
  ['an offset of three quarters', 'Asia/Kathmandu', '2027-03-31', '2027-04-01T00:00:00+05:45'],
  ['the zone farthest ahead', 'Pacific/Kiritimati', '2027-03-31', '2027-04-01T00:00:00+14:00'],
  ['a zone far behind', 'Pacific/Pago_Pago', '2027-03-31', '2027-04-01T00:00:00-11:00'],
  ['the day before the clocks go forward', 'Europe/Berlin', '2027-03-27', '2027-03-28T00:00:00+01:00'],
  ['the day on which the clocks go forward', 'Europe/Berlin', '2027-03-28', '2027-03-29T00:00:00+02:00'],
  ['the day on which the clocks go back', 'Europe/Berlin', '2027-10-31', '2027-11-01T00:00:00+01:00'],
  ['the day after', 'Europe/Berlin', '2027-11-01', '2027-11-02T00:00:00+01:00'],
  ['the day on which the clocks go forward', 'America/New_York', '2027-03-14', '2027-03-15T00:00:00-04:00'],
  ['the day on which the clocks go back', 'America/New_York', '2027-11-07', '2027-11-08T00:00:00-05:00'],
  ['New Year', 'America/Los_Angeles', '2027-12-31', '2028-01-01T00:00:00-08:00'],
  ['a midnight that the clocks skip', 'America/Sao_Paulo', '2018-11-03', '2018-11-04T00:00:00-03:00'],
  ['the day that then begins at one', 'America/Sao_Paulo', '2018-11-04', '2018-11-05T00:00:00-02:00'],
  ['a last hour that comes twice', 'America/Sao_Paulo', '2018-02-17', '2018-02-18T00:00:00-03:00'],
  ['a midnight that the clocks skip', 'Africa/Cairo', '2023-04-27', '2023-04-28T00:00:00+02:00'],
  ['a last hour that comes twice', 'Africa/Cairo', '2023-10-26', '2023-10-27T00:00:00+02:00'],
  ['a midnight that comes twice', 'America/Havana', '2018-11-03', '2018-11-04T00:00:00-04:00'],
  [
    'a midnight that is passed and comes again',
    'America/St_Johns',
    '2010-11-06',
    '2010-11-07T00:00:00-02:30',
  ],
  ['a day that the island never had', 'Pacific/Apia', '2011-12-30', '2011-12-31T00:00:00+14:00'],
  ['the day before it', 'Pacific/Apia', '2011-12-29', '2011-12-31T00:00:00+14:00'],
];

describe('endOf() finds the end of', () => {
  for (const [what, zone, day, end] of ENDS) {
    test(`${what} in ${zone}, ${day}`, () => {
      const found = calendarOf(zone)?.endOf(day) ?? 0;
      assert.equal(new Date(found).toISOString(), new Date(end).toISOString());
    });
  }
});

for (const day of ['2027-02-29', '2027-13-01', '2027-00-10', '2027-3-1', '27-03-01', 'soon', '']) {
  test(`endOf() knows no day ${JSON.stringify(day)}`, () => {
    assert.equal(calendarOf('UTC')?.endOf(day), null);
  });
}

test('calendarOf() knows no zone that there is not', () => {
  for (const zone of ['Mars/Olympus', '', 'Berlin']) assert.equal(calendarOf(zone), null);
});

for (const [zone, now, day] of [
  ['UTC', '2026-11-24T23:59:59.999Z', '2026-11-24'],
  ['Pacific/Auckland', '2026-11-24T11:00:00Z', '2026-11-25'],
  ['Pacific/Auckland', '2026-11-24T10:59:59.999Z', '2026-11-24'],
  ['America/New_York', '2026-11-25T04:59:59Z', '2026-11-24'],
] as const)
  test(`dayOf() is ${day} at ${now} in ${zone}`, () => {
    assert.equal(calendarOf(zone)?.dayOf(Date.parse(now)), day);
  });

const LEFT: readonly (readonly [zone: string, now: string, day: string, left: number])[] = [
  ['UTC', '2026-11-21T00:00:00Z', '2026-11-21', 0],
  ['UTC', '2026-11-21T23:59:59.999Z', '2026-11-21', 0],
  ['UTC', '2026-11-22T00:00:00Z', '2026-11-21', -1],
  ['UTC', '2026-11-21T23:59:59.999Z', '2026-12-21', 30],
  ['Asia/Kolkata', '2026-11-21T18:29:59Z', '2026-11-21', 0],
  ['Asia/Kolkata', '2026-11-21T18:30:00Z', '2026-11-21', -1],
  // 23 hours between the two midnights, and 25.
  ['Europe/Berlin', '2027-03-27T23:30:00Z', '2027-03-29', 1],
  ['Europe/Berlin', '2027-10-30T22:30:00Z', '2027-10-31', 0],
  ['Europe/Berlin', '2027-10-30T21:30:00Z', '2027-10-31', 1],
  ['America/New_York', '2026-11-22T04:59:59Z', '2026-11-21', 0],
];

for (const [zone, now, day, left] of LEFT) {
  test(`daysLeft() counts ${left} from ${now} to ${day} in ${zone}`, () => {
    assert.equal(calendarOf(zone)?.daysLeft(day, Date.parse(now)), left);
  });
}
