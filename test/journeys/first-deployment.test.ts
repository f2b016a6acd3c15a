// An administrator's first hour, command by command: init, ca, check, user, run, reload, stop.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { GATEWRIGHT, gatewright, start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';

test('a first deployment goes from init to run, and a wrong policy changes nothing', async (t) => {
  const cwd = await tempDir(t);
  const does = async (status: number, ...args: readonly string[]): Promise<string> => {
    const ended = await gatewright(t, args, { cwd, input: 'secret-of-dave\n' });
    assert.equal(ended.status, status, `${args.join(' ')}\n${ended.stderr}`);
    return ended.stdout;
  };
  await does(0, 'init', '--enterprise', '12345', '--listen', '127.0.0.1:0', '--plans', 'business', '--yes');
  usePortZero(cwd);
  await does(0, 'ca', 'init');
  assert.equal(statSync(join(cwd, 'ca', 'ca.key')).mode & 0o777, 0o600);
  await does(1, 'ca', 'init');
  await does(0, 'check');
  const shown = JSON.parse(await does(0, 'ca', 'show', '--json'));
  assert.match(shown.current.sha256, /^[0-9A-F:]{64,95}$/i);
  assert.equal(await does(0, 'ca', 'export'), readFileSync(join(cwd, 'ca', 'ca.pem'), 'utf8'));
  await does(0, 'user', 'add', 'dave', '--password-stdin');
  assert.deepEqual(JSON.parse(await does(0, 'user', 'list', '--json')), ['dave']);
  assert.doesNotMatch(readFileSync(join(cwd, 'users.htpasswd'), 'utf8'), /secret-of-dave/);
  await does(0, 'user', 'remove', 'dave');
  await runAndReload(t, cwd);
});

test('check refuses a policy that needs more than the CA may sign for', async (t) => {
  const cwd = await tempDir(t);
  await gatewright(t, ['init', '--enterprise', '12345', '--yes'], { cwd });
  await gatewright(t, ['ca', 'init', '--permit', 'example.org'], { cwd });
  const ended = await gatewright(t, ['check'], { cwd });
  assert.equal(ended.status, 3, ended.stderr);
  assert.match(ended.stderr, /github\.com/);
});

test('a policy of two files goes from ca init to a reload: its names, its faults and its revision are of both', async (t) => {
  const cwd = await tempDir(t);
  await gatewright(t, ['init', '--enterprise', '12345', '--listen', '127.0.0.1:0', '--yes'], { cwd });
  usePortZero(cwd);
  const policy = readFileSync(join(cwd, 'policy.yaml'), 'utf8');
  writeFileSync(join(cwd, 'policy.yaml'), `${policy}include: [more.yaml]\n`);
  writeFileSync(join(cwd, 'more.yaml'), 'version: 1\nblock: [files.example.net/in]\n');
  assert.equal((await gatewright(t, ['ca', 'init'], { cwd })).status, 0);
  const shown = JSON.parse((await gatewright(t, ['ca', 'show', '--json'], { cwd })).stdout);
  assert.ok(shown.current.permitted.includes('files.example.net'), shown.current.permitted.join(' '));
  assert.equal((await gatewright(t, ['check'], { cwd })).status, 0);
  const gate = start(t, [process.execPath, GATEWRIGHT, 'run'], { cwd });
  await gate.until(/^ {2}record /m);
  writeFileSync(join(cwd, 'more.yaml'), 'version: 1\nblok: []\n');
  gate.child.kill('SIGHUP');
  await gate.untilError(/the one before stays in force\.[\s\S]*"blok".*more\.yaml:2:1/);
  writeFileSync(join(cwd, 'more.yaml'), 'version: 1\n');
  gate.child.kill('SIGHUP');
  const texts = ['policy.yaml', 'more.yaml'].map((name) => readFileSync(join(cwd, name)));
  const digests = texts.map((text) => createHash('sha256').update(text).digest('hex'));
  const revision = createHash('sha256')
    .update(`${digests.join('\n')}\n`)
    .digest('hex')
    .slice(0, 12);
  await gate.untilError(new RegExp(`Policy ${revision} is in force`));
  gate.child.kill('SIGTERM');
  assert.equal((await gate.ended).status, 0);
});

test('run says file, line and column of a wrong setting, and does not start', async (t) => {
  const cwd = await tempDir(t);
  await gatewright(t, ['init', '--enterprise', '12345', '--yes'], { cwd });
  const settings = join(cwd, 'gatewright.yaml');
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('listeners:', 'listners:'));
  const ended = await gatewright(t, ['run'], { cwd });
  assert.deepEqual([ended.status, ended.stdout], [3, '']);
  assert.match(ended.stderr, /gatewright\.yaml:5:1: "listners": .*listeners/);
});

async function runAndReload(t: TestContext, cwd: string): Promise<void> {
  const gate = start(t, [process.execPath, GATEWRIGHT, 'run'], { cwd });
  await gate.until(/^ {2}record /m);
  const policy = readFileSync(join(cwd, 'policy.yaml'), 'utf8');
  writeFileSync(join(cwd, 'policy.yaml'), policy.replace('otherwise: block', 'otherwise: blok'));
  gate.child.kill('SIGHUP');
  await gate.untilError(/the one before stays in force\.[\s\S]*"blok"/);
  writeFileSync(join(cwd, 'policy.yaml'), policy);
  gate.child.kill('SIGHUP');
  await gate.untilError(/Policy [0-9a-f]+ is in force/);
  gate.child.kill('SIGTERM');
  const ended = await gate.ended;
  assert.equal(ended.status, 0, ended.stderr);
  assert.ok(existsSync(join(cwd, 'audit')));
}

// The files say 3129 for the admin API, which another gate on this machine may have.
function usePortZero(cwd: string): void {
  const file = join(cwd, 'gatewright.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('127.0.0.1:3129', '127.0.0.1:0'));
}
