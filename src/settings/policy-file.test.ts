// The policy in force while its file changes under it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { untilTrue } from '../../test/support/until.ts';
import type { Fault } from '../core/base/document.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
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
  const refusals = queue<readonly Fault[]>();
  const loaded: string[] = [];
  const opened = await openPolicyFile({
    file,
    settleMs: 10,
    timeZone: 'UTC',
    listeners: [{ name: 'office', credentials: 'none' }],
    onLoaded: (policy) => loaded.push(policy.revision),
    onRefused: (faults) => {
      refused.push(faults);
      refusals.put(faults);
    },
  });
  if (opened.ok) t.after(() => opened.value.close());
  return { file, opened, loaded, refused, refusals };
}

function queue<T>() {
  const ready: T[] = [];
  const waiting: ((item: T) => void)[] = [];
  return {
    put: (item: T): void => {
      const first = waiting.shift();
      if (first === undefined) ready.push(item);
      else first(item);
    },
    next: (): Promise<T> => {
      const item = ready.shift();
      return item === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(item);
    },
  };
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
  assert.deepEqual(policies.status(), {
    file,
    revision: revisionOf(ONE),
    text: ONE,
    includes: [],
    faults: [],
  });
});

test('R-05 openPolicyFile() gives no policy when the first one is wrong or missing', async (t) => {
  const { opened, file } = await policyFileOf(t, WRONG);
  assert.deepEqual(opened.ok ? [] : opened.error.map(({ line, value }) => [line, value]), [[2, 'alow']]);
  rmSync(file);
  const missing = await openPolicyFile({ file, timeZone: 'UTC', settleMs: 10, listeners: [] });
  assert.equal(missing.ok ? '' : missing.error[0]?.value, file);
});

for (const [name, rule, value] of [
  ['a listener that the settings lack', '{ to: x.example.org, listener: [office, lab] }', 'lab'],
  ['devices', '{ to: x.example.org, device: "CN=kiosk" }', 'CN=kiosk'],
] as const) {
  test(`A4 a policy that names ${name} is none at the start, and changes nothing later`, async (t) => {
    const text = `${ONE}block: [${rule}]\n`;
    const first = await policyFileOf(t, text);
    assert.deepEqual(
      first.opened.ok
        ? []
        : first.opened.error.map((fault) => [fault.file, fault.line, fault.column, fault.value]),
      [[first.file, 4, 9, value]],
    );
    const { opened, file } = await policyFileOf(t, ONE);
    const policies = open(opened);
    writeFileSync(file, text);
    assert.equal((await policies.reload()).ok, false);
    assert.equal(policies.current().revision, revisionOf(ONE));
    assert.deepEqual(
      policies.status().faults.map((fault) => fault.value),
      [value],
    );
  });
}

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
  const reloaded = await policies.reload();
  assert.equal(reloaded.ok, false);
  assert.equal(policies.current(), before);
  const { revision, text, faults } = policies.status();
  assert.deepEqual([revision, text, faults[0]?.value], [revisionOf(ONE), ONE, 'alow']);
  assert.equal(refused.length, 1);
  writeFileSync(file, TWO);
  assert.deepEqual((await policies.reload()).ok, true);
  assert.equal(policies.current().revision, revisionOf(TWO));
  assert.deepEqual(policies.status().faults, []);
  writeFileSync(file, WRONG);
  await policies.reload();
  writeFileSync(file, TWO);
  assert.equal((await policies.reload()).ok, true);
  assert.deepEqual(policies.status().faults, [], 'the old text is back');
  rmSync(file);
  assert.equal((await policies.reload()).ok, false);
  assert.equal(policies.current().revision, revisionOf(TWO));
  assert.deepEqual(loaded, [revisionOf(TWO)]);
});

test('R-52 C11 a pipe in the policy’s place stops nobody: the policy before stays, and a file is taken over', async (t) => {
  const { file, opened, refusals } = await policyFileOf(t, ONE);
  const policies = open(opened);
  execFileSync('mkfifo', [`${file}.pipe`]);
  renameSync(`${file}.pipe`, file);
  assert.match((await refusals.next())[0]?.problem ?? '', /no regular file/);
  assert.equal(policies.current().revision, revisionOf(ONE));
  const swapped = nextPolicy(policies);
  rmSync(file);
  writeFileSync(file, TWO);
  assert.equal((await swapped).revision, revisionOf(TWO));
});

test('onChange() tells every listener once per swap, until it is stopped', async (t) => {
  const { opened, file } = await policyFileOf(t, ONE);
  const policies = open(opened);
  const heard: string[] = [];
  const stop = policies.onChange(({ revision }) => heard.push(`a ${revision}`));
  policies.onChange(({ revision }) => heard.push(`b ${revision}`));
  await policies.reload();
  writeFileSync(file, TWO);
  await policies.reload();
  stop();
  writeFileSync(file, ONE);
  await policies.reload();
  assert.deepEqual(heard, [`a ${revisionOf(TWO)}`, `b ${revisionOf(TWO)}`, `b ${revisionOf(ONE)}`]);
});

const WITH = 'version: 1\ninclude: more.yaml\notherwise: block\n';
const MORE = 'version: 1\nallow: [example.org]\n';
const LESS = 'version: 1\nallow: []\n';

async function withInclude(t: TestContext) {
  const opened = await policyFileOf(t, ONE);
  const more = join(dirname(opened.file), 'more.yaml');
  writeFileSync(more, MORE);
  writeFileSync(opened.file, WITH);
  const policies = open(opened.opened);
  assert.equal((await policies.reload()).ok, true);
  const names = (): readonly string[] => policies.current().document.allow.map(({ name }) => name);
  return { ...opened, policies, more, names };
}

test('R-52 PolicyFile takes over a changed include by itself, with a new revision', async (t) => {
  const { policies, more, names, loaded } = await withInclude(t);
  const before = policies.current().revision;
  assert.deepEqual(names(), ['example.org']);
  const next = nextPolicy(policies);
  writeFileSync(`${more}.new`, LESS);
  renameSync(`${more}.new`, more);
  const policy = await next;
  assert.deepEqual(names(), []);
  assert.notEqual(policy.revision, before);
  assert.deepEqual(loaded, [before, policy.revision]);
  assert.deepEqual(policies.status().includes, [{ file: more, text: LESS }]);
});

test('R-52 PolicyFile waits for an include that is not there yet, and bears one that goes', async (t) => {
  const { policies, file, more, names, refusals } = await withInclude(t);
  const later = join(dirname(file), 'later.yaml');
  writeFileSync(file, WITH.replace('more.yaml', '[more.yaml, later.yaml]'));
  const [missing] = await refusals.next();
  assert.deepEqual([missing?.file, missing?.line, missing?.value], [file, 2, 'later.yaml']);
  assert.deepEqual(names(), ['example.org']);
  const next = nextPolicy(policies);
  writeFileSync(later, 'version: 1\nallow: [example.net]\n');
  await next;
  assert.deepEqual(names(), ['example.org', 'example.net']);
  rmSync(more);
  const [gone] = await refusals.next();
  assert.deepEqual([gone?.file, gone?.line, gone?.value], [file, 2, 'more.yaml']);
  assert.deepEqual(names(), ['example.org', 'example.net'], 'the older policy stays whole');
  assert.deepEqual(policies.status().faults, [gone]);
  writeFileSync(more, MORE);
  // The files say again what is in force: there is no swap to wait for.
  await untilTrue(() => policies.status().faults.length === 0, 'the faults stayed');
  assert.deepEqual(names(), ['example.org', 'example.net']);
});

test('R-52 PolicyFile names the include that is wrong and takes nothing of the others; it lets go of what is no longer included', async (t) => {
  const { policies, file, more, names, refusals, loaded } = await withInclude(t);
  writeFileSync(file, `${WITH}mode: report\n`);
  writeFileSync(more, 'version: 1\nallow:\n  - "*"\n');
  const refused = await policies.reload();
  assert.deepEqual(refused.ok ? [] : refused.error.map((fault) => [fault.file, fault.line, fault.column]), [
    [more, 3, 5],
  ]);
  assert.deepEqual([names(), policies.current().document.mode], [['example.org'], 'enforce']);
  writeFileSync(file, ONE.replace('example.org', 'alone.example.org'));
  assert.equal((await policies.reload()).ok, true);
  await refusals.next();
  const swaps = loaded.length;
  writeFileSync(more, WRONG);
  const next = nextPolicy(policies);
  writeFileSync(file, TWO);
  await next;
  assert.deepEqual([loaded.length, policies.status().includes], [swaps + 1, []]);
});

test('R-65 A2 reload() asked for in the middle of a write waits for its end, and is one with others who ask', async (t) => {
  const { opened, file, loaded } = await policyFileOf(t, ONE);
  const policies = open(opened);
  writeFileSync(file, TWO);
  const asked = policies.reload();
  writeFileSync(file, 'block: [example.net/x]\n', { flag: 'a' });
  assert.equal(policies.reload(), asked);
  const reloaded = await asked;
  const whole = revisionOf(`${TWO}block: [example.net/x]\n`);
  assert.equal(reloaded.ok ? reloaded.value.revision : '', whole);
  assert.deepEqual(loaded, [whole]);
});

test('R-65 A2 PolicyFile says that a file keeps changing, and keeps the policy before', async (t) => {
  const file = join(await tempDir(t), 'policy.yaml');
  writeFileSync(file, ONE);
  let writer: 'rests' | 'writes' = 'rests';
  const opened = await openPolicyFile({
    ...{ file, timeZone: 'UTC', limitMs: 0, listeners: [] },
    pause: async () => {
      if (writer === 'writes') writeFileSync(file, '# more\n', { flag: 'a' });
    },
  });
  const policies = open(opened);
  t.after(() => policies.close());
  writer = 'writes';
  writeFileSync(file, TWO);
  const reloaded = await policies.reload();
  policies.close();
  assert.deepEqual(
    reloaded.ok ? null : [reloaded.error[0]?.value, reloaded.error[0]?.problem.split(':')[0]],
    [file, 'it keeps changing'],
  );
  assert.equal(policies.current().revision, revisionOf(ONE));
});
