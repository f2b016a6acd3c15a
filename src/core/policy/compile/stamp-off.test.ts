// The stamp switched off: what changes, and what does not.
// Must not know who switches.
import assert from 'node:assert/strict';
import test from 'node:test';
import { explain } from '../decide/explain.ts';
import { parseQuestion } from '../decide/question.ts';
import { parsePolicy } from '../language/parse.ts';
import { compilePolicy } from './compile.ts';
import type { Policy } from './policy.ts';
import { withStampOff } from './stamp-off.ts';

const CLIENT = { user: 'dave', groups: [], from: null, device: null, listener: null };

function policyOf(text: string): Policy {
  const parsed = parsePolicy({ text, file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok);
  return compilePolicy(parsed.value, { revision: 'abc' });
}

function ask(
  policy: Policy,
  url: string,
): { readonly verdict: string; readonly code: string; readonly ops: string } {
  const question = parseQuestion(url);
  assert.ok(question.ok);
  const { verdict, reason, edits } = explain(policy, {
    question: question.value,
    client: CLIENT,
    method: 'GET',
    websocket: false,
    nowMs: 0,
  });
  return { verdict, code: reason.code, ops: edits.map(({ op }) => op).join() };
}

const RESTRICTED =
  'version: 1\nrestrict: { enterprises: ["12345"] }\nallow: [{ preset: github }]\nblock: [{ preset: codespaces }]\notherwise: block\n';

test('withStampOff() stamps nothing and removes client copies, where the policy stamps', () => {
  const on = policyOf(RESTRICTED);
  assert.deepEqual(ask(on, 'https://github.com/'), {
    verdict: 'forward',
    code: 'restricted',
    ops: 'overwrite',
  });
  assert.deepEqual(ask(withStampOff(on), 'https://github.com/'), {
    verdict: 'forward',
    code: 'would-restrict',
    ops: 'remove',
  });
});

test('withStampOff() leaves blocks and the allowlist as they are', () => {
  const off = withStampOff(policyOf(RESTRICTED));
  assert.equal(ask(off, 'https://github.dev/').code, 'rule');
  assert.equal(ask(off, 'https://elsewhere.example/').code, 'not-allowed');
});

test('withStampOff() marks the revision, and only of a policy that stamps', () => {
  assert.equal(withStampOff(policyOf(RESTRICTED)).revision, 'abc-stamp-off');
  const plain = policyOf('version: 1\nallow: [{ preset: github }]\notherwise: block\n');
  assert.equal(withStampOff(plain), plain);
});
