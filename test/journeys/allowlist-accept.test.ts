// Accepting what GitHub publishes: the command in a process of its own, and what the policy does afterwards.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sayTo } from '../support/command-line.ts';
import { type Ended, gatewright } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { TestScope } from '../support/test-scope.ts';

const POLICY = `# Ours, since 2024.
version: 1   # the format

restrict: { enterprises:   ["12345"] }
copilot: { plans: [business] } # not individual
allow:
    - preset: github      # web
    - preset: copilot
block: [{ preset: codespaces }]
otherwise: block
`;
const META = {
  website: ['*.github.com', 'github.dev', 'new.githubapp.com'],
  copilot: ['*.githubcopilot.com'],
  codespaces: ['*.vscode-webview.net', '*.windows.net'],
};

async function folderWith(t: TestScope, domains: unknown = META): Promise<string> {
  const cwd = await tempDir(t);
  writeFileSync(join(cwd, 'policy.yaml'), POLICY);
  writeFileSync(join(cwd, 'meta.json'), JSON.stringify({ domains }));
  return cwd;
}

function allowlist(t: TestScope, cwd: string, ...args: readonly string[]): Promise<Ended> {
  return gatewright(t, ['allowlist', ...args, '--meta', 'meta.json'], { cwd });
}

/** Every file of the folder with its text. */
function textsIn(cwd: string): Readonly<Record<string, string>> {
  const names = readdirSync(cwd, { withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(names.map(({ name }) => [name, readFileSync(join(cwd, name), 'utf8')]));
}

async function verdictOf(t: TestScope, cwd: string, url: string): Promise<string> {
  const ended = await gatewright(t, ['explain', url, '--json'], { cwd });
  const { verdict, reason } = JSON.parse(ended.stdout);
  return `${verdict} ${reason.code}`;
}

test('allowlist accept --all lets in what is missing, and changes one line of the policy', async (t) => {
  const cwd = await folderWith(t);
  const ended = await allowlist(t, cwd, 'accept', '--all', '--file', 'approved-2026-11.yaml');
  assert.equal(ended.status, 0, ended.stderr);
  assert.deepEqual(Object.keys(textsIn(cwd)), ['approved-2026-11.yaml', 'meta.json', 'policy.yaml']);
  const included = POLICY.replace(
    'version: 1   # the format\n',
    'version: 1   # the format\ninclude: [approved-2026-11.yaml]\n',
  );
  assert.equal(readFileSync(join(cwd, 'policy.yaml'), 'utf8'), included);
  const approved = readFileSync(join(cwd, 'approved-2026-11.yaml'), 'utf8');
  assert.match(approved, /- name: github-meta-2026-11\n/);
  assert.match(approved, /- "\*\.vscode-webview\.net" # codespaces\n/);
  assert.doesNotMatch(approved, /windows\.net|github\.dev|githubcopilot/);

  assert.equal(await verdictOf(t, cwd, 'x.vscode-webview.net:443'), 'splice named');
  assert.equal(await verdictOf(t, cwd, 'github.dev:443'), 'block rule');
  assert.equal(await verdictOf(t, cwd, 'api.individual.githubcopilot.com:443'), 'block copilot-plan');
  assert.equal(await verdictOf(t, cwd, 'x.windows.net:443'), 'block not-allowed');

  const before = textsIn(cwd);
  const again = await allowlist(t, cwd, 'accept', '--all');
  assert.equal(again.status, 0);
  assert.match(again.stdout, /^There is nothing to accept\.$/m);
  assert.deepEqual(textsIn(cwd), before);
});

test('allowlist accept takes a name, a reason and the day, and adds to the file of the day', async (t) => {
  const cwd = await folderWith(t);
  const nowMs = Date.parse('2026-11-24T23:59:59Z');
  const accept = (...args: readonly string[]) =>
    sayTo(['allowlist', 'accept', ...args, '--meta', 'meta.json', '--json'], { cwd, nowMs });
  const first = await accept('*.vscode-webview.net', '--why', 'Ticket 4711: # yes');
  const second = await accept('*.windows.net', '*.github.com');
  assert.deepEqual([first.status, second.status], [0, 0]);
  assert.deepEqual(JSON.parse(first.stdout).written, [
    join(cwd, 'approved-2026-11-24.yaml'),
    join(cwd, 'policy.yaml'),
  ]);
  const { written, accepted, left } = JSON.parse(second.stdout);
  assert.deepEqual(written, [join(cwd, 'approved-2026-11-24.yaml')]);
  assert.deepEqual(
    [accepted, left.map(({ name }: { name: string }) => name)],
    [['*.windows.net'], ['*.github.com']],
  );
  assert.match(readFileSync(join(cwd, 'approved-2026-11-24.yaml'), 'utf8'), /Ticket 4711: # yes/);
  assert.equal((await sayTo(['check', 'policy.yaml'], { cwd })).status, 0);
  assert.match(readFileSync(join(cwd, 'policy.yaml'), 'utf8'), /^include: \[approved-2026-11-24\.yaml\]$/m);
});

test('allowlist accept dates its file by the day in --time-zone', async (t) => {
  const cwd = await folderWith(t);
  const nowMs = Date.parse('2026-11-24T12:00:00Z');
  const args = ['allowlist', 'accept', 'new.githubapp.com', '--meta', 'meta.json', '--time-zone'];
  const none = await sayTo([...args, 'Mars/Olympus'], { cwd, nowMs });
  assert.equal(none.status, 1);
  assert.match(none.stderr, /time zone "Mars\/Olympus"/);
  assert.equal((await sayTo([...args, 'Pacific/Auckland'], { cwd, nowMs })).status, 0);
  const approved = readFileSync(join(cwd, 'approved-2026-11-25.yaml'), 'utf8');
  assert.match(approved, /name: github-meta-2026-11-25\n/);
  assert.match(approved, /accepted 2026-11-25\./);
});

test('allowlist diff says what is wrong with the policy before it asks for the list', async (t) => {
  const cwd = await folderWith(t);
  const said = await sayTo(['allowlist', 'diff', '--policy', 'none.yaml', '--meta', 'none.json'], { cwd });
  assert.equal(said.status, 1);
  assert.match(said.stderr, /"none\.yaml"/);
  assert.doesNotMatch(said.stderr, /none\.json/);
});

test('allowlist accept takes out again what it wrote and GitHub publishes no longer', async (t) => {
  const cwd = await folderWith(t);
  await allowlist(t, cwd, 'accept', '*.vscode-webview.net', 'new.githubapp.com', '--file', 'approved-1.yaml');
  writeFileSync(
    join(cwd, 'meta.json'),
    JSON.stringify({ domains: { ...META, codespaces: ['a.github.dev'] } }),
  );
  const found = await allowlist(t, cwd, 'diff');
  assert.equal(found.status, 4);
  assert.match(
    found.stdout,
    /^unpublished \(1\).*\n {2}\*\.vscode-webview\.net +github-meta-1 +approved-1\.yaml:\d/m,
  );
  const ended = await allowlist(t, cwd, 'accept', '--all');
  assert.match(ended.stdout, /^taken back {2}\*\.vscode-webview\.net$/m);
  assert.equal(await verdictOf(t, cwd, 'x.vscode-webview.net:443'), 'block not-allowed');
  assert.equal(await verdictOf(t, cwd, 'new.githubapp.com:443'), 'splice named');
  assert.equal((await allowlist(t, cwd, 'diff')).status, 0);
});

test('allowlist accept edits a policy in another folder, and leaves a link a link', async (t) => {
  const cwd = await folderWith(t);
  mkdirSync(join(cwd, 'etc'));
  mkdirSync(join(cwd, 'real'));
  writeFileSync(join(cwd, 'real', 'policy.yaml'), POLICY);
  symlinkSync('../real/policy.yaml', join(cwd, 'etc', 'policy.yaml'));
  const args = ['accept', 'new.githubapp.com', '--policy', 'etc/policy.yaml', '--file', 'approved-1.yaml'];
  const ended = await allowlist(t, cwd, ...args);
  assert.equal(ended.status, 0, ended.stderr);
  assert.deepEqual(readdirSync(join(cwd, 'etc')).sort(), ['approved-1.yaml', 'policy.yaml']);
  assert.match(readFileSync(join(cwd, 'real', 'policy.yaml'), 'utf8'), /^include: \[approved-1\.yaml\]$/m);
  const again = await allowlist(t, cwd, 'diff', '--policy', 'etc/policy.yaml', '--json');
  const { published } = JSON.parse(again.stdout);
  const state = published.find(({ pattern }: { pattern: string }) => pattern === 'new.githubapp.com').state;
  assert.equal(state, 'allowed');
});

interface Refused {
  readonly name: string;
  readonly args: readonly string[];
  readonly says: RegExp;
  readonly status?: number;
  /** Files that stand there before, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

const REFUSED: readonly Refused[] = [
  { name: 'a blocked name', args: ['github.dev'], says: /"github\.dev": the block rule codespaces wins/ },
  { name: 'a plan', args: ['*.githubcopilot.com'], says: /plan routing wins/ },
  { name: 'what nobody publishes', args: ['evil.example'], says: /GitHub does not publish it/ },
  { name: 'one of two names', args: ['new.githubapp.com', 'evil.example'], says: /Nothing was written/ },
  { name: 'no name', args: [], says: /write --all/ },
  { name: 'names and all', args: ['new.githubapp.com', '--all'], says: /write --all/ },
  {
    name: 'names by category',
    args: ['new.githubapp.com', '--category', 'website'],
    says: /goes with --all/,
  },
  {
    name: 'a file that clashes with the policy',
    args: ['new.githubapp.com', '--file', 'approved-x.yaml'],
    files: { 'approved-x.yaml': 'version: 1\ncopilot: { plans: [individual] }\n' },
    says: /approved-x\.yaml:2:\d+: "copilot"/,
    status: 3,
  },
  {
    name: 'a file that is no policy',
    args: ['new.githubapp.com', '--file', 'approved-x.yaml'],
    files: { 'approved-x.yaml': '- a\n' },
    says: /Cannot edit "approved-x\.yaml"/,
  },
  {
    name: 'a policy in braces',
    args: ['new.githubapp.com'],
    files: { 'policy.yaml': '{ version: 1, allow: [github.com], otherwise: block }\n' },
    says: /Cannot edit "policy\.yaml"/,
  },
  {
    name: 'a folder that is missing',
    args: ['new.githubapp.com', '--file', 'none/x.yaml'],
    says: /Cannot write/,
  },
  {
    name: 'the policy itself as the file',
    args: ['new.githubapp.com', '--file', 'policy.yaml'],
    says: /policy\.yaml/,
    status: 3,
  },
];

describe('allowlist accept changes nothing when it refuses', () => {
  for (const { name, args, says, status = 1, files = {} } of REFUSED)
    test(name, async (t) => {
      const cwd = await folderWith(t);
      for (const [file, text] of Object.entries(files)) writeFileSync(join(cwd, file), text);
      const before = textsIn(cwd);
      const said = await sayTo(['allowlist', 'accept', ...args, '--meta', 'meta.json'], { cwd });
      assert.equal(said.status, status, said.stdout + said.stderr);
      assert.match(said.stderr, says);
      assert.deepEqual(textsIn(cwd), before);
    });
});
