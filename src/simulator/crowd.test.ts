// Sixty-four clients of every kind at once: nobody gets another's answer. Must not know how requests are told apart.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runToEnd } from '../../test/support/processes.ts';
import { freshGithub, type SimulatedGithub } from '../../test/support/simulated-github.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { requireTool } from '../../test/support/tools.ts';

const CLIENTS = 64;
const ROUNDS = 6;
const PEOPLE = [
  { login: 'mona_octo', password: 'octo-secret', token: 'ghp_MonaOctoClassic000000000000000000000' },
  { login: 'hugo_hexa', password: 'hexa-secret', token: 'ghp_HugoHexaClassic000000000000000000000' },
  { login: 'monalisa', password: 'personal-secret', token: 'ghp_MonalisaClassic000000000000000000000' },
] as const;

interface Client {
  readonly github: SimulatedGithub;
  readonly person: (typeof PEOPLE)[number];
  readonly http: '1.1' | '2';
  readonly inside: readonly string[];
  /** 200 where the person may be, 403 where not. */
  readonly expected: 200 | 403;
}

/** Over the rounds every client takes every person, version and network. */
function clientAt(github: SimulatedGithub, turn: number): Client {
  const person = PEOPLE[turn % 3] ?? PEOPLE[0];
  const inside = turn % 2 === 0 ? ['sec-GitHub-allowed-enterprise', '12345'] : [];
  const allowed = inside.length === 0 || person.login === 'mona_octo';
  return { github, person, http: turn % 5 < 3 ? '1.1' : '2', inside, expected: allowed ? 200 : 403 };
}

const KINDS: readonly ((client: Client) => Promise<void>)[] = [
  async ({ github, person, http, inside, expected }) => {
    const headers = ['Authorization', `token ${person.token}`, ...inside];
    const answered = await github.ask({ url: 'https://api.github.com/user', http, headers });
    assert.equal(answered.status, expected);
    if (expected === 200) assert.equal(JSON.parse(answered.body).login, person.login);
  },
  async ({ github, person, http, inside, expected }) => {
    const body = new URLSearchParams({ login: person.login, password: person.password }).toString();
    const signed = await github.ask({
      url: 'https://github.com/session',
      http,
      method: 'POST',
      headers: inside,
      body,
    });
    assert.equal(signed.status, expected === 200 ? 302 : 403);
    if (expected === 403) return;
    const cookie = /user_session=[^;]+/.exec(signed.headers['set-cookie'] ?? '')?.[0] ?? '';
    const home = await github.ask({
      url: 'https://github.com/',
      http,
      headers: ['Cookie', cookie, ...inside],
    });
    assert.ok(home.body.includes(`<b id="login">${person.login}</b>`));
  },
  async ({ github, person, http, inside, expected }) => {
    const body = '{"stream":true}';
    const headers = ['Authorization', `Bearer ${person.token}`, ...inside];
    const answered = await github.ask({
      url: 'https://api.githubcopilot.com/chat/completions',
      http,
      method: 'POST',
      headers,
      body,
    });
    assert.equal(answered.status, expected);
    assert.equal(answered.body.endsWith('data: [DONE]\n\n'), expected === 200);
  },
  async ({ github, http, inside }) => {
    const answered = await github.ask({
      url: 'https://github.com/open-org/hello/info/refs?service=git-upload-pack',
      http,
      headers: inside,
    });
    assert.equal(answered.status, 200);
    assert.ok(answered.body.startsWith('001e# service=git-upload-pack\n'));
  },
];

test('sixty-four mixed clients at once each get their own answer', async (t) => {
  const github = await freshGithub(t);
  const clients = Array.from({ length: CLIENTS }, async (_, number) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const turn = number + round * 7;
      await KINDS[turn % KINDS.length]?.(clientAt(github, turn));
    }
  });
  await Promise.all(clients);
});

test('eight pushes to branches of one repository at once all arrive', async (t: TestContext) => {
  if (requireTool(t, 'git') === null) return;
  const github = await freshGithub(t);
  const folder = await tempDir(t);
  const { port } = github.simulator;
  const url = `https://x:${PEOPLE[0].token}@github.com:${port}/octo-org/app`;
  const env = {
    GIT_SSL_CAINFO: join(github.stateDir, 'simulator', 'ca.pem'),
    GIT_TERMINAL_PROMPT: '0',
    HTTPS_PROXY: '',
    https_proxy: '',
  };
  const git = async (args: readonly string[]): Promise<string> => {
    const settings = [
      '-c',
      `http.curloptResolve=github.com:${port}:127.0.0.1`,
      '-c',
      'user.name=M',
      '-c',
      'user.email=m@example.com',
    ];
    const ended = await runToEnd(t, ['git', ...settings, ...args], { cwd: folder, env });
    assert.equal(ended.status, 0, ended.stderr);
    return ended.stdout;
  };
  const names = Array.from({ length: 8 }, (_, at) => `branch-${at}`);
  const push = async (name: string): Promise<void> => {
    await git(['clone', '-q', url, name]);
    await git(['-C', name, 'commit', '-q', '--allow-empty', '-m', name]);
    await git(['-C', name, 'push', '-q', 'origin', `HEAD:refs/heads/${name}`]);
  };
  await Promise.all(names.map(push));
  const heads = await git(['ls-remote', '--heads', url]);
  assert.deepEqual(
    [...heads.matchAll(/refs\/heads\/(branch-\d)/g)].map(([, name]) => name),
    names,
  );
});
