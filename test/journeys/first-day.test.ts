// What an administrator types on the first day, in the folder of gatewright.yaml, and what is said to wrong words.
// Must not know how a command finds what it goes by.
import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { createActs } from '../../src/compose.ts';
import { type Said, type Surroundings, sayTo } from '../support/command-line.ts';
import { freePort, takenPort } from '../support/ports.ts';
import { GATEWRIGHT, gatewright, ROOT, start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';

test('C7 init writes the mode, and the public name into where leaves say the revocation list is', async (t) => {
  const rows = [
    [
      ['--public-name', 'gate.example.com', '--listen', '0.0.0.0:8080'],
      'http://gate.example.com:8080/ca.crl',
    ],
    [['--crl-url', 'http://pki.example.com/gate.crl'], 'http://pki.example.com/gate.crl'],
  ] as const;
  for (const [options, url] of rows) {
    const cwd = await tempDir(t);
    const made = await says(['init', '--enterprise', '1', '--mode', 'report', '--yes', ...options], {
      cwd,
    });
    assert.equal(made.status, 0, made.stderr);
    assert.match(readFileSync(join(cwd, 'policy.yaml'), 'utf8'), /^mode: report$/m);
    assert.ok(readFileSync(join(cwd, 'gatewright.yaml'), 'utf8').includes(`crlUrl: ${JSON.stringify(url)}`));
  }
});

test('C7 npm pack installs what it compiles with', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  assert.match(scripts.prepack, /^node bin\/bootstrap\.js /);
});

test('C7 user changes the file that the settings name', async (t) => {
  const cwd = await deployed(t, (text) => `${text}identity: { htpasswd: people }\n`);
  const added = await says(['user', 'add', 'dave', '--password-stdin'], { cwd, input: 'one\n' });
  assert.equal(added.status, 0, added.stderr);
  assert.match(readFileSync(join(cwd, 'people'), 'utf8'), /^dave:/);
  assert.equal((await says(['user', 'list'], { cwd })).stdout, 'dave\n');
  const plain = await deployed(t);
  const unread = await says(['user', 'add', 'dave', '--password-stdin'], {
    cwd: plain,
    input: 'one\n',
  });
  assert.match(unread.stderr, /identity: \{ htpasswd: users\.htpasswd \}/);
});

test('C7 C8 exec, stamp and status go by the settings of the folder', async (t) => {
  const port = { proxy: await freePort(), admin: await freePort() };
  const cwd = await deployed(t, (text) =>
    text
      .replace('127.0.0.1:0', `0.0.0.0:${port.proxy}`)
      .replace(/^admin: .*$/m, `admin: { listen: "127.0.0.1:${port.admin}", stampSwitch: true }`),
  );
  const gate = start(t, [process.execPath, GATEWRIGHT, 'run'], { cwd });
  await gate.until(/^ {2}record /m);
  const shown = await says(['status'], { cwd });
  assert.equal(shown.status, 0, shown.stderr);
  for (const says of [
    /^ready {2}gatewright \d/,
    /record +ok/,
    /in force +[0-9a-f]{12} .*policy\.yaml/,
    /office +/,
  ])
    assert.match(shown.stdout, says);
  const stamp = await says(['stamp', 'status', '--json'], { cwd });
  assert.deepEqual(JSON.parse(stamp.stdout), { stamp: 'on' });
  const ran = await gatewright(
    t,
    ['exec', '--', process.execPath, '-p', 'process.env.HTTPS_PROXY + " " + process.env.NODE_EXTRA_CA_CERTS'],
    { cwd },
  );
  assert.match(ran.stdout, new RegExp(`^http://127\\.0\\.0\\.1:${port.proxy} .+ca\\.pem\n$`));
  gate.child.kill('SIGTERM');
  assert.equal((await gate.ended).status, 0);
  const gone = await says(['status'], { cwd });
  assert.equal(gone.status, 1);
  assert.match(gone.stderr, new RegExp(`127\\.0\\.0\\.1:${port.admin}.*nothing listens there`));
});

test('C8 a policy is judged by the settings: explain, test, diff', async (t) => {
  const cwd = await deployed(t, (text) =>
    `${text}timeZone: Pacific/Auckland\n`.replace('policy: policy.yaml', 'policy: rules.yaml'),
  );
  renameSync(join(cwd, 'policy.yaml'), join(cwd, 'rules.yaml'));
  const config = ['--config', 'gatewright.yaml'];
  writeFileSync(
    join(cwd, 'a.test.yaml'),
    '- { name: a, when: { url: "https://github.com/" }, then: { restricted: true } }\n',
  );
  writeFileSync(join(cwd, 'new.yaml'), `${readFileSync(join(cwd, 'rules.yaml'), 'utf8')}include: []\n`);
  for (const args of [
    ['explain', 'https://github.com/'],
    ['explain', 'https://github.com/', ...config],
    ['test', ...config, 'a.test.yaml'],
    ['diff', ...config, 'new.yaml'],
  ]) {
    const said = await says(args, { cwd });
    assert.equal(said.status, 0, `${args.join(' ')}: ${said.stderr}`);
  }
  const untested = await says(['test', ...config], { cwd });
  assert.equal(untested.status, 1);
  const one = await says(['diff', 'new.yaml'], { cwd });
  assert.match(one.stderr, /^Cannot compare one policy: .*--config/);
});

test('C8 --version is the command version', async () => {
  const [option, command] = await Promise.all([says(['--version']), says(['version'])]);
  assert.deepEqual([option.status, option.stdout], [0, command.stdout]);
});

test('C8 a port that is taken is told with who has it', async (t) => {
  const holder = await takenPort(t);
  const cwd = await deployed(t, (text) => text.replace('127.0.0.1:0', `127.0.0.1:${holder}`));
  const ended = await says(['run'], { cwd });
  assert.equal(ended.status, 1);
  assert.match(ended.stderr, new RegExp(`the port is taken by .+ \\(pid ${process.pid}\\)`));
});

test('C8 settings that are missing are told with the mend', async (t) => {
  const cwd = await tempDir(t);
  for (const command of ['run', 'report', 'audit verify'].map((words) => words.split(' '))) {
    const ended = await says(command, { cwd });
    assert.equal(ended.status, 1, command.join(' '));
    assert.match(ended.stderr, /"gatewright\.yaml".*--config.*gatewright init/);
  }
});

/** A command line inside this process: a gate alone is worth a process. */
function says(args: readonly string[], surroundings: Surroundings = {}): Promise<Said> {
  return sayTo(args, { env: process.env, nowMs: Date.now(), ...surroundings, acts: createActs() });
}

/** A folder with settings, policy and CA; ports are free ones. */
async function deployed(
  t: TestContext,
  change: (settings: string) => string = (text) => text,
): Promise<string> {
  const cwd = await tempDir(t);
  await says(['init', '--enterprise', '12345', '--listen', '127.0.0.1:0', '--yes'], { cwd });
  const file = join(cwd, 'gatewright.yaml');
  const made = await says(['ca', 'init'], { cwd });
  assert.equal(made.status, 0, made.stderr);
  writeFileSync(file, change(readFileSync(file, 'utf8').replace('127.0.0.1:3129', '127.0.0.1:0')));
  return cwd;
}
