// The ends of exemptions, while policies change in between.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { compilePolicy } from '../core/policy/compile/compile.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import { parsePolicy } from '../core/policy/language/parse.ts';
import { ExemptionEnds } from './exemption-ends.ts';

const NOON = Date.parse('2027-03-31T12:00:00Z');
const MIDNIGHT = Date.parse('2027-04-01T00:00:00Z');

function policy(until: string | null): Policy {
  const end = until === null ? '' : `, until: ${until}`;
  const text = `version: 1\nrestrict: { enterprises: ["1"] }\nexempt: [{ users: dave${end} }]\nallow: [github.com]\notherwise: block\n`;
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return compilePolicy(parsed.value, { revision: text });
}

function ends(t: TestContext, first: Policy) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let [current, nowMs] = [first, NOON];
  let change: () => void = () => undefined;
  const told: Policy[] = [];
  const clock = { now: () => nowMs, monotonic: () => nowMs };
  const source = {
    current: () => current,
    onChange: (listener: (policy: Policy) => void) => {
      change = () => listener(current);
      return () => undefined;
    },
  };
  const subject = new ExemptionEnds({ policy: source, clock }, (at) => told.push(at));
  t.after(() => subject.close());
  return {
    told,
    load: (next: Policy): void => {
      current = next;
      change();
    },
    at: (ms: number): void => {
      nowMs = ms;
      t.mock.timers.tick(1_000);
    },
  };
}

test('ExemptionEnds tells an end once, at its midnight and not before', (t) => {
  const { told, at } = ends(t, policy('2027-03-31'));
  at(MIDNIGHT - 1);
  assert.equal(told.length, 0);
  at(MIDNIGHT);
  at(MIDNIGHT + 1_000);
  assert.equal(told.length, 1);
});

for (const [name, first] of [
  ['has none', null],
  ['has a later one', '2027-12-31'],
] as const) {
  test(`R-52 ExemptionEnds tells the end that a reload brings, where the policy before ${name}`, (t) => {
    const { told, at, load } = ends(t, policy(first));
    const loaded = policy('2027-03-31');
    load(loaded);
    at(MIDNIGHT);
    assert.deepEqual(told, [loaded]);
  });
}
