// `gatewright exec`: what the command sees, and what its end becomes.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Said, sayTo } from '../../../test/support/command-line.ts';
import { gatewright } from '../../../test/support/processes.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nZ2F0ZQ==\n-----END CERTIFICATE-----\n';

test('exec sets every proxy and CA variable', async (t) => {
  const seen = await variables(t, ['--proxy', 'http://127.0.0.1:3128/']);
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']) {
    assert.equal(seen[name], 'http://127.0.0.1:3128', name);
  }
  assert.equal(seen['NO_PROXY'], 'localhost,127.0.0.1,::1');
  assert.equal(seen['no_proxy'], seen['NO_PROXY']);
  assert.equal(seen['ca'], PEM);
  for (const name of ['SSL_CERT_FILE', 'GIT_SSL_CAINFO', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE']) {
    assert.equal(seen[name], seen['SSL_CERT_FILE'], name);
  }
  assert.ok(seen['bundle']?.endsWith(PEM), 'the bundle ends with the CA');
});

const USERS: readonly (readonly [name: string, user: string, env: Record<string, string>, url: string])[] = [
  ['a password on the line', 'carol:carol-demo', {}, 'http://carol:carol-demo@127.0.0.1:3130'],
  ['a password with marks', 'carol:a:b@c/d', {}, 'http://carol:a%3Ab%40c%2Fd@127.0.0.1:3130'],
  [
    'a password in GATEWRIGHT_PASSWORD',
    'carol',
    { GATEWRIGHT_PASSWORD: 'x y' },
    'http://carol:x%20y@127.0.0.1:3130',
  ],
];

for (const [name, user, env, url] of USERS) {
  test(`exec --user takes ${name}`, async (t) => {
    const seen = await variables(t, ['--proxy', 'http://127.0.0.1:3130', '--user', user], env);
    assert.equal(seen['HTTPS_PROXY'], url);
  });
}

const ENDS: readonly (readonly [name: string, command: readonly string[], status: number])[] = [
  ["the command's own status", [process.execPath, '-e', 'process.exit(7)'], 7],
  ['128 and the signal that ended it', [process.execPath, '-e', 'process.kill(process.pid, "SIGTERM")'], 143],
  ['127 for a command that is not there', ['no-such-command-here'], 127],
];

for (const [name, command, status] of ENDS) {
  test(`exec ends with ${name}`, async (t) => {
    const said = await sayTo(['exec', '--', ...command], { cwd: await folderWithCa(t), env: process.env });
    assert.equal(said.status, status, said.stderr);
  });
}

test('exec hands options after the command to the command', async (t) => {
  const said = await gatewright(t, ['exec', process.execPath, '-p', 'process.argv.length', '--', '--json'], {
    cwd: await folderWithCa(t),
  });
  assert.deepEqual([said.status, said.stdout], [0, '2\n']);
});

const FAULTS: readonly (readonly [name: string, options: readonly string[], says: RegExp])[] = [
  ['no CA certificate', ['--ca', 'missing.pem'], /"missing.pem"/],
  ['a CA file that is no PEM', ['--ca', 'note.txt'], /"note.txt".*PEM/],
  ['an https proxy', ['--proxy', 'https://127.0.0.1:3128'], /"https:\/\/127.0.0.1:3128".*http:\/\/HOST:PORT/],
  ['nobody to ask for the password', ['--user', 'carol'], /"carol".*GATEWRIGHT_PASSWORD/],
];

for (const [name, options, says] of FAULTS) {
  test(`exec refuses ${name} in one line`, async (t) => {
    const cwd = await folderWithCa(t);
    writeFileSync(join(cwd, 'note.txt'), 'hello');
    const said = await sayTo(['exec', ...options, '--', 'true'], { cwd });
    assert.equal(said.status, 1);
    assert.match(said.stderr, says);
    assert.equal(said.stderr.trim().split('\n').length, 1);
  });
}

/** The variables that a command sees, and `ca` and `bundle`: the texts that two of them lead to. */
async function variables(
  t: TestContext,
  options: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const cwd = await folderWithCa(t);
  const report = `
    const { readFileSync, writeFileSync } = require('node:fs');
    const ca = readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8');
    const bundle = readFileSync(process.env.SSL_CERT_FILE, 'utf8');
    writeFileSync('seen.json', JSON.stringify({ ...process.env, ca, bundle }));`;
  const command = ['exec', ...options, '--', process.execPath, '-e', report];
  const said: Said = await sayTo(command, { cwd, env: { ...process.env, ...env } });
  assert.equal(said.status, 0, said.stderr);
  return JSON.parse(readFileSync(join(cwd, 'seen.json'), 'utf8'));
}

/** A folder with a CA where `exec` looks when it is told nothing. */
async function folderWithCa(t: TestContext): Promise<string> {
  const folder = await tempDir(t);
  mkdirSync(join(folder, '.gatewright'));
  writeFileSync(join(folder, '.gatewright', 'ca.pem'), PEM);
  return folder;
}
