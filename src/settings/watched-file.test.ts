// Every way in which editors and orchestrators change a file.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { FileContent } from '../core/base/file-content.ts';
import { WatchedFile } from './watched-file.ts';

/** Watches a file and hands out its changes one by one. */
async function watched(t: TestContext, file: string) {
  const seen: FileContent[] = [];
  const waiting: ((content: FileContent) => void)[] = [];
  const subject = new WatchedFile({
    file,
    pollMs: 40,
    settleMs: 20,
    onChange: (content) => {
      const next = waiting.shift();
      if (next === undefined) seen.push(content);
      else next(content);
    },
  });
  t.after(() => subject.close());
  const next = (): Promise<FileContent> => {
    const ready = seen.shift();
    return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
  };
  return { first: await subject.read(), next };
}

const CHANGES: readonly { name: string; change: (dir: string) => void }[] = [
  { name: 'written in place', change: (dir) => writeFileSync(join(dir, 'policy.yaml'), 'two') },
  {
    name: 'replaced by a rename, as editors do',
    change: (dir) => {
      writeFileSync(join(dir, '.policy.swp'), 'two');
      renameSync(join(dir, '.policy.swp'), join(dir, 'policy.yaml'));
    },
  },
  {
    name: 'moved away and written anew, as other editors do',
    change: (dir) => {
      renameSync(join(dir, 'policy.yaml'), join(dir, 'policy.yaml~'));
      writeFileSync(join(dir, 'policy.yaml'), 'two');
    },
  },
];

for (const { name, change } of CHANGES) {
  test(`R-52 WatchedFile sees a file ${name}, more than once`, async (t) => {
    const dir = await tempDir(t);
    writeFileSync(join(dir, 'policy.yaml'), 'one');
    const { first, next } = await watched(t, join(dir, 'policy.yaml'));
    assert.deepEqual(first, { kind: 'text', text: 'one' });
    change(dir);
    assert.deepEqual(await next(), { kind: 'text', text: 'two' });
    writeFileSync(join(dir, 'policy.yaml'), 'three');
    assert.deepEqual(await next(), { kind: 'text', text: 'three' });
    change(dir);
    assert.deepEqual(await next(), { kind: 'text', text: 'two' });
  });
}

test('R-52 WatchedFile sees a Kubernetes volume being swapped', async (t) => {
  const dir = await tempDir(t);
  const publish = (version: string): void => {
    mkdirSync(join(dir, `..${version}`));
    writeFileSync(join(dir, `..${version}`, 'policy.yaml'), version);
    symlinkSync(`..${version}`, join(dir, '..data_tmp'));
    renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
  };
  publish('v1');
  symlinkSync('..data/policy.yaml', join(dir, 'policy.yaml'));
  const { next } = await watched(t, join(dir, 'policy.yaml'));
  publish('v2');
  assert.deepEqual(await next(), { kind: 'text', text: 'v2' });
  publish('v3');
  assert.deepEqual(await next(), { kind: 'text', text: 'v3' });
});

test('WatchedFile sees a file vanish and come back, even with its folder', async (t) => {
  const dir = join(await tempDir(t), 'etc');
  mkdirSync(dir);
  writeFileSync(join(dir, 'policy.yaml'), 'one');
  const { next } = await watched(t, join(dir, 'policy.yaml'));
  rmSync(dir, { recursive: true });
  assert.equal((await next()).kind, 'unreadable');
  mkdirSync(dir);
  writeFileSync(join(dir, 'policy.yaml'), 'two');
  assert.deepEqual(await next(), { kind: 'text', text: 'two' });
});

test('R-65 A2 WatchedFile gives no content of a file that keeps changing', async (t) => {
  const file = join(await tempDir(t), 'users.htpasswd');
  writeFileSync(file, 'dave:');
  const pause = async (): Promise<void> => writeFileSync(file, 'x', { flag: 'a' });
  const subject = new WatchedFile({ file, pause, limitMs: 0, onChange: () => undefined });
  t.after(() => subject.close());
  assert.deepEqual(await subject.read(), { kind: 'unreadable', code: 'UNSETTLED' });
});
