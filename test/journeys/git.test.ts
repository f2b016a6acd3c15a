// git over HTTPS through the gate: anonymous, as a member, as an outsider, and as a person who is exempt.
// Must not know how the gate works.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { as, openDemo } from '../support/demo.ts';
import { gitOf } from '../support/git.ts';
import { tempDir } from '../support/temp-dir.ts';
import { fileScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

const file = fileScope();
const demo = await openDemo(file);
const MEMBER = 'ghp_MonaOctoClassic000000000000000000000';
const OUTSIDER = 'ghp_MonalisaClassic000000000000000000000';
const REFUSED =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';

test('git clones a public repository without credentials', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const folder = await tempDir(t);
  const git = gitOf(t, demo, { proxy: demo.office, token: null });
  await git.must(['clone', 'https://github.com/open-org/hello', folder]);
  assert.match(await readFile(join(folder, 'README.md'), 'utf8'), /open-org\/hello/);
});

test('git of a member clones, pushes and fetches', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const [one, other] = [await tempDir(t), await tempDir(t)];
  const git = gitOf(t, demo, { proxy: demo.office, token: MEMBER });
  await git.must(['clone', 'https://github.com/octo-org/app', one]);
  await git.must(['clone', 'https://github.com/octo-org/app.git', other]);
  await writeFile(join(one, 'new.txt'), 'new\n');
  await git.must(['add', 'new.txt'], one);
  await git.must(['commit', '--quiet', '--message', 'Add a file'], one);
  await git.must(['push', 'origin', 'HEAD:main'], one);
  await git.must(['fetch', 'origin'], other);
  assert.equal(
    await git.must(['rev-parse', 'origin/main'], other),
    await git.must(['rev-parse', 'HEAD'], one),
  );
  const { decision } = await demo.recorded(
    (each) => each.decision.request?.path === '/octo-org/app/git-receive-pack',
  );
  assert.deepEqual(
    [decision.verdict, decision.stamps[0]?.value ?? null, decision.request?.tokenKind],
    ['forward', '12345', 'ghp'],
  );
});

test("git shows an outsider who clones GitHub's own words", async (t) => {
  if (requireTool(t, 'git') === null) return;
  const git = gitOf(t, demo, { proxy: demo.office, token: OUTSIDER });
  const ended = await git.run([
    'clone',
    'https://github.com/monalisa/notes',
    join(await tempDir(t), 'notes'),
  ]);
  assert.equal(ended.status, 128);
  assert.ok(ended.stderr.includes(`remote: ${REFUSED}`), ended.stderr);
  assert.match(ended.stderr, /fatal: .*403/);
});

test('git shows an outsider who pushes the same words', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const folder = await tempDir(t);
  const carol = gitOf(t, demo, { proxy: as('carol:carol-demo', demo.staff), token: OUTSIDER });
  await carol.must(['clone', 'https://github.com/monalisa/notes', folder]);
  const git = gitOf(t, demo, { proxy: demo.office, token: OUTSIDER });
  const ended = await git.run(['push', 'origin', 'HEAD:main'], folder);
  assert.equal(ended.status, 128);
  assert.ok(ended.stderr.includes(`remote: ${REFUSED}`), ended.stderr);
});

test('git of carol, who is exempt, clones and pushes with her personal token', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const folder = await tempDir(t);
  const carol = gitOf(t, demo, { proxy: as('carol:carol-demo', demo.staff), token: OUTSIDER });
  await carol.must(['clone', 'https://github.com/monalisa/notes', folder]);
  await carol.must(['commit', '--quiet', '--allow-empty', '--message', 'Nothing'], folder);
  await carol.must(['push', 'origin', 'HEAD:main'], folder);
  const dave = gitOf(t, demo, { proxy: as('dave:dave-demo', demo.staff), token: OUTSIDER });
  assert.ok((await dave.run(['fetch'], folder)).stderr.includes(REFUSED));
});

test('git is told by the gate where a rule blocks what it asks for', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const git = gitOf(t, demo, { proxy: demo.office, token: MEMBER });
  const ended = await git.run(['ls-remote', 'https://github.dev/octo-org/app']);
  assert.equal(ended.status, 128);
  assert.match(ended.stderr, /remote: .*"codespaces"/);
});
