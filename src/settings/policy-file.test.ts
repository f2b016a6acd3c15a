// The policy in force while its file changes under it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { Fault } from '../core/base/document.ts';
import type { Policy } from '../core/policy/policy.ts';
import { openPolicyFile, type PolicyFile } from './policy-file.ts';

const ONE = 'version: 1\nallow: [example.org]\notherwise: block\n';
const TWO = 'version: 1\nallow: [example.net]\notherwise: block\n';
const WRONG = 'version: 1\nalow: [example.net]\notherwise: block\n';

function revisionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

async function policyFileOf(t: TestContext, text: string) {
  const file = join(await tempDir(t), 'policy.yaml');
  writeFileSync(file, text);
  const refused: (readonly Fault[])[] = [];
  const loaded: string[] = [];
  const opened = openPolicyFile({
    file,
    timeZone: 'UTC',
    onLoaded: (policy) => loaded.push(policy.revision),
    onRefused: (faults) => refused.push(faults),
  });
  if (opened.ok) t.after(() => opened.value.close());
  return { file, opened, loaded, refused };
}

function open(opened: Awaited<ReturnType<typeof policyFileOf>>['opened']): PolicyFile {
  assert.ok(opened.ok, opened.ok ? '' : JSON.stringify(opened.error));
  return opened.value;
}

function nextPolicy(policies: PolicyFile): Promise<Policy> {
  return new Promise((resolve) => {
    const stop = policies.onChange((policy) => {
      stop();
      resolve(policy);
    });
  });
}

test('openPolicyFile() gives the policy with the revision of its text', async (t) => {
  const { opened, file } = await policyFileOf(t, ONE);
  const policies = open(opened);
  assert.equal(policies.current().revision, revisionOf(ONE));
  assert.deepEqual(policies.status(), { file, revision: revisionOf(ONE), text: ONE, faults: [] });
});

test('R-05 openPolicyFile() gives no policy when the first one is wrong or missing', async (t) => {
  const { opened, file } = await policyFileOf(t, WRONG);
  assert.deepEqual(opened.ok ? [] : opened.error.map(({ line, value }) => [line, value]), [[2, 'alow']]);
  rmSync(file);
  const missing = openPolicyFile({ file, timeZone: 'UTC' });
  assert.equal(missing.ok ? '' : missing.error[0]?.value, file);
});

test('R-52 PolicyFile takes over a changed file by itself', async (t) => {
  const { opened, file, loaded } = await policyFileOf(t, ONE);
  const policies = open(opened);
  const next = nextPolicy(policies);
  writeFileSync(`${file}.new`, TWO);
  renameSync(`${file}.new`, file);
  const policy = await next;
  assert.equal(policy.revision, revisionOf(TWO));
  assert.equal(policies.current(), policy);
  assert.deepEqual(loaded, [revisionOf(TWO)]);
});

test('R-52 an invalid policy changes nothing and is reported; a mended one is taken over', async (t) => {
  const { opened, file, refused, loaded } = await policyFileOf(t, ONE);
  const policies = open(opened);
  const before = policies.current();
  writeFileSync(file, WRONG);
  const reloaded = policies.reload();
  assert.equal(reloaded.ok, false);
  assert.equal(policies.current(), before);
  const { revision, text, faults } = policies.status();
  assert.deepEqual([revision, text, faults[0]?.value], [revisionOf(ONE), ONE, 'alow']);
  assert.equal(refused.length, 1);
  writeFileSync(file, TWO);
  assert.deepEqual(policies.reload().ok, true);
  assert.equal(policies.current().revision, revisionOf(TWO));
  assert.deepEqual(policies.status().faults, []);
  writeFileSync(file, WRONG);
  policies.reload();
  writeFileSync(file, TWO);
  assert.equal(policies.reload().ok, true);
  assert.deepEqual(policies.status().faults, [], 'the old text is back');
  rmSync(file);
  assert.equal(policies.reload().ok, false);
  assert.equal(policies.current().revision, revisionOf(TWO));
  assert.deepEqual(loaded, [revisionOf(TWO)]);
});

test('onChange() tells every listener once per swap, until it is stopped', async (t) => {
  const { opened, file } = await policyFileOf(t, ONE);
  const policies = open(opened);
  const heard: string[] = [];
  const stop = policies.onChange(({ revision }) => heard.push(`a ${revision}`));
  policies.onChange(({ revision }) => heard.push(`b ${revision}`));
  policies.reload();
  writeFileSync(file, TWO);
  policies.reload();
  stop();
  writeFileSync(file, ONE);
  policies.reload();
  assert.deepEqual(heard, [`a ${revisionOf(TWO)}`, `b ${revisionOf(TWO)}`, `b ${revisionOf(ONE)}`]);
});
