// What `npm start` and `npm test` do before anything else: install what is missing, or say in one line why not.
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ROOT, runToEnd } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';

test('bootstrap says nothing when everything is installed', async (t) => {
  const ended = await runToEnd(t, [process.execPath, join(ROOT, 'bin', 'bootstrap.js')]);
  assert.deepEqual(ended, { status: 0, signal: null, stdout: '', stderr: '' });
});

test('bootstrap says in one line that the registry cannot be reached', async (t) => {
  const clone = await freshClone(t);
  const ended = await runToEnd(t, [process.execPath, join(clone, 'bin', 'bootstrap.js'), 'never-run.js'], {
    cwd: clone,
    env: {
      npm_config_registry: 'http://127.0.0.1:9',
      npm_config_cache: join(clone, 'empty-cache'),
      npm_config_userconfig: join(clone, 'no-npmrc'),
    },
  });
  assert.equal(ended.status, 1);
  const [progress, line, ...more] = ended.stderr.trim().split('\n');
  assert.deepEqual([progress?.startsWith('Installing'), more], [true, []]);
  assert.match(line ?? '', /registry cannot be reached \(ECONNREFUSED\)/);
});

test('bootstrap says in one line that there is no lock file', async (t) => {
  const clone = await freshClone(t);
  rmSync(join(clone, 'package-lock.json'));
  const ended = await runToEnd(t, [process.execPath, join(clone, 'bin', 'bootstrap.js')], { cwd: clone });
  assert.equal(ended.status, 1);
  assert.match(ended.stderr, /^Cannot read package-lock\.json.*\n$/);
});

test('bootstrap runs the script it is given, with its arguments', async (t) => {
  const folder = await tempDir(t);
  writeFileSync(join(folder, 'script.mjs'), 'console.log(JSON.stringify(process.argv.slice(2)));');
  const ended = await runToEnd(
    t,
    [process.execPath, join(ROOT, 'bin', 'bootstrap.js'), 'script.mjs', 'a', '--b'],
    {
      cwd: folder,
    },
  );
  assert.equal(ended.stdout, '["a","--b"]\n');
});

async function freshClone(t: TestContext): Promise<string> {
  const clone = await tempDir(t);
  for (const name of ['bin', 'package.json', 'package-lock.json']) {
    cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  }
  return clone;
}
