// The package as npm would publish it: packed, installed elsewhere, and run there.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ROOT, runToEnd, start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';

test('the packed package installs globally elsewhere and runs', async (t) => {
  const folder = await tempDir(t);
  await npm(t, ['pack', '--pack-destination', folder], ROOT);
  const [archive] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  assert.ok(archive !== undefined);
  const prefix = join(folder, 'prefix');
  // What the registry has sent for package-lock.json is in npm's cache already.
  await npm(
    t,
    ['install', '--global', '--prefix', prefix, '--prefer-offline', join(folder, archive)],
    folder,
  );
  const command = join(prefix, 'bin', 'gatewright');

  const version = await runToEnd(t, [command, 'version', '--json'], { cwd: folder });
  assert.equal(version.status, 0, version.stderr);
  assert.match(JSON.parse(version.stdout).gatewright, /^\d+\.\d+\.\d+$/);

  const init = [command, 'init', '--enterprise', '12345', '--listen', '127.0.0.1:0', '--yes'];
  for (const step of [init, [command, 'ca', 'init']])
    assert.equal((await runToEnd(t, step, { cwd: folder })).status, 0);
  const file = join(folder, 'gatewright.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('127.0.0.1:3129', '127.0.0.1:0'));
  const gate = start(t, [command, 'run'], { cwd: folder });
  await gate.until(/^ {2}record /m);
  gate.child.kill('SIGTERM');
  assert.equal((await gate.ended).status, 0);
  const verified = await runToEnd(t, [command, 'audit', 'verify', '--json'], { cwd: folder });
  assert.equal(verified.status, 0, verified.stderr);
  assert.equal(JSON.parse(verified.stdout).whole, true);

  const demo = start(t, [command, 'demo', '--free-ports'], { cwd: folder });
  await demo.until(/Ctrl-C stops all\.\n/);
  demo.child.kill('SIGINT');
  assert.equal((await demo.ended).status, 0);
});

test('the package carries neither sources nor tests', async (t) => {
  const listed = await npm(t, ['pack', '--dry-run', '--json', '--ignore-scripts'], ROOT);
  const [packed] = JSON.parse(listed);
  const paths: string[] = packed.files.map(({ path }: { readonly path: string }) => path);
  assert.deepEqual(
    paths.filter((path) => /\.test\.[jt]s$|^src\/|^test\/|^tools\/|tsconfig/.test(path)),
    [],
  );
  for (const path of ['bin/gatewright.js', 'LICENSE', 'package.json']) assert.ok(paths.includes(path), path);
});

async function npm(t: TestContext, args: readonly string[], cwd: string): Promise<string> {
  const ended = await runToEnd(t, ['npm', '--no-audit', '--no-fund', '--no-update-notifier', ...args], {
    cwd,
  });
  assert.equal(ended.status, 0, ended.stderr);
  return ended.stdout;
}
