// The real git against the simulator: clone, fetch, push, refusals, large packs. Must not know the judge.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { type Ended, runToEnd } from '../../test/support/processes.ts';
import { freshGithub, type SimulatedGithub, sharedGithub } from '../../test/support/simulated-github.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { requireTool } from '../../test/support/tools.ts';
import { DEFAULT_WORLD } from '../core/contract/default-world.ts';
import { RepositoryStore } from './repositories.ts';

const API_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';
const MONA = 'ghp_MonaOctoClassic000000000000000000000';
const LISA = 'ghp_MonalisaClassic000000000000000000000';
const INSIDE = ['-c', 'http.extraHeader=sec-GitHub-allowed-enterprise: 12345'];

interface Git {
  readonly github: SimulatedGithub;
  readonly folder: string;
  /** `https://[TOKEN@]github.com:PORT/`, of which git resolves the name to the simulator. */
  url(path: string, token?: string): string;
  run(args: readonly string[], input?: string): Promise<Ended>;
}

async function gitFor(t: TestContext): Promise<Git> {
  return gitAgainst(t, await freshGithub(t));
}

async function gitAgainst(t: TestContext, github: SimulatedGithub): Promise<Git> {
  const folder = await tempDir(t);
  const { port } = github.simulator;
  const env = {
    GIT_SSL_CAINFO: join(github.stateDir, 'simulator', 'ca.pem'),
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    HTTPS_PROXY: '',
    https_proxy: '',
    LC_ALL: 'C',
  };
  const settings = [
    '-c',
    `http.curloptResolve=github.com:${port}:127.0.0.1`,
    '-c',
    'user.name=Mona',
    '-c',
    'user.email=mona@example.com',
  ];
  return {
    github,
    folder,
    url: (path, token) => `https://${token === undefined ? '' : `x:${token}@`}github.com:${port}/${path}`,
    run: (args, input) => runToEnd(t, ['git', ...settings, ...args], { cwd: folder, env, input }),
  };
}

test('git clones what is public, pushes as a member, and fetches what was pushed', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const git = await gitFor(t);
  const clone = await git.run([...INSIDE, 'clone', '-q', git.url('open-org/hello'), 'hello']);
  assert.equal(clone.status, 0, clone.stderr);
  for (const folder of ['one', 'two']) {
    const cloned = await git.run([...INSIDE, 'clone', '-q', git.url('octo-org/app.git', MONA), folder]);
    assert.equal(cloned.status, 0, cloned.stderr);
  }
  assert.equal((await git.run(['-C', 'one', 'commit', '-q', '--allow-empty', '-m', 'second'])).status, 0);
  const pushed = await git.run([...INSIDE, '-C', 'one', 'push', '-q']);
  assert.equal(pushed.status, 0, pushed.stderr);
  assert.equal((await git.run([...INSIDE, '-C', 'two', 'pull', '-q'])).status, 0);
  assert.match((await git.run(['-C', 'two', 'log', '--format=%s'])).stdout, /^second\nFirst commit\n$/);
});

interface Refusal {
  readonly name: string;
  readonly args: readonly string[];
  readonly path: string;
  readonly token?: string;
  readonly says: string;
}

const shared = sharedGithub();

const REFUSALS: readonly Refusal[] = [
  {
    name: 'C-GIT-OUT an outsider inside, with the message',
    args: INSIDE,
    path: 'monalisa/notes',
    token: LISA,
    says: `remote: ${API_OCTO}`,
  },
  {
    name: 'C-TOKEN-BAD a token that nobody has',
    args: [],
    path: 'octo-org/app',
    token: 'ghp_nobody',
    says: 'Authentication failed',
  },
  {
    name: 'C-GIT-ANON nobody, from what is internal',
    args: [],
    path: 'octo-org/app',
    says: 'could not read Username',
  },
  {
    name: 'a stranger from what is private',
    args: [],
    path: 'monalisa/notes',
    token: MONA,
    says: 'remote: Repository not found.',
  },
];

for (const { name, args, path, token, says } of REFUSALS) {
  test(`git is refused: ${name}`, async (t) => {
    if (requireTool(t, 'git') === null) return;
    const git = await gitAgainst(t, shared());
    const ended = await git.run([...args, 'clone', git.url(path, token), 'x']);
    assert.equal(ended.status, 128);
    assert.ok(ended.stderr.includes(says), ended.stderr);
  });
}

test('C-GIT-OUT works outside: the same token clones and pushes', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const git = await gitFor(t);
  assert.equal((await git.run(['clone', '-q', git.url('monalisa/notes', LISA), 'notes'])).status, 0);
  assert.equal((await git.run(['-C', 'notes', 'commit', '-q', '--allow-empty', '-m', 'x'])).status, 0);
  assert.equal((await git.run(['-C', 'notes', 'push', '-q'])).status, 0);
  assert.equal((await git.run([...INSIDE, '-C', 'notes', 'push', '-q'])).status, 128);
});

test('C-INST-WRITE an installation clones outside and does not push there', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const git = await gitFor(t);
  const url = git.url('open-org/hello', 'ghs_OpenBotInstall0000000000000000000000');
  assert.equal((await git.run([...INSIDE, 'clone', '-q', url, 'hello'])).status, 0);
  await git.run(['-C', 'hello', 'commit', '-q', '--allow-empty', '-m', 'x']);
  const refused = await git.run([...INSIDE, '-C', 'hello', 'push', '-q']);
  assert.match(refused.stderr, /Only tokens for the "octo" enterprise can access GitHub\./);
  assert.equal((await git.run(['-C', 'hello', 'push', '-q'])).status, 0);
});

test('a large push in chunks over HTTP/1.1 is streamed', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const git = await gitFor(t);
  await commitLarge(git);
  const before = process.memoryUsage().rss;
  // A small post buffer makes git send the pack in chunks, as it does with packs that are larger than the buffer.
  const settings = ['-c', 'http.postBuffer=65536', '-c', 'http.version=HTTP/1.1'];
  const pushed = await git.run([...settings, '-C', 'app', 'push', '-q']);
  assert.equal(pushed.status, 0, pushed.stderr);
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
});

/**
 * Not sent by git: with libcurl from 7.84 to 8.6 it waits for ever when the window of any server ends within the last 2,047
 * bytes of a push without a length. libcurl refills its buffer, overlooks that there is no more, and asks again
 * (lib/transfer.c, curl_upload_refill_watermark); git then reads from a process that waits for the answer (remote-curl.c).
 */
test('a large push without a length over HTTP/2 is streamed', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const git = await gitFor(t);
  const { from, to } = await commitLarge(git);
  const packed = await git.run(['-C', 'app', 'pack-objects', '-q', '--revs', '../push'], `${to}\n^${from}\n`);
  assert.equal(packed.status, 0, packed.stderr);
  const before = process.memoryUsage().rss;
  const session = git.github.http2('github.com');
  const stream = session.request({
    ':method': 'POST',
    ':path': '/octo-org/app/git-receive-pack',
    authorization: `Bearer ${MONA}`,
    'content-type': 'application/x-git-receive-pack-request',
  });
  const command = `${from} ${to} refs/heads/main\0 report-status`;
  // A line's length counts its own four digits (gitprotocol-common(5)).
  stream.write(`${(command.length + 4).toString(16).padStart(4, '0')}${command}0000`);
  createReadStream(join(git.folder, `push-${packed.stdout.trim()}.pack`)).pipe(stream);
  const said = Buffer.concat(await stream.toArray()).toString();
  session.close();
  assert.match(said, /unpack ok\n.*ok refs\/heads\/main\n/s);
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
});

test('reset takes back what was pushed', async (t) => {
  if (requireTool(t, 'git') === null) return;
  const git = await gitFor(t);
  await git.run(['clone', '-q', git.url('octo-org/app', MONA), 'app']);
  await git.run(['-C', 'app', 'commit', '-q', '--allow-empty', '-m', 'x']);
  await git.run(['-C', 'app', 'push', '-q']);
  assert.equal(
    (await git.github.ask({ url: 'https://localhost/_simulator/reset', method: 'POST' })).status,
    204,
  );
  await git.run(['clone', '-q', git.url('octo-org/app', MONA), 'again']);
  assert.equal((await git.run(['-C', 'again', 'log', '--format=%s'])).stdout, 'First commit\n');
});

test('a fetch of protocol version 2 with a gzipped body is understood', async () => {
  const github = shared();
  const asked = '0014command=ls-refs\n00010000';
  for (const http of ['1.1', '2'] as const) {
    const answered = await github.ask({
      url: 'https://github.com/open-org/hello/git-upload-pack',
      http,
      method: 'POST',
      headers: [
        'content-type',
        'application/x-git-upload-pack-request',
        'content-encoding',
        'gzip',
        'git-protocol',
        'version=2',
      ],
      body: gzipSync(asked),
    });
    assert.equal(answered.status, 200);
    assert.match(answered.body, /^[0-9a-f]{4}[0-9a-f]{40} (HEAD|refs\/heads\/main)\n/);
  }
});

test('Expect: 100-continue is answered where a push may go on, and refused without 100 where it may not', async () => {
  const github = shared();
  const { simulator } = github;
  const answerTo = async (token: string): Promise<string> => {
    const socket = connect({
      host: '127.0.0.1',
      port: simulator.port,
      servername: 'github.com',
      ca: simulator.caPem,
    });
    const basic = Buffer.from(`x:${token}`).toString('base64');
    socket.write(
      `POST /octo-org/app/git-receive-pack HTTP/1.1\r\nHost: github.com\r\nAuthorization: Basic ${basic}\r\nsec-github-allowed-enterprise: 12345\r\nContent-Type: application/x-git-receive-pack-request\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n`,
    );
    const [first] = await once(socket, 'data');
    socket.destroy();
    return String(first);
  };
  assert.match(await answerTo(MONA), /^HTTP\/1\.1 100 Continue\r\n/);
  assert.match(await answerTo(LISA), /^HTTP\/1\.1 403 /);
});

for (const http of ['1.1', '2'] as const) {
  test(`C-GIT-OUT a refused push over HTTP/${http} is answered though its body is still coming`, async () => {
    const github = shared();
    const refused = await github.ask({
      url: 'https://github.com/octo-org/app/git-receive-pack',
      http,
      method: 'POST',
      headers: ['authorization', `Bearer ${LISA}`, 'sec-github-allowed-enterprise', '12345'],
      body: noise(4 * 1024 * 1024),
    });
    assert.equal(refused.status, 403);
    assert.equal(refused.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(refused.body, `${API_OCTO}\n`);
  });
}

test('a body that git cannot read gets an answer, not the end of the connection', async () => {
  const github = shared();
  const body = noise(2 * 1024 * 1024);
  for (const http of ['1.1', '2'] as const) {
    const answered = await github.ask({
      url: 'https://github.com/open-org/hello/git-upload-pack',
      http,
      method: 'POST',
      headers: ['content-type', 'application/x-git-upload-pack-request', 'content-encoding', 'gzip'],
      body,
    });
    assert.ok(answered.status >= 200, String(answered.status));
    assert.ok(answered.headers['x-github-request-id']);
  }
});

for (const path of ['/octo-org/app/git-receive-pack', '/session', '/login/oauth/access_token']) {
  test(`a client that goes away in the middle of a POST to ${path} leaves the simulator well`, async () => {
    const github = shared();
    const session = github.http2('github.com');
    const headers = {
      authorization: `Bearer ${MONA}`,
      'content-type': 'application/x-git-receive-pack-request',
    };
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    stream.on('error', () => undefined);
    stream.write('0000');
    await once(session, 'remoteSettings');
    session.destroy();
    const { simulator } = github;
    const socket = connect({
      host: '127.0.0.1',
      port: simulator.port,
      servername: 'github.com',
      ca: simulator.caPem,
    });
    socket.on('error', () => undefined);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: github.com\r\nAuthorization: Bearer ${MONA}\r\nContent-Length: 99\r\n\r\n0000`,
    );
    await once(socket, 'secureConnect');
    socket.destroy();
    assert.equal((await github.ask({ url: 'https://github.com/' })).status, 200);
  });
}

test('without git the simulator does not start, and says which package is missing', async (t) => {
  const folder = join(await tempDir(t), 'repositories');
  await assert.rejects(
    RepositoryStore.create(folder, DEFAULT_WORLD, '/nowhere'),
    /install the package "git"/,
  );
});

/** Clones, and commits what no compression makes small. */
async function commitLarge(git: Git): Promise<{ readonly from: string; readonly to: string }> {
  const head = async (): Promise<string> => (await git.run(['-C', 'app', 'rev-parse', 'HEAD'])).stdout.trim();
  await git.run(['clone', '-q', git.url('octo-org/app', MONA), 'app']);
  const from = await head();
  await writeFile(join(git.folder, 'app', 'large'), noise(12 * 1024 * 1024));
  await git.run(['-C', 'app', 'add', 'large']);
  await git.run(['-C', 'app', 'commit', '-q', '-m', 'large']);
  return { from, to: await head() };
}

/** Bytes that do not compress; the same ones each time. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let at = 0; at + 4 <= length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE((state ^ (state >>> 13)) >>> 0, at);
  }
  return bytes;
}
