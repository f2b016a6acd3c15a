// GitHub's published list beside a policy: the command in a process of its own, the simulated GitHub through a gate.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { sayTo } from '../support/command-line.ts';
import { connectProxyTo } from '../support/connect-proxy.ts';
import { openDemo } from '../support/demo.ts';
import { type Ended, gatewright } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';

const POLICY = `version: 1
restrict: { enterprises: ["12345"] }
copilot: { plans: [business] }
allow: [{ preset: github }, { preset: copilot }, gone.githubapp.com]
block:
  - preset: codespaces
  - preset: ssh
otherwise: block
`;

const scope = fileScope();
const demo = await openDemo(scope);

async function folderWith(t: TestScope, policy = POLICY): Promise<string> {
  const cwd = await tempDir(t);
  writeFileSync(join(cwd, 'policy.yaml'), policy);
  return cwd;
}

/** Nothing of this machine's proxies and caches. */
function diff(t: TestScope, cwd: string, ...args: readonly string[]): Promise<Ended> {
  const none = { HTTPS_PROXY: '', https_proxy: '', ALL_PROXY: '', all_proxy: '', NO_PROXY: '', no_proxy: '' };
  const env = { ...none, XDG_CACHE_HOME: join(cwd, 'cache'), NODE_EXTRA_CA_CERTS: undefined };
  return gatewright(t, ['allowlist', 'diff', ...args], { cwd, env });
}

interface Answer {
  readonly how: string;
  readonly drift: boolean;
  readonly published: readonly {
    readonly pattern: string;
    readonly state: string;
    readonly categories: readonly string[];
    readonly blockedBy: readonly { readonly name: string; readonly place: { readonly line: number } }[];
  }[];
  readonly allowed: readonly { readonly pattern: string; readonly state: string }[];
}

const THROUGH_THE_GATE = ['--proxy', demo.office, '--cacert', demo.caFile];

test('allowlist diff fetches the list through a gate, and names github.dev as published and blocked', async (t) => {
  const ended = await diff(t, await folderWith(t), ...THROUGH_THE_GATE, '--json');
  assert.equal(ended.status, 4, ended.stderr);
  const answer: Answer = JSON.parse(ended.stdout);
  const github = answer.published.find(({ pattern }) => pattern === 'github.dev');
  assert.deepEqual(
    { ...github, blockedBy: github?.blockedBy.map(({ name, place }) => `${name} ${place.line}`) },
    { ...github, state: 'blocked', categories: ['website', 'codespaces'], blockedBy: ['codespaces 6'] },
  );
  const states = new Map(answer.published.map(({ pattern, state }) => [pattern, state]));
  assert.deepEqual(
    ['*.github.com', '*.githubcopilot.com', '*.microsoft.com', 'ghcr.io'].map((name) => states.get(name)),
    ['blocked-in-part', 'partly', 'missing', 'allowed'],
  );
  assert.deepEqual(
    answer.allowed.filter(({ state }) => state === 'unpublished').map(({ pattern }) => pattern),
    ['gone.githubapp.com'],
  );
  assert.equal(answer.drift, true);
});

test('allowlist diff says to a person which rule wins, and ends with 0 where there is no drift', async (t) => {
  const cwd = await folderWith(t, POLICY.replace(', gone.githubapp.com', ''));
  const ended = await diff(t, cwd, ...THROUGH_THE_GATE, '--category', 'copilot');
  assert.equal(ended.status, 0, ended.stdout + ended.stderr);
  assert.match(ended.stdout, /^blocked-in-part \(1\)/m);
  assert.match(ended.stdout, /\*\.github\.com +website, codespaces, copilot +ssh wins \(policy\.yaml:7:5\)/);
  assert.match(ended.stdout, /^no drift: /m);
});

test('allowlist diff keeps the list with its ETag, and asks whether it has changed', async (t) => {
  const cwd = await folderWith(t);
  await demo.reset();
  const [first, second] = [
    await diff(t, cwd, ...THROUGH_THE_GATE, '--json'),
    await diff(t, cwd, ...THROUGH_THE_GATE, '--json'),
  ];
  const answers: readonly Answer[] = [first, second].map(({ stdout }) => JSON.parse(stdout));
  assert.deepEqual(
    answers.map(({ how }) => how),
    ['fetched', 'unchanged'],
  );
  assert.deepEqual(answers[0]?.published, answers[1]?.published);
  const asked = (await demo.requests()).filter(({ path }) => path === '/meta');
  const tags = asked.map(
    ({ headers }) => headers.find(([name]) => name.toLowerCase() === 'if-none-match')?.[1],
  );
  assert.equal(tags[0], undefined);
  assert.match(tags[1] ?? '', /^W\/"[0-9a-f]+"$/);
  assert.deepEqual(readdirSync(join(cwd, 'cache', 'gatewright')), ['meta.json']);

  const file = join(cwd, 'cache', 'gatewright', 'meta.json');
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 99));
  const third: Answer = JSON.parse((await diff(t, cwd, ...THROUGH_THE_GATE, '--json')).stdout);
  assert.equal(third.how, 'fetched', 'a torn cache is none');
});

test('allowlist diff finds the proxy in its variables, and goes past it where NO_PROXY says so', async (t) => {
  const cwd = await folderWith(t);
  const ask = (env: Readonly<Record<string, string>>, meta: string): Promise<Ended> =>
    gatewright(t, ['allowlist', 'diff', '--meta', meta, '--cacert', demo.caFile], {
      cwd,
      env: {
        https_proxy: '',
        ALL_PROXY: '',
        all_proxy: '',
        NO_PROXY: '',
        no_proxy: '',
        XDG_CACHE_HOME: cwd,
        ...env,
      },
    });
  const found = await ask({ HTTPS_PROXY: demo.office }, 'https://api.github.com/meta');
  assert.equal(found.status, 4, found.stderr);
  const past = await ask(
    { HTTPS_PROXY: demo.office, NO_PROXY: '.github.com,127.0.0.1' },
    'https://127.0.0.1:1/meta',
  );
  assert.deepEqual([past.status, past.stdout], [1, '']);
  assert.match(past.stderr, /ECONNREFUSED/);
});

test('allowlist diff shows what cannot be read so that no terminal obeys it', async (t) => {
  const cwd = await folderWith(t);
  const website = ['github.com', '\u001b[31mred', '\u202ereversed', '\u009b31m', '*.com'];
  writeFileSync(join(cwd, 'meta.json'), JSON.stringify({ domains: { website } }));
  const said = await sayTo(['allowlist', 'diff', '--meta', 'meta.json'], { cwd });
  assert.equal(said.status, 4);
  assert.match(said.stdout, /^unreadable \(4\)/m);
  for (const shown of ['"\\u001b[31mred"', '"\\u202ereversed"', '"\\u009b31m"', '"*.com"'])
    assert.ok(said.stdout.includes(shown), shown);
  assert.doesNotMatch(said.stdout, /[^\n -~]/);
});

interface Served {
  readonly name: string;
  readonly status?: number;
  readonly body: string;
  readonly says: RegExp;
}

const BAD: readonly Served[] = [
  { name: 'no JSON', body: '<html>', says: /no JSON object/ },
  { name: 'no domains', body: '{"web":[]}', says: /no "domains"/ },
  { name: 'a refusal', status: 403, body: '{}', says: /the answer was 403/ },
  { name: 'a redirect', status: 302, body: '{}', says: /the answer was 302/ },
  { name: 'not changed, though nothing was kept', status: 304, body: '', says: /the answer was 304/ },
  {
    name: 'a flood',
    body: `{"domains":{"website":["${'a'.repeat(5_000_000)}"]}}`,
    says: /more than 4194304 bytes/,
  },
];

describe('allowlist diff ends with 1 and one line when the answer is', () => {
  for (const { name, status = 200, body, says } of BAD)
    test(name, async (t) => {
      const { url, cacert } = await serving(t, status, body);
      const cwd = await folderWith(t);
      writeFileSync(join(cwd, 'ca.pem'), cacert);
      const args = ['allowlist', 'diff', '--proxy', url, '--cacert', 'ca.pem', '--cache', 'kept.json'];
      const said = await sayTo(args, { cwd });
      assert.deepEqual([said.status, said.stdout], [1, '']);
      assert.match(said.stderr, says);
      assert.equal(said.stderr.split('\n').length, 2);
      assert.deepEqual(readdirSync(cwd).sort(), ['ca.pem', 'policy.yaml']);
    });
});

const MISTAKES: readonly (readonly [name: string, args: readonly string[], status: number, says: RegExp])[] =
  [
    ['no such file', ['--meta', 'none.json'], 1, /"none\.json": there is no such file/],
    ['plain http', ['--meta', 'http://api.github.com/meta'], 1, /write https:/],
    [
      'a proxy that is none',
      ['--proxy', 'https://eve:secret@gate:1'],
      1,
      /"https:\/\/…@gate:1".*http:\/\/HOST:PORT/,
    ],
    [
      'an unknown category',
      ['--meta', 'meta.json', '--category', 'copilott'],
      1,
      /"copilott": the list has website/,
    ],
    ['an invalid policy', ['--meta', 'meta.json', '--policy', 'wrong.yaml'], 3, /wrong\.yaml:2:1/],
  ];

describe('allowlist diff says what is wrong with', () => {
  for (const [name, args, status, says] of MISTAKES)
    test(name, async (t) => {
      const cwd = await folderWith(t);
      writeFileSync(join(cwd, 'meta.json'), '{"domains":{"website":["github.com"]}}');
      writeFileSync(join(cwd, 'wrong.yaml'), 'version: 1\notherwize: block\n');
      const said = await sayTo(['allowlist', 'diff', ...args], { cwd });
      assert.deepEqual([said.status, said.stdout], [status, '']);
      assert.match(said.stderr, says);
    });
});

/** An `api.github.com` that answers as it is told, behind a proxy that leads to it. */
async function serving(t: TestScope, status: number, body: string): Promise<{ url: string; cacert: string }> {
  const authority = await createTestAuthority();
  const { cert, key } = await authority.issue({ names: ['api.github.com'] });
  const server = createServer({ cert, key }, (_, response) => {
    response.writeHead(status, { etag: 'W/"1"' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const proxy = await connectProxyTo(typeof address === 'object' && address !== null ? address.port : 0);
  t.after(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return { url: proxy.url, cacert: authority.rootPem };
}
