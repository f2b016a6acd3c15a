// Two who want one folder, and a holder that is killed.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { start } from '../../test/support/processes.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { lockFolder } from './folder-lock.ts';

test('C11 lockFolder() lets one have the folder, and says who has it', async (t) => {
  const dir = await tempDir(t);
  const first = lockFolder(dir);
  assert.equal(first.kind, 'locked');
  assert.deepEqual(lockFolder(dir), { kind: 'held', by: `process ${process.pid} on ${hostname()}` });
  if (first.kind === 'locked') first.lock.release();
  assert.equal(existsSync(join(dir, 'gate.pid')), false);
  const again = lockFolder(dir);
  assert.equal(again.kind, 'locked');
  if (again.kind === 'locked') again.lock.release();
});

test('C11 lockFolder() gives the folder of a process that was killed to the next', async (t) => {
  const dir = await tempDir(t);
  const module = new URL('./folder-lock.ts', import.meta.url).href;
  const script = `import { lockFolder } from ${JSON.stringify(module)};
    console.log(lockFolder(${JSON.stringify(dir)}).kind); setInterval(() => {}, 1000);`;
  const other = start(t, [process.execPath, '--input-type=module', '--eval', script]);
  await other.until(/locked/);
  assert.deepEqual(lockFolder(dir), { kind: 'held', by: `process ${other.child.pid} on ${hostname()}` });
  other.child.kill('SIGKILL');
  await other.ended;
  const next = lockFolder(dir);
  assert.equal(next.kind, 'locked');
  if (next.kind === 'locked') next.lock.release();
});

test('C11 lockFolder() says that it cannot know where the folder cannot be written', () => {
  assert.equal(lockFolder('/proc').kind, 'unknown');
});
