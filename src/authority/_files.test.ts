// Files of the key store: owners, and writes that are whole or not at all.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fails, readText, scratch, value } from '../../test/support/authority-parts.ts';
import { createFile, moveFile, readKeyFile, removeFile, replaceFile } from './_files.ts';

test('R-16 readKeyFile() refuses a key of another user', async (t) => {
  const dir = await scratch(t);
  await writeFile(join(dir, 'key'), 'x', { mode: 0o600 });
  const owner = process.getuid?.() ?? 0;
  assert.equal(fails(await readKeyFile(join(dir, 'key'), owner + 1)), 'ca-owner');
  assert.equal(value(await readKeyFile(join(dir, 'key'))), 'x');
});

test('createFile() never overwrites, and leaves no temporary file', async (t) => {
  const dir = await scratch(t);
  const path = join(dir, 'a');
  value(await createFile(path, 'first', 0o600));
  assert.equal(fails(await createFile(path, 'second', 0o600)), 'ca-exists');
  assert.equal(await readText(dir, 'a'), 'first');
  assert.deepEqual(await readdir(dir), ['a']);
});

test('replaceFile() shows readers the old content or the new one, never a part', async (t) => {
  const dir = await scratch(t);
  const path = join(dir, 'a');
  const contents = ['a'.repeat(500_000), 'b'.repeat(500_000)];
  value(await replaceFile(path, contents[0] ?? '', 0o644));
  let writing = true;
  const writes = (async () => {
    for (let at = 0; at < 20; at += 1) value(await replaceFile(path, contents[at % 2] ?? '', 0o644));
    writing = false;
  })();
  while (writing) assert.ok(contents.includes(await readText(dir, 'a')));
  await writes;
});

test('replaceFile(), moveFile() and removeFile() say so when they cannot', async (t) => {
  const nowhere = join(await scratch(t), 'missing', 'a');
  assert.equal(fails(await replaceFile(nowhere, '', 0o644)), 'ca-unwritable');
  assert.equal(fails(await moveFile(nowhere, nowhere)), 'ca-unwritable');
  value(await removeFile(nowhere));
});
