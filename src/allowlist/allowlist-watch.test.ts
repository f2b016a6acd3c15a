// The watch over GitHub's list, with a list, a policy and a clock that the test moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../core/policy/compile/compile.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import { parsePolicy } from '../core/policy/language/parse.ts';
import type { AllowlistDriftDetail } from '../core/record/events.ts';
import { AllowlistWatch } from './allowlist-watch.ts';
import type { PublishedAnswer } from './fetch-published.ts';

function policyOf(allow: readonly string[], revision: string): Policy {
  const text = `version: 1\nallow: ${JSON.stringify(allow)}\notherwise: block\n`;
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  return compilePolicy(parsed.value, { revision });
}

function list(names: readonly string[], etag: string): PublishedAnswer {
  return {
    kind: 'changed',
    etag,
    body: JSON.stringify({ domains: { website: names, copilot: ['c.example'] } }),
  };
}

/** A watch whose answers stand ready in order; `turn` lets the time pass that it wants to wait. */
function watchOf(
  answers: readonly PublishedAnswer[],
  categories: readonly string[] | null = ['website'],
  monotonic = () => 0,
) {
  const left = [...answers];
  const seen = {
    asked: [] as (string | null)[],
    waits: [] as number[],
    told: [] as AllowlistDriftDetail[],
    lines: [] as string[],
    checks: [] as string[],
    drift: [] as unknown[],
  };
  let policy = policyOf(['a.example'], 'first');
  let listener: (policy: Policy) => void = () => undefined;
  let act: (() => void) | null = null;
  const line = (level: string) => (message: string) => void seen.lines.push(`${level} ${message}`);
  const watch = new AllowlistWatch({
    url: 'https://api.github.com/meta',
    everyMs: 86_400_000,
    categories,
    fetch: async (etag) => {
      seen.asked.push(etag);
      return left.shift() ?? { kind: 'failed', detail: 'nothing more' };
    },
    policy: {
      current: () => policy,
      onChange: (given) => {
        listener = given;
        return () => {
          listener = () => undefined;
        };
      },
    },
    clock: { now: () => Date.parse('2026-11-24T12:00:00Z'), monotonic },
    log: { info: line('info'), warn: line('warn'), error: line('error') },
    metrics: {
      allowlistChecked: (outcome) => void seen.checks.push(outcome),
      allowlistHad: () => undefined,
      allowlistDrift: (counts) => void seen.drift.push(counts),
    },
    tellDrift: (detail) => void seen.told.push(detail),
    random: () => 0.5,
    later: (ms, given) => {
      seen.waits.push(ms);
      act = given;
      return () => {
        act = null;
      };
    },
  });
  const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    watch,
    seen,
    settled,
    turn: async () => {
      act?.();
      await settled();
    },
    isWaiting: () => act !== null,
    setPolicy: async (allow: readonly string[], revision: string) => {
      policy = policyOf(allow, revision);
      listener(policy);
      await settled();
    },
  };
}

const NONE = { missing: 0, unpublished: 0, unreadable: 0 };

test('AllowlistWatch tells drift once, again when it changes, and when it is over', async () => {
  const unchanged: PublishedAnswer = { kind: 'unchanged' };
  const answers = [
    list(['a.example', 'b.example'], '"1"'),
    unchanged,
    list(['d.example', '*'], '"2"'),
    unchanged,
  ];
  const { seen, settled, turn, setPolicy, watch } = watchOf(answers);
  await settled();
  assert.deepEqual(seen.told, [
    {
      source: 'https://api.github.com/meta',
      policy: 'first',
      ...NONE,
      missing: 1,
      first: 'missing b.example',
    },
  ]);
  await turn();
  assert.equal(seen.told.length, 1);
  await turn();
  assert.equal(seen.told[1]?.first, 'missing d.example, unreadable "*"');
  await setPolicy(['d.example'], 'second');
  assert.deepEqual(
    seen.told.slice(2).map(({ policy, first }) => [policy, first]),
    [['second', 'unreadable "*"']],
  );
  assert.deepEqual(seen.asked, [null, '"1"', '"1"']);
  assert.deepEqual(seen.checks, ['fetched', 'unchanged', 'fetched']);
  assert.deepEqual(seen.drift.at(-1), { ...NONE, unreadable: 1 });
  assert.equal(watch.report().drift, true);
  await watch.close();
});

test('AllowlistWatch says when the policy has caught up, and is silent while nothing differs', async () => {
  const { seen, settled, setPolicy, watch } = watchOf([list(['a.example'], '"1"')]);
  await settled();
  assert.deepEqual([seen.told, seen.lines], [[], []]);
  await setPolicy(['b.example'], 'second');
  await setPolicy(['a.example'], 'third');
  assert.deepEqual(
    seen.told.map(({ policy, missing, first }) => [policy, missing, first]),
    [
      ['second', 1, 'missing a.example'],
      ['third', 0, ''],
    ],
  );
  assert.deepEqual(watch.report().drift, false);
  await watch.close();
});

test('AllowlistWatch waits a period after a list, less after a failure, and keeps the list it has', async () => {
  const broken: PublishedAnswer = { kind: 'changed', etag: '"2"', body: '{}' };
  const { seen, settled, turn, watch } = watchOf([list(['b.example'], '"1"'), broken, { kind: 'unchanged' }]);
  await settled();
  await turn();
  assert.match(watch.report().failure ?? '', /no "domains"/);
  assert.equal(watch.report().drift, true);
  await turn();
  assert.equal(watch.report().failure, null);
  assert.deepEqual(seen.waits, [86_400_000, 900_000, 86_400_000]);
  assert.deepEqual(seen.asked, [null, '"1"', '"1"']);
  assert.deepEqual(seen.checks, ['fetched', 'failed', 'unchanged']);
  assert.equal(seen.told.length, 1);
  await watch.close();
});

test('AllowlistWatch fails aloud on a category that the list has not, and on 304 to who knows nothing', async () => {
  const { seen, settled, turn, watch } = watchOf(
    [list(['b.example'], '"1"'), { kind: 'unchanged' }],
    ['copilott'],
  );
  await settled();
  assert.match(watch.report().failure ?? '', /"copilott", only website, copilot/);
  await turn();
  assert.deepEqual(seen.checks, ['failed', 'failed']);
  assert.equal(watch.report().checkedAt, null);
  await watch.close();
});

test('AllowlistWatch says nothing after it was closed', async () => {
  const { seen, settled, setPolicy, isWaiting, watch } = watchOf([list(['a.example'], '"1"')]);
  await settled();
  await watch.close();
  await setPolicy([], 'second');
  assert.deepEqual([seen.told, isWaiting()], [[], false]);
});

test('AllowlistWatch lets other work pass while it compares, and drops a comparison with an older policy', async () => {
  let ms = 0;
  // Every look at the clock is late, so that every step ends its slice.
  const late = (): number => {
    ms += 100;
    return ms;
  };
  const names = Array.from({ length: 50 }, (_, at) => `n${at}.example`);
  const { seen, settled, setPolicy, watch } = watchOf([list(names, '"1"')], ['website'], late);
  await settled();
  assert.equal(seen.told.length, 0, 'the first comparison is under way');
  await setPolicy(names.slice(1), 'second');
  while (seen.told.length === 0) await settled();
  assert.deepEqual(
    seen.told.map(({ policy, first }) => [policy, first]),
    [['second', 'missing n0.example']],
  );
  await watch.close();
});
