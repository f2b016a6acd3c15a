// The real `gh` against the simulator, as a member and as an outsider. Must not know the judge.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connectProxyTo } from '../../test/support/connect-proxy.ts';
import { type Ended, runToEnd, start } from '../../test/support/processes.ts';
import { freshGithub, type SimulatedGithub } from '../../test/support/simulated-github.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { requireTool } from '../../test/support/tools.ts';

const API_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';
const MONA = 'ghp_MonaOctoClassic000000000000000000000';

interface Gh {
  readonly github: SimulatedGithub;
  readonly env: Readonly<Record<string, string>>;
  run(args: readonly string[], token?: string): Promise<Ended>;
}

async function ghFor(t: TestContext): Promise<Gh> {
  const github = await freshGithub(t);
  const proxy = await connectProxyTo(github.simulator.port);
  t.after(() => proxy.close());
  const env = {
    HTTPS_PROXY: proxy.url,
    https_proxy: proxy.url,
    NO_PROXY: '',
    no_proxy: '',
    SSL_CERT_FILE: join(github.stateDir, 'simulator', 'ca.pem'),
    SSL_CERT_DIR: '/nowhere',
    GH_CONFIG_DIR: await tempDir(t),
    GH_PROMPT_DISABLED: '1',
    GH_NO_UPDATE_NOTIFIER: '1',
    GITHUB_TOKEN: '',
  };
  return {
    github,
    env,
    run: (args, token = MONA) => runToEnd(t, ['gh', ...args], { env: { ...env, GH_TOKEN: token } }),
  };
}

test('gh auth status, api user, repo view, issue create and issue view work for a member', async (t) => {
  if (requireTool(t, 'gh') === null) return;
  const gh = await ghFor(t);
  const status = await gh.run(['auth', 'status']);
  assert.equal(status.status, 0, status.stderr);
  assert.match(status.stdout + status.stderr, /Logged in to github\.com as mona_octo/);
  assert.equal((await gh.run(['api', 'user', '--jq', '.login'])).stdout, 'mona_octo\n');
  assert.match((await gh.run(['repo', 'view', 'octo-org/app'])).stdout, /^name:\tocto-org\/app\n/);
  const created = await gh.run(['issue', 'create', '-R', 'octo-org/app', '-t', 'A title', '-b', 'A body']);
  assert.equal(created.stdout, 'https://github.com/octo-org/app/issues/1\n', created.stderr);
  const viewed = await gh.run([
    'issue',
    'view',
    '1',
    '-R',
    'octo-org/app',
    '--json',
    'title,body,author',
    '--jq',
    '[.title, .body, .author.login] | @tsv',
  ]);
  assert.equal(viewed.stdout, 'A title\tA body\tmona_octo\n', viewed.stderr);
});

test('gh names the problem when the token is unknown', async (t) => {
  if (requireTool(t, 'gh') === null) return;
  const gh = await ghFor(t);
  const refused = await gh.run(['api', 'user'], 'ghp_nobody');
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /Bad credentials \(HTTP 401\)/);
});

test('C-API-OUT gh shows an outsider the message, by REST and by GraphQL', async (t) => {
  if (requireTool(t, 'gh') === null) return;
  const gh = await ghFor(t);
  const inside = ['-H', 'sec-GitHub-allowed-enterprise: 12345'];
  for (const args of [['user'], ['graphql', '-f', 'query={ viewer { login } }']]) {
    const refused = await gh.run(['api', ...inside, ...args], 'gho_MonalisaOauth00000000000000000000000');
    assert.notEqual(refused.status, 0);
    assert.ok(refused.stderr.includes(API_OCTO), refused.stderr);
    assert.equal((await gh.run(['api', ...args], 'gho_MonalisaOauth00000000000000000000000')).status, 0);
  }
});

test('gh auth login goes through the device flow', async (t) => {
  if (requireTool(t, 'gh') === null) return;
  const { github, env } = await ghFor(t);
  // `--web` prints the code first; the variable for the browser keeps gh from opening one.
  const login = start(t, ['gh', 'auth', 'login', '-h', 'github.com', '-p', 'https', '-w'], {
    env: { ...env, GH_TOKEN: undefined, GITHUB_TOKEN: undefined, BROWSER: 'true' },
  });
  const code = /[A-Z]{4}-[A-Z]{4}/.exec(await login.untilError(/[A-Z]{4}-[A-Z]{4}/))?.[0] ?? '';
  const session = await sessionOf(github);
  const approved = await github.ask({
    url: 'https://github.com/login/device',
    method: 'POST',
    headers: ['Cookie', `user_session=${session}`],
    body: `user_code=${code}`,
  });
  assert.equal(approved.status, 200);
  const ended = await login.ended;
  assert.equal(ended.status, 0, ended.stderr);
  assert.match(ended.stdout + ended.stderr, /Logged in as mona_octo/);
});

async function sessionOf(github: SimulatedGithub): Promise<string> {
  const body = 'login=mona_octo&password=octo-secret';
  const signed = await github.ask({ url: 'https://github.com/session', method: 'POST', body });
  return /user_session=([^;]+)/.exec(signed.headers['set-cookie'] ?? '')?.[1] ?? '';
}
