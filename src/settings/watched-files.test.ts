// Several files that change under a watch: which of them count, and when a pass saw them together.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { FileContent, ReadFile } from '../core/base/file-content.ts';
import { readContent, WatchedFiles } from './watched-files.ts';

/** A first file lists the others, one name a line; a pass reads them all. */
function chained(first: string) {
  return (read: ReadFile): string[] => {
    const head = read(first);
    if (head.kind === 'unreadable') return [head.code];
    const named = head.text.split('\n').filter((line) => line !== '');
    return [head, ...named.map(read)].map((content) =>
      content.kind === 'text' ? content.text : content.code,
    );
  };
}

function watchedPass(t: TestContext, pass: (read: ReadFile) => string[]) {
  const waiting: ((texts: string[]) => void)[] = [];
  const seen: string[][] = [];
  const subject = new WatchedFiles({
    pollMs: 40,
    settleMs: 20,
    onChange: () => {
      const texts = subject.pass(pass);
      const next = waiting.shift();
      if (next === undefined) seen.push(texts);
      else next(texts);
    },
  });
  t.after(() => subject.close());
  const first = subject.pass(pass);
  const next = (): Promise<string[]> => {
    const ready = seen.shift();
    return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
  };
  return { subject, first, next, seen };
}

test('R-52 WatchedFiles watches what the last pass read: files come, change, vanish, come back and go', async (t) => {
  const dir = await tempDir(t);
  const [head, a, b] = [join(dir, 'head'), join(dir, 'a'), join(dir, 'b')];
  writeFileSync(head, a);
  writeFileSync(a, 'a1');
  const { first, next, seen } = watchedPass(t, chained(head));
  assert.deepEqual(first, [a, 'a1']);
  writeFileSync(a, 'a2');
  assert.deepEqual(await next(), [a, 'a2']);
  writeFileSync(head, `${a}\n${b}`);
  assert.deepEqual(await next(), [`${a}\n${b}`, 'a2', 'ENOENT']);
  writeFileSync(`${b}.new`, 'b1');
  renameSync(`${b}.new`, b);
  assert.deepEqual(await next(), [`${a}\n${b}`, 'a2', 'b1']);
  rmSync(b);
  assert.deepEqual(await next(), [`${a}\n${b}`, 'a2', 'ENOENT']);
  writeFileSync(b, 'b2');
  assert.deepEqual(await next(), [`${a}\n${b}`, 'a2', 'b2']);
  writeFileSync(head, b);
  assert.deepEqual(await next(), [b, 'b2']);
  writeFileSync(a, 'nobody reads this');
  writeFileSync(b, 'b3');
  assert.deepEqual(await next(), [b, 'b3']);
  assert.deepEqual(seen, []);
});

test('WatchedFiles sees files in several folders, and folders that come later', async (t) => {
  const dir = await tempDir(t);
  const head = join(dir, 'head');
  const far = join(dir, 'later', 'deep', 'far');
  writeFileSync(head, far);
  const { first, next } = watchedPass(t, chained(head));
  assert.deepEqual(first, [far, 'ENOENT']);
  mkdirSync(join(dir, 'later', 'deep'), { recursive: true });
  writeFileSync(far, 'one');
  assert.deepEqual(await next(), [far, 'one']);
  writeFileSync(far, 'two');
  assert.deepEqual(await next(), [far, 'two']);
});

test('R-52 WatchedFiles takes several files of a Kubernetes volume in one step', async (t) => {
  const dir = await tempDir(t);
  const names = ['head', 'a', 'b'].map((name) => join(dir, name));
  const publish = (version: string): void => {
    mkdirSync(join(dir, `..${version}`));
    writeFileSync(join(dir, `..${version}`, 'head'), `${names[1]}\n${names[2]}`);
    for (const name of ['a', 'b']) writeFileSync(join(dir, `..${version}`, name), version);
    symlinkSync(`..${version}`, join(dir, '..data_tmp'));
    renameSync(join(dir, '..data_tmp'), join(dir, '..data'));
  };
  publish('v1');
  for (const name of ['head', 'a', 'b']) symlinkSync(`..data/${name}`, join(dir, name));
  const { first, next, seen } = watchedPass(t, chained(join(dir, 'head')));
  assert.deepEqual(first.slice(1), ['v1', 'v1']);
  publish('v2');
  assert.deepEqual((await next()).slice(1), ['v2', 'v2']);
  assert.deepEqual(seen, []);
});

test('R-52 pass() runs again when files change under it, so that what it read stood on the disk together', async (t) => {
  const dir = await tempDir(t);
  const [a, b] = [join(dir, 'a'), join(dir, 'b')];
  writeFileSync(a, 'old');
  writeFileSync(b, 'old');
  const subject = new WatchedFiles({ onChange: () => undefined });
  t.after(() => subject.close());
  let runs = 0;
  const read = subject.pass((file): FileContent[] => {
    const first = file(a);
    runs += 1;
    if (runs === 1) {
      writeFileSync(a, 'newer');
      writeFileSync(b, 'newer');
    }
    return [first, file(b)];
  });
  assert.deepEqual(read, [
    { kind: 'text', text: 'newer' },
    { kind: 'text', text: 'newer' },
  ]);
  assert.equal(runs, 2);
});

test('pass() ends though a file changes without end', async (t) => {
  const file = join(await tempDir(t), 'a');
  let text = '';
  const subject = new WatchedFiles({ onChange: () => undefined });
  t.after(() => subject.close());
  const read = subject.pass((give) => {
    text += 'x';
    writeFileSync(file, text);
    const content = give(file);
    writeFileSync(file, `${text}y`);
    return content;
  });
  assert.deepEqual(read, { kind: 'text', text });
});

const UNREADABLE: readonly (readonly [name: string, make: (path: string) => void, code: string])[] = [
  ['a file that is not there', () => undefined, 'ENOENT'],
  ['a folder', (path) => mkdirSync(path), 'EISDIR'],
  [
    'bytes that are no UTF-8',
    (path) => writeFileSync(path, Buffer.from([0x61, 0xff])),
    'ERR_ENCODING_INVALID_ENCODED_DATA',
  ],
  ['a link to itself', (path) => symlinkSync(path, path), 'ELOOP'],
];

for (const [name, make, code] of UNREADABLE) {
  test(`readContent() says why it cannot read ${name}`, async (t) => {
    const path = join(await tempDir(t), 'file');
    make(path);
    assert.deepEqual(readContent(path), { kind: 'unreadable', code });
  });
}
