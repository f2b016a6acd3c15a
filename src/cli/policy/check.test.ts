// `gatewright check`, `explain` and `test`: what a person and a build see of a policy.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type GivenActs, sayTo } from '../../../test/support/command-line.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { parseSettings } from '../../core/settings/settings-document.ts';

const POLICY = `version: 1
restrict: { enterprises: ["12345"] }
exempt:
  - { name: ended, users: [bob], until: 2026-01-31 }
  - { name: people, users: [carol] }
allow: [ { preset: github } ]
block: [ { preset: codespaces } ]
otherwise: block
`;
const TYPO = POLICY.replace('restrict:', 'restrictt:');

test('check finds a policy right and warns of an exemption that ended', async (t) => {
  const said = await sayTo(['check', 'policy.yaml'], { cwd: await folderWith(t, POLICY) });
  assert.deepEqual([said.status, said.stdout], [0, 'policy.yaml: right\n']);
  assert.match(said.stderr, /^policy\.yaml:4:\d+: warning exemption-expired: /m);
});

test('check says file, line, column and the right spelling of a typo', async (t) => {
  const said = await sayTo(['check', 'policy.yaml'], { cwd: await folderWith(t, TYPO) });
  assert.deepEqual([said.status, said.stdout], [3, '']);
  assert.match(said.stderr, /^policy\.yaml:2:1: "restrictt": .*restrict"?/);
});

test('C10 check of a token or a key, which is neither settings nor a policy, shows nothing of it', async (t) => {
  const secret = 'Ukx6-abcdefghijklmnopqrstuvwxyz';
  for (const text of [`${secret}\n`, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`]) {
    const said = await sayTo(['check', 'policy.yaml'], { cwd: await folderWith(t, text) });
    assert.deepEqual([said.status, said.stdout], [3, '']);
    assert.doesNotMatch(said.stderr, /Ukx6/);
  }
});

test('C10 check in a folder without settings says what writes them', async (t) => {
  const acts = { readSettings: () => ({ ok: false as const, error: [] }) };
  const said = await sayTo(['check'], { cwd: await tempDir(t), acts });
  assert.equal(said.status, 1);
  assert.match(said.stderr, /gatewright init/);
});

test('check --json tells faults and warnings to a program', async (t) => {
  const wrong = await sayTo(['check', 'policy.yaml', '--json'], { cwd: await folderWith(t, TYPO) });
  const fault = JSON.parse(wrong.stdout).faults[0];
  assert.deepEqual([wrong.status, fault.line, fault.column, fault.value], [3, 2, 1, 'restrictt']);
  const right = await sayTo(['check', 'policy.yaml', '--json'], { cwd: await folderWith(t, POLICY) });
  const { valid, warnings } = JSON.parse(right.stdout);
  assert.deepEqual([right.status, valid, warnings[0].code], [0, true, 'exemption-expired']);
});

const UNMET =
  'version: 1\nallow:\n  - { name: kiosk, to: x.example.org, device: "CN=kiosk", listener: lab }\notherwise: block\n';
const SETTINGS = 'policy: policy.yaml\nlisteners:\n  - { name: office, proxy: "127.0.0.1:3128" }\n';

/** Acts that read settings, and find that the CA lacks these names. */
const actsIn = (cwd: string, missing: readonly string[] = []): GivenActs => ({
  readSettings: (file) =>
    parseSettings({ text: readFileSync(file, 'utf8'), file }, (path) => join(cwd, path)),
  checkOpening: async () => ({ ok: true, value: null }),
  ca: { missingPermits: async () => ({ ok: true, value: missing }) },
});

test('A4 check refuses a rule that no listener of the settings can apply, and warns where it knows none', async (t) => {
  const cwd = await folderWith(t, UNMET);
  writeFileSync(join(cwd, 'gatewright.yaml'), SETTINGS);
  const said = await sayTo(['check'], { cwd, acts: actsIn(cwd) });
  assert.equal(said.status, 3);
  assert.match(said.stderr, /policy\.yaml:3:5: "lab": .*known: office/);
  assert.match(said.stderr, /policy\.yaml:3:5: "CN=kiosk": .*"from"/);
  const alone = await sayTo(['check', 'policy.yaml', '--json'], { cwd });
  const { valid, warnings } = JSON.parse(alone.stdout);
  assert.deepEqual([alone.status, valid, warnings[0].code], [0, true, 'device-unknown']);
  const asked = ['--policy', 'policy.yaml', '--device', 'CN=kiosk', '--listener', 'lab'];
  assert.match((await sayTo(['explain', 'https://x.example.org/', ...asked], { cwd })).stdout, /kiosk/);
});

for (const [missing, status] of [
  [[], 0],
  [['github.dev'], 3],
] as const) {
  test(`check --config ends with ${status} when the CA lacks ${missing.length} names`, async (t) => {
    const cwd = await folderWith(t, POLICY);
    writeFileSync(join(cwd, 'gatewright.yaml'), SETTINGS);
    const said = await sayTo(['check'], { cwd, acts: actsIn(cwd, missing) });
    assert.equal(said.status, status, said.stderr);
    if (status !== 0) assert.match(said.stderr, /github\.dev/);
  });
}

const PARTED = POLICY.replace('allow:', 'include: rules/approved.yaml\n# allow:');
const APPROVED =
  'version: 1\nallow: [ { preset: github } ]\nexempt: [ { name: old, users: x, until: 2026-02-28 } ]\n';

async function parted(t: TestContext, approved: string): Promise<string> {
  const cwd = await folderWith(t, PARTED);
  mkdirSync(join(cwd, 'rules'));
  writeFileSync(join(cwd, 'rules', 'approved.yaml'), approved);
  return cwd;
}

test('check reads what a policy includes, and names each file', async (t) => {
  const said = await sayTo(['check', 'policy.yaml'], { cwd: await parted(t, APPROVED) });
  assert.deepEqual([said.status, said.stdout], [0, 'policy.yaml and rules/approved.yaml: right\n']);
  assert.match(said.stderr, /^policy\.yaml:4:\d+: warning exemption-expired: /m);
  assert.match(said.stderr, /^rules\/approved\.yaml:3:\d+: warning exemption-expired: /m);
  const json = await sayTo(['check', 'policy.yaml', '--json'], { cwd: await parted(t, APPROVED) });
  assert.deepEqual(JSON.parse(json.stdout).files, ['policy.yaml', 'rules/approved.yaml']);
});

for (const args of [
  ['check', 'policy.yaml'],
  ['explain', 'https://github.com/x'],
  ['test', 'policy.yaml', 'policy.test.yaml'],
]) {
  test(`${args[0]} says a fault of an included file where it stands`, async (t) => {
    const cwd = await parted(t, `${APPROVED}otherwise: splice\n`);
    writeFileSync(join(cwd, 'policy.test.yaml'), TESTS);
    const said = await sayTo(args, { cwd });
    assert.deepEqual([said.status, said.stdout], [3, '']);
    assert.match(said.stderr, /^rules\/approved\.yaml:4:1: "otherwise": .*policy\.yaml:9:1/);
  });
}

test('explain and test ask the policy with what it includes', async (t) => {
  const cwd = await parted(t, APPROVED);
  const explained = await sayTo(['explain', 'https://github.com/x'], { cwd });
  assert.match(explained.stdout, /^forward {2}restricted/);
  writeFileSync(join(cwd, 'policy.test.yaml'), TESTS.slice(0, TESTS.indexOf('- name: carol')));
  const tested = await sayTo(['test', 'policy.yaml', 'policy.test.yaml'], { cwd });
  assert.equal(tested.status, 0);
});

test('check ends with 1 when there is no such file', async (t) => {
  const said = await sayTo(['check', 'polcy.yaml'], { cwd: await tempDir(t) });
  assert.equal(said.status, 1);
  assert.match(said.stderr, /"polcy\.yaml": there is no such file/);
});

const EXPLAINED: readonly (readonly [name: string, args: readonly string[], status: number, says: RegExp])[] =
  [
    [
      'a stamped request',
      ['https://github.com/x', '--user', 'dave'],
      0,
      /sec-GitHub-allowed-enterprise: 12345/,
    ],
    ['an exempt one', ['https://github.com/x', '--user', 'carol'], 0, /exemption +people/],
    ['a block', ['https://github.dev/'], 2, /rule +codespaces/],
    ['a connection', ['github.com:443'], 0, /^forward /],
  ];

for (const [name, args, status, says] of EXPLAINED) {
  test(`explain tells a person of ${name}`, async (t) => {
    const said = await sayTo(['explain', ...args], { cwd: await folderWith(t, POLICY) });
    assert.equal(said.status, status, said.stderr);
    assert.match(said.stdout, says);
  });
}

const NOT_EXPLAINED: readonly (readonly [
  name: string,
  args: readonly string[],
  status: number,
  says: RegExp,
])[] = [
  ['no question', ['github.com'], 1, /"github\.com": .*:443/],
  ['no address', ['https://github.com/', '--from', '10.1.2.999'], 1, /"10\.1\.2\.999"/],
  ['no time zone', ['https://github.com/', '--time-zone', 'Berlin'], 1, /"Berlin".*Europe\/Berlin/],
  ['no policy', ['https://github.com/', '--policy', 'none.yaml'], 1, /"none\.yaml"/],
];

for (const [name, args, status, says] of NOT_EXPLAINED) {
  test(`explain ends with ${status} for ${name}`, async (t) => {
    const said = await sayTo(['explain', ...args], { cwd: await folderWith(t, POLICY) });
    assert.deepEqual([said.status, said.stdout], [status, '']);
    assert.match(said.stderr, says);
  });
}

test('explain has colours where they are shown, and the same words', async (t) => {
  const cwd = await folderWith(t, POLICY);
  const plain = await sayTo(['explain', 'https://github.dev/'], { cwd });
  const painted = await sayTo(['explain', 'https://github.dev/'], { cwd, colours: 'shown' });
  assert.notEqual(painted.stdout, plain.stdout);
  assert.equal(painted.stdout.replaceAll(/\u001b\[\d+m/g, ''), plain.stdout);
});

const TESTS = `- name: dave is stamped
  given: { user: dave }
  when: https://github.com/octo-org/app
  then: { verdict: forward, restricted: true }
- name: carol & "friends" are blocked
  given: { user: carol }
  when: https://github.com/octo-org/app
  then: { verdict: block, code: rule }
`;

test('test ends with 4 and says what differs, where', async (t) => {
  const cwd = await folderWith(t, POLICY);
  writeFileSync(join(cwd, 'policy.test.yaml'), TESTS);
  const said = await sayTo(['test', 'policy.yaml', 'policy.test.yaml', '--junit', 'out.xml'], { cwd });
  assert.equal(said.status, 4);
  assert.match(said.stdout, /^pass {2}dave is stamped$/m);
  assert.match(said.stdout, /^FAIL {2}carol & "friends" are blocked \(policy\.test\.yaml:5:\d+\)$/m);
  assert.match(said.stdout, /verdict: expected "block", got "forward"/);
  const junit = readFileSync(join(cwd, 'out.xml'), 'utf8');
  assert.match(junit, /tests="2" failures="1"/);
  assert.match(junit, /name="carol &#38; &#34;friends&#34; are blocked"/);
});

test('test ends with 0 when all is as expected, and tells a program', async (t) => {
  const cwd = await folderWith(t, POLICY);
  writeFileSync(join(cwd, 'policy.test.yaml'), TESTS.slice(0, TESTS.indexOf('- name: carol')));
  const said = await sayTo(['test', 'policy.yaml', 'policy.test.yaml', '--json'], { cwd });
  assert.equal(said.status, 0);
  assert.deepEqual(JSON.parse(said.stdout)[0].passed, true);
});

test('test --watch wipes a screen before each run, and ends as the run did', async (t) => {
  const cwd = await folderWith(t, POLICY);
  writeFileSync(join(cwd, 'policy.test.yaml'), TESTS);
  const args = ['test', 'policy.yaml', 'policy.test.yaml', '--watch'];
  const screen = await sayTo(args, { cwd, wipes: 'shown' });
  assert.equal(screen.status, 4);
  assert.match(screen.stdout, /^\u001b\[2J\u001b\[3J\u001b\[Hpass {2}dave is stamped\n/);
  const log = await sayTo(args, { cwd });
  assert.match(log.stdout, /^\npass {2}dave is stamped\n[^\u001b]*Waiting for changes; Ctrl-C ends\.\n$/);
});

test('test ends with 3 when a test file is wrong', async (t) => {
  const cwd = await folderWith(t, POLICY);
  writeFileSync(join(cwd, 'policy.test.yaml'), TESTS.replace('restricted:', 'restrickted:'));
  const said = await sayTo(['test', 'policy.yaml', 'policy.test.yaml'], { cwd });
  assert.equal(said.status, 3);
  assert.match(said.stderr, /^policy\.test\.yaml:4:\d+: "restrickted"/);
});

async function folderWith(t: TestContext, policy: string): Promise<string> {
  const folder = await tempDir(t);
  writeFileSync(join(folder, 'policy.yaml'), policy);
  return folder;
}
