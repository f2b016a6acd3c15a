// `gatewright walkthrough`: every tour that cannot be taken ends in one line, before anything is asked of GitHub.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { sayTo } from '../../../test/support/command-line.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';

const REAL = ['--github', 'https://github.com'];
const NAMED = ['--enterprise', 'acme', '--shortcode', 'acme'];

const FAULTS: readonly (readonly [name: string, args: readonly string[], says: RegExp])[] = [
  ['no demo has run in this folder', [], /"\.gatewright\/admin-token": there is no such file/],
  ['no demo runs', ['--token-file', 'token', '--admin', 'http://127.0.0.1:1'], /gatewright demo/],
  ['GitHub is no URL', ['--github', 'github.com', ...NAMED], /"github\.com": .*https:\/\/github\.com/],
  ['the enterprise has no name', REAL, /--enterprise SLUG and --shortcode CODE/],
  ['the proxy is no URL', [...REAL, ...NAMED, '--proxy', 'gate:3128'], /"gate:3128".*http:\/\/HOST:PORT/],
  [
    'the way past the gate is none',
    [...REAL, ...NAMED, '--direct', 'github.com'],
    /"github\.com".*HOST:PORT/,
  ],
  ['there is no CA certificate', [...REAL, ...NAMED, '--ca', 'ca.pem'], /"ca\.pem": there is no such file/],
  ['the CA certificate is none', [...REAL, ...NAMED, '--ca', 'token'], /"token".*PEM/],
];

for (const [name, args, says] of FAULTS) {
  test(`walkthrough ends with 1 when ${name}`, async (t) => {
    const cwd = await tempDir(t);
    writeFileSync(join(cwd, 'token'), 'x');
    const said = await sayTo(['walkthrough', ...args], { cwd });
    assert.deepEqual([said.status, said.stdout], [1, '']);
    assert.match(said.stderr, /^[^\n]+\n$/);
    assert.match(said.stderr, says);
  });
}

test('walkthrough shows no proxy password in a fault', async (t) => {
  const args = [...REAL, ...NAMED, '--proxy', 'https://carol:s3cret@gate:3128'];
  const said = await sayTo(['walkthrough', ...args], { cwd: await tempDir(t) });
  assert.equal(said.status, 1);
  assert.doesNotMatch(said.stderr, /s3cret/);
});
