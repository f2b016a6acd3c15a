// `gatewright init`: files that are right as they stand, and nothing overwritten.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { sayTo } from '../../../test/support/command-line.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { parsePolicy } from '../../core/policy/language/parse.ts';
import { parseSettings } from '../../core/settings/settings-document.ts';

const ROWS: readonly (readonly [name: string, args: readonly string[], answers: readonly string[] | null])[] =
  [
    ['flags', ['--enterprise', '12345', '--listen', '0.0.0.0:3128', '--plans', 'business', '--yes'], null],
    ['flags where nobody can be asked', ['--enterprise', '12345', 'octo-corp'], null],
    ['answers', [], ['12345, octo-corp', '', 'business enterprise']],
    ['flags and answers', ['--enterprise', '12345'], ['127.0.0.1:8080', '']],
  ];

for (const [name, args, answers] of ROWS) {
  test(`init writes two right files from ${name}`, async (t) => {
    const cwd = await tempDir(t);
    const said = await sayTo(['init', ...args], { cwd, ...(answers === null ? {} : { answers }) });
    assert.equal(said.status, 0, said.stderr);
    const text = (file: string) => ({ file, text: readFileSync(join(cwd, file), 'utf8') });
    const policy = parsePolicy(text('policy.yaml'), { timeZone: 'UTC' });
    assert.ok(policy.ok, JSON.stringify(policy));
    assert.ok(policy.value.restrict !== null);
    assert.ok(parseSettings(text('gatewright.yaml'), (path) => path).ok);
  });
}

test('init writes what was asked for', async (t) => {
  const cwd = await tempDir(t);
  await sayTo(['init', '--dir', 'etc/gate', '--enterprise', '12345', '--listen', '[::1]:3128', '--yes'], {
    cwd,
  });
  const settings = parseSettings(
    { file: 'x', text: readFileSync(join(cwd, 'etc/gate/gatewright.yaml'), 'utf8') },
    (path) => path,
  );
  assert.deepEqual(settings.ok && settings.value.listeners[0]?.at, { address: '::1', port: 3128 });
});

const FAULTS: readonly (readonly [name: string, args: readonly string[], status: number, says: RegExp])[] = [
  ['no enterprise', ['--yes'], 1, /--enterprise/],
  [
    'an enterprise that is none',
    ['--enterprise', 'octo corp,', 'ö', '--yes'],
    3,
    /policy\.yaml:\d+:\d+: .*"ö"/,
  ],
  [
    'a plan that is none',
    ['--enterprise', '1', '--plans', 'busines', '--yes'],
    3,
    /policy\.yaml:\d+:\d+: .*business/,
  ],
  [
    'a place that is none',
    ['--enterprise', '1', '--listen', 'here', '--yes'],
    3,
    /gatewright\.yaml:\d+:\d+: .*"here"/,
  ],
  [
    'a place that is none, for a name',
    ['--enterprise', '1', '--listen', '0.0.0.0:99999', '--public-name', 'gate.example.com', '--yes'],
    3,
    /^gatewright\.yaml:\d+:\d+: .*"0\.0\.0\.0:99999"[^\n]*\n$/,
  ],
  [
    'C7 a name that is none',
    ['--enterprise', '1', '--public-name', 'a"b', '--yes'],
    1,
    /"a\\"b" as --public-name: .*gate\.example\.com/,
  ],
  [
    'C7 a name with a port',
    [
      '--enterprise',
      '1',
      '--public-name',
      'gate.example.com:3128',
      '--crl-url',
      'http://a.example/',
      '--yes',
    ],
    1,
    /"gate\.example\.com:3128" as --public-name/,
  ],
  [
    'C7 a name at a port that the system chooses',
    ['--enterprise', '1', '--public-name', 'gate.example.com', '--listen', '0.0.0.0:0', '--yes'],
    1,
    /"gate\.example\.com".*0\.0\.0\.0:0.*--crl-url/,
  ],
  [
    'C7 a revocation list that is not over http',
    ['--enterprise', '1', '--crl-url', 'https://pki.example.com/gate.crl', '--yes'],
    1,
    /"https:.*gate\.crl" as --crl-url: .*http:\/\/gate\.example\.com/,
  ],
  [
    'C7 a revocation list at no host',
    ['--enterprise', '1', '--crl-url', 'http://a"b/gate.crl', '--yes'],
    1,
    /"http:\/\/a\\"b\/gate\.crl" as --crl-url/,
  ],
];

for (const [name, args, status, says] of FAULTS) {
  test(`init writes nothing for ${name}`, async (t) => {
    const cwd = await tempDir(t);
    const said = await sayTo(['init', ...args], { cwd });
    assert.equal(said.status, status);
    assert.match(said.stderr, says);
    assert.equal(existsSync(join(cwd, 'policy.yaml')), false);
  });
}

for (const file of ['policy.yaml', 'gatewright.yaml']) {
  test(`init never overwrites ${file}`, async (t) => {
    const cwd = await tempDir(t);
    writeFileSync(join(cwd, file), 'mine');
    const said = await sayTo(['init', '--enterprise', '1', '--yes'], { cwd });
    assert.equal(said.status, 1);
    assert.match(said.stderr, new RegExp(`"${file}": it exists already`));
    assert.equal(readFileSync(join(cwd, file), 'utf8'), 'mine');
  });
}
