// Folders that are missing, that are there, and that cannot be.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { type FolderWays, makeFolder } from './make-folder.ts';

const ways: FolderWays = { mkdir: (path) => mkdirSync(path, { mode: 0o700 }), parentOf: dirname };

test('makeFolder() makes what is missing, and says what it made', async (t) => {
  const dir = await tempDir(t);
  const deep = join(dir, 'a', 'b', 'c');
  assert.deepEqual(makeFolder(deep, ways), [join(dir, 'a'), join(dir, 'a', 'b'), deep]);
  assert.ok(existsSync(deep));
  assert.deepEqual(makeFolder(deep, ways), []);
});

const HOPELESS = process.platform === 'linux' ? ['/proc/audit', '/proc/audit/deep/er'] : [];

for (const path of HOPELESS) {
  test(`C11 makeFolder() ends where no folder can be: ${path}`, () => {
    assert.throws(() => makeFolder(path, ways), { code: 'ENOENT' });
  });
}
