// Several files that change under a watch: which of them count, and when a pass saw them together.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { untilTrue } from '../../test/support/until.ts';
import type { FileContent, ReadFile } from '../core/base/file-content.ts';
import { readContent, type Settled, WatchedFiles } from './watched-files.ts';

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

async function watchedPass(t: TestContext, pass: (read: ReadFile) => string[]) {
  const waiting: ((texts: string[]) => void)[] = [];
  const seen: string[][] = [];
  const subject = new WatchedFiles({ pollMs: 40, settleMs: 20, onChange: () => void again() });
  const again = async (): Promise<void> => {
    const settled = await subject.settled(pass);
    if (settled.kind === 'unsettled') return;
    const next = waiting.shift();
    if (next === undefined) seen.push(settled.result);
    else next(settled.result);
  };
  t.after(() => subject.close());
  const next = (): Promise<string[]> => {
    const ready = seen.shift();
    return ready === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(ready);
  };
  await again();
  return { first: await next(), next, seen };
}

test('R-52 WatchedFiles watches what the last pass read: files come, change, vanish, come back and go', async (t) => {
  const dir = await tempDir(t);
  const [head, a, b] = [join(dir, 'head'), join(dir, 'a'), join(dir, 'b')];
  writeFileSync(head, a);
  writeFileSync(a, 'a1');
  const { first, next, seen } = await watchedPass(t, chained(head));
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
  const { first, next } = await watchedPass(t, chained(head));
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
  const { first, next, seen } = await watchedPass(t, chained(join(dir, 'head')));
  assert.deepEqual(first.slice(1), ['v1', 'v1']);
  publish('v2');
  assert.deepEqual((await next()).slice(1), ['v2', 'v2']);
  assert.deepEqual(seen, []);
});

/** A watch whose pauses the test lives through: `during` acts in each of them, and `waited` has their lengths. */
async function paused(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  how: { readonly limitMs?: number } = {},
) {
  const dir = await tempDir(t);
  const at = (name: string): string => join(dir, name);
  const write = (name: string, text: string): void => writeFileSync(at(name), text);
  const rename = (name: string, text: string): void => {
    write(`${name}.new`, text);
    renameSync(at(`${name}.new`), at(name));
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const waited: number[] = [];
  const acts: (() => void)[] = [];
  const subject = new WatchedFiles({
    pollMs: 3_600_000,
    ...how,
    pause: async (ms) => {
      waited.push(ms);
      acts.shift()?.();
      // The system tells of files on a turn of the event loop.
      await turns();
    },
    onChange: () => undefined,
  });
  t.after(() => subject.close());
  const read = async () => {
    const texts = (give: ReadFile): string[] =>
      Object.keys(files).map((name) => {
        const content = give(at(name));
        return content.kind === 'text' ? content.text : content.code;
      });
    waited.length = 0;
    const settled = await subject.settled(texts);
    await turns();
    return { kind: settled.kind, texts: settled.kind === 'settled' ? settled.result : [] };
  };
  /** What is done in the next pauses. */
  const during = (...next: (() => void)[]): void => void acts.push(...next);
  return { at, write, rename, read, during, waited };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('R-65 A2 settled() takes what two reads a settle time apart found the same, and nothing before', async (t) => {
  const { write, read, during, waited } = await paused(t, { policy: 'old' });
  await read();
  write('policy', 'h');
  during(
    () => write('policy', 'ha'),
    () => write('policy', 'half'),
    () => write('policy', 'whole'),
  );
  assert.deepEqual(await read(), { kind: 'settled', texts: ['whole'] });
  assert.deepEqual(waited, [1_000, 1_000, 1_000, 1_000]);
});

test('R-65 A2 settled() sees a rewrite with the same bytes as a writer at work', async (t) => {
  const { write, read, during, waited } = await paused(t, { policy: 'old' });
  await read();
  write('policy', 'same');
  during(() => write('policy', 'same'));
  assert.deepEqual(await read(), { kind: 'settled', texts: ['same'] });
  assert.equal(waited.length, 2);
});

test('R-65 A2 settled() takes files that are read together as one unit', async (t) => {
  const { write, rename, read, during, waited } = await paused(t, { policy: 'old', include: 'old' });
  await read();
  rename('policy', 'new');
  write('include', 'ne');
  during(() => write('include', 'new'));
  assert.deepEqual(await read(), { kind: 'settled', texts: ['new', 'new'] });
  assert.deepEqual(waited, [1_000, 1_000]);
});

test('R-65 A2 settled() takes what was renamed to its place at once, also where it was missing', async (t) => {
  const { at, rename, read, waited } = await paused(t, { policy: 'old', include: 'old' });
  await read();
  rename('policy', 'new');
  await turns();
  assert.deepEqual(await read(), { kind: 'settled', texts: ['new', 'old'] });
  assert.deepEqual(waited, [50]);
  rmSync(at('include'));
  await read();
  assert.deepEqual(waited, [1_000]);
  rename('include', 'new');
  await turns();
  assert.deepEqual(await read(), { kind: 'settled', texts: ['new', 'new'] });
  assert.deepEqual(waited, [50]);
});

const NOT_WHOLE: readonly (readonly [name: string, act: (at: (name: string) => string) => void])[] = [
  [
    'a file that is written on after its rename',
    (at) => {
      writeFileSync(at('new'), 'ha');
      renameSync(at('new'), at('policy'));
      writeFileSync(at('policy'), 'lf', { flag: 'a' });
    },
  ],
  [
    'a file that was removed and is made anew',
    (at) => {
      rmSync(at('policy'));
      writeFileSync(at('policy'), 'half');
    },
  ],
  [
    'a link to a file that may be written',
    (at) => {
      writeFileSync(at('half'), 'half');
      symlinkSync(at('half'), at('link'));
      renameSync(at('link'), at('policy'));
    },
  ],
];

for (const [name, act] of NOT_WHOLE) {
  test(`R-65 A2 settled() waits for ${name}`, async (t) => {
    const { at, read, waited } = await paused(t, { policy: 'old' });
    await read();
    act(at);
    await turns();
    assert.deepEqual((await read()).texts, ['half']);
    assert.deepEqual(waited, [1_000]);
  });
}

test('R-65 A2 settled() starts at once with files that nobody has touched for a settle time, and waits for others', async (t) => {
  const { at, write, read, waited, during } = await paused(t, { policy: 'half' });
  during(() => write('policy', 'whole'));
  assert.deepEqual(await read(), { kind: 'settled', texts: ['whole'] });
  assert.deepEqual(waited, [1_000, 1_000]);
  // Its times are those of its making, whatever is written into them.
  utimesSync(at('policy'), 0, 0);
  const subject = new WatchedFiles({
    settleMs: 10,
    pause: async (ms) => void waited.push(ms),
    onChange: () => undefined,
  });
  t.after(() => subject.close());
  await untilTrue(() => Date.now() - statSync(at('policy')).ctimeMs > 20, 'time stands still');
  waited.length = 0;
  await subject.settled((give) => give(at('policy')));
  assert.deepEqual(waited, [0]);
});

test('R-65 A2 settled() ends though a file changes without end, and takes nothing', async (t) => {
  const { at, read, during } = await paused(t, { policy: 'old' }, { limitMs: 0 });
  during(() => writeFileSync(at('policy'), 'x', { flag: 'a' }));
  assert.deepEqual(await read(), { kind: 'unsettled', texts: [] });
});

test('R-65 A3 WatchedFiles tries again what could not be read, though nothing about the file changes', {
  timeout: 10_000,
}, async (t) => {
  const file = join(await tempDir(t), 'policy');
  writeFileSync(file, 'whole');
  let descriptors = 0;
  const later = Promise.withResolvers<Settled<FileContent>>();
  const subject = new WatchedFiles({
    ...{ pollMs: 10, settleMs: 10 },
    readFile: (path) => (descriptors === 0 ? { kind: 'unreadable', code: 'EMFILE' } : readContent(path)),
    onChange: () => void subject.settled((give) => give(file)).then(later.resolve),
  });
  t.after(() => subject.close());
  const first = await subject.settled((give) => give(file));
  assert.deepEqual(first, { kind: 'settled', result: { kind: 'unreadable', code: 'EMFILE' } });
  descriptors = 1;
  assert.deepEqual(await later.promise, { kind: 'settled', result: { kind: 'text', text: 'whole' } });
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
