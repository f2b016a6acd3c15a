// The switch in front of a policy source. Must not know files.
import assert from 'node:assert/strict';
import test from 'node:test';
import { compilePolicy } from '../core/policy/compile/compile.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import { parsePolicy } from '../core/policy/language/parse.ts';
import type { PolicySource } from '../ports.ts';
import { StampSwitch } from './stamp-switch.ts';

function policy(revision: string): Policy {
  const text =
    'version: 1\nrestrict: { enterprises: ["12345"] }\nallow: [{ preset: github }]\notherwise: block\n';
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  return compilePolicy(parsed.value, { revision });
}

function source(first: string): PolicySource & { load(revision: string): void } {
  let current = policy(first);
  const listeners = new Set<(policy: Policy) => void>();
  return {
    current: () => current,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    load: (revision) => {
      current = policy(revision);
      for (const listener of listeners) listener(current);
    },
  };
}

test('StampSwitch is on at the start, and tells every swap once', () => {
  const told: string[] = [];
  const stamp = new StampSwitch(source('a'));
  stamp.onChange(({ revision }) => told.push(revision));
  assert.equal(stamp.current().revision, 'a');
  for (const to of ['off', 'off', 'on'] as const) stamp.turn(to);
  assert.deepEqual(told, ['a-stamp-off', 'a']);
});

test('StampSwitch keeps the stamp off over a reload', () => {
  const files = source('a');
  const stamp = new StampSwitch(files);
  stamp.turn('off');
  files.load('b');
  assert.equal(stamp.current().revision, 'b-stamp-off');
  stamp.turn('on');
  assert.equal(stamp.current().revision, 'b');
});

test('StampSwitch tells nobody after close()', () => {
  const files = source('a');
  const stamp = new StampSwitch(files);
  let told = 0;
  stamp.onChange(() => {
    told += 1;
  });
  stamp.close();
  files.load('b');
  assert.equal(told, 0);
});
