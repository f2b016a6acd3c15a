// The token bucket per client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IpAddress, parseIpAddress } from './ip-address.ts';
import { ClientLimit } from './rate-limit.ts';

const SETTINGS = { burst: 2, perSecond: 2 };

test('take() lets a burst through, then what comes back per second, and never saves up more than the burst', () => {
  let nowMs = 7;
  const limit = new ClientLimit(SETTINGS, () => nowMs);
  const take = (count: number): boolean[] =>
    Array.from({ length: count }, () => limit.take(address('10.0.0.1')));
  assert.deepEqual(take(3), [true, true, false]);
  nowMs += 500;
  assert.deepEqual(take(2), [true, false]);
  nowMs += 3_600_000;
  assert.deepEqual(take(3), [true, true, false]);
});

const PAIRS: readonly {
  readonly name: string;
  readonly pair: readonly [string, string];
  readonly same: boolean;
}[] = [
  { name: 'two IPv4 addresses', pair: ['10.0.0.1', '10.0.0.2'], same: false },
  { name: 'two addresses of one IPv6 /64', pair: ['2001:db8::1', '2001:db8:0:0:ffff::1'], same: true },
  { name: 'two halves of one IPv6 /64', pair: ['2001:db8::1', '2001:db8:0:0:8000::1'], same: true },
  { name: 'two IPv6 networks', pair: ['2001:db8::1', '2001:db8:0:1::1'], same: false },
  { name: 'the two IPv6 networks of a /63', pair: ['2001:db8:0:2::1', '2001:db8:0:3::1'], same: false },
  { name: 'an IPv4 address and its mapped spelling', pair: ['10.0.0.1', '::ffff:10.0.0.1'], same: true },
];
for (const row of PAIRS) {
  test(`take() takes ${row.name} for ${row.same ? 'one client' : 'two clients'}`, () => {
    const limit = new ClientLimit({ burst: 1, perSecond: 0 }, () => 0);
    assert.equal(limit.take(address(row.pair[0])), true);
    assert.equal(limit.take(address(row.pair[1])), !row.same);
  });
}

test('take() remembers the most recent clients only', () => {
  const limit = new ClientLimit({ burst: 1, perSecond: 0 }, () => 0, 2);
  const answers = ['10.0.0.1', '10.0.0.2', '10.0.0.1', '10.0.0.3', '10.0.0.2', '10.0.0.3'].map((client) =>
    limit.take(address(client)),
  );
  assert.deepEqual(answers, [true, true, false, true, true, false]);
});

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  assert.ok(parsed.ok);
  return parsed.value;
}
