// The simulator as a server: names, certificates, HTTP versions, its log of requests, its own endpoints.
// Must not know what GitHub's hosts say beyond a sign of life.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { Agent, fetch } from 'undici';
import {
  freshGithub,
  type SimulatedGithub,
  START_MS,
  sharedGithub,
  simulatedGithub,
} from '../../test/support/simulated-github.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { DEFAULT_WORLD } from '../core/contract/default-world.ts';
import { Simulator } from './simulator.ts';

const shared = sharedGithub();
const MONA = ['Authorization', 'token ghp_MonaOctoClassic000000000000000000000'];
const LISA = ['Authorization', 'token ghp_MonalisaClassic000000000000000000000'];
const API_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';

async function seen(github: SimulatedGithub): Promise<readonly Record<string, unknown>[]> {
  return JSON.parse((await github.ask({ url: 'https://127.0.0.1/_simulator/requests' })).body);
}

for (const http of ['1.1', '2'] as const) {
  test(`the simulator restricts by the header over HTTP/${http}`, async () => {
    const github = shared();
    const url = 'https://api.github.com/user';
    const restriction = ['Sec-GitHub-Allowed-Enterprise', '12345'];
    assert.equal((await github.ask({ url, http, headers: [...MONA, ...restriction] })).status, 200);
    assert.equal((await github.ask({ url, http, headers: LISA })).status, 200);
    const refused = await github.ask({ url, http, headers: [...LISA, ...restriction] });
    assert.equal(refused.status, 403);
    assert.deepEqual(JSON.parse(refused.body), {
      message: API_OCTO,
      documentation_url: 'https://docs.github.com/rest',
      status: '403',
    });
    const doubled = await github.ask({ url, http, headers: [...MONA, ...restriction, ...restriction] });
    assert.equal(doubled.status, 400);
  });

  test(`every answer over HTTP/${http} has x-github-request-id`, async () => {
    const github = shared();
    for (const url of [
      'https://github.com/',
      'https://github.com/no/such/page',
      'https://api.github.com/user',
      'https://api.githubcopilot.com/_ping',
      'https://raw.githubusercontent.com/x',
      'https://octo.ghe.com/',
      'https://github.dev/x',
    ]) {
      const { headers } = await github.ask({ url, http });
      assert.match(headers['x-github-request-id'] ?? '', /^[0-9A-F]{4}(:[0-9A-F]{5,8}){4}$/, url);
    }
  });
}

test('GET /_simulator/requests gives HTTP/1.1 header lines as received: order, case, duplicates', async (t) => {
  const github = await freshGithub(t);
  await github.ask({
    url: 'https://github.com/login?x=1',
    headers: [
      'X-A',
      '1',
      'sec-GitHub-allowed-enterprise',
      '12345',
      'x-a',
      '2',
      'SEC-GITHUB-ALLOWED-ENTERPRISE',
      '67890',
    ],
  });
  const [request] = await seen(github);
  assert.deepEqual(request, {
    at: new Date(START_MS).toISOString(),
    host: 'github.com',
    method: 'GET',
    path: '/login?x=1',
    httpVersion: '1.1',
    headers: [
      ['Host', 'github.com'],
      ['X-A', '1'],
      ['sec-GitHub-allowed-enterprise', '12345'],
      ['x-a', '2'],
      ['SEC-GITHUB-ALLOWED-ENTERPRISE', '67890'],
      ['Connection', 'keep-alive'],
    ],
  });
});

test('GET /_simulator/requests gives HTTP/2 header lines without pseudo-headers, newest last', async (t) => {
  const github = await freshGithub(t);
  await github.ask({ url: 'https://github.com/1', http: '2', headers: ['x-a', '1', 'x-a', '2'] });
  await github.ask({ url: 'https://api.github.com/2', http: '2' });
  const requests = await seen(github);
  assert.deepEqual(
    requests.map(({ host, path, httpVersion }) => [host, path, httpVersion]),
    [
      ['github.com', '/1', '2'],
      ['api.github.com', '/2', '2'],
    ],
  );
  assert.deepEqual(requests[0]?.['headers'], [
    ['x-a', '1'],
    ['x-a', '2'],
  ]);
});

test("the simulator's own endpoints are nowhere but at localhost and at an address", async () => {
  const github = shared();
  for (const host of [
    'github.com',
    'api.github.com',
    'raw.githubusercontent.com',
    'octo.ghe.com',
    'api.githubcopilot.com',
  ]) {
    const { body } = await github.ask({ url: `https://${host}/_simulator/requests` });
    assert.doesNotMatch(body, /^\[/, host);
  }
  assert.equal((await github.ask({ url: 'https://localhost/_simulator/requests' })).body.length > 2, true);
  assert.equal((await github.ask({ url: 'https://localhost/user', headers: MONA })).status, 404);
});

test('POST /_simulator/reset forgets what happened', async (t) => {
  const github = await freshGithub(t);
  const issues = 'https://api.github.com/repos/octo-org/app/issues';
  await github.ask({ url: issues, method: 'POST', headers: MONA, body: '{"title":"one"}' });
  await github.ask({
    url: 'https://api.github.com/enterprises/octo-corp/access-restrictions/disable',
    method: 'POST',
    headers: MONA,
  });
  assert.equal((await github.ask({ url: 'https://localhost/_simulator/reset', method: 'POST' })).status, 204);
  assert.deepEqual(await seen(github), []);
  assert.deepEqual(
    JSON.parse(
      (await github.ask({ url: issues, headers: [...MONA, 'sec-GitHub-allowed-enterprise', '12345'] })).body,
    ),
    [],
  );
});

test('a certificate names exactly the host that was asked for, and is signed by the simulator CA', async () => {
  const github = shared();
  for (const host of [
    'github.com',
    'api.business.githubcopilot.com',
    'telemetry.enterprise.githubcopilot.com',
    'avatars.githubusercontent.com',
    'octo-org.github.io',
    'x.github.dev',
    'dc.services.visualstudio.com',
  ]) {
    const socket = await tlsTo(github, host);
    assert.equal(socket.authorized, true, `${host}: ${String(socket.authorizationError)}`);
    assert.equal(socket.getPeerCertificate().subjectaltname, `DNS:${host}`);
    socket.destroy();
  }
});

test('a name that is not served gets a certificate that does not fit', async () => {
  const github = shared();
  const socket = await tlsTo(github, 'example.com');
  assert.equal(socket.authorized, false);
  socket.destroy();
});

test('extra hosts are served, and named on their page', async (t) => {
  const github = await simulatedGithub(t, {
    stateDir: await tempDir(t),
    extraHosts: ['docs.example.org', '*.example.net'],
  });
  const socket = await tlsTo(github, 'a.b.example.net');
  assert.equal(socket.authorized, true);
  socket.destroy();
  assert.match((await github.ask({ url: 'https://docs.example.org/x' })).body, /docs\.example\.org/);
});

test('undici reads it like any server', async (t) => {
  const github = shared();
  const { simulator } = github;
  const dispatcher = new Agent({
    allowH2: true,
    connect: {
      ca: simulator.caPem,
      lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    },
  });
  t.after(() => dispatcher.destroy());
  const answer = await fetch(`https://api.github.com:${simulator.port}/meta`, { dispatcher });
  assert.equal(answer.status, 200);
  assert.ok(JSON.stringify(await answer.json()).includes('*.githubcopilot.com'));
});

test('the state folder gets the CA and the key of each app, readable by its owner alone', async () => {
  const github = shared();
  const folder = join(github.stateDir, 'simulator');
  assert.equal(await readFile(join(folder, 'ca.pem'), 'utf8'), github.simulator.caPem);
  assert.match(await readFile(join(folder, 'octo-bot.pem'), 'utf8'), /^-----BEGIN RSA PRIVATE KEY-----/);
  assert.equal((await stat(join(folder, 'open-bot.pem'))).mode & 0o777, 0o600);
});

test('Simulator.start() on a taken port rejects with the code and the port', async (t) => {
  const github = await freshGithub(t);
  const { port } = github.simulator;
  const clock = { now: () => START_MS, monotonic: () => 0 };
  await assert.rejects(
    Simulator.start({ world: DEFAULT_WORLD, stateDir: await tempDir(t), port, clock }),
    (fault: Error & { code?: string }) =>
      fault.code === 'EADDRINUSE' && fault.message.includes(`127.0.0.1:${port}`),
  );
});

test('a plain port serves the same without TLS', async (t) => {
  const clock = { now: () => START_MS, monotonic: () => 0 };
  const simulator = await Simulator.start({
    world: DEFAULT_WORLD,
    stateDir: await tempDir(t),
    port: 0,
    plainPort: 0,
    clock,
  });
  t.after(() => simulator.close());
  const socket = connectTcp(simulator.plainPort ?? 0, '127.0.0.1');
  socket.end('GET /user HTTP/1.1\r\nHost: api.github.com\r\nConnection: close\r\n\r\n');
  let read = '';
  for await (const chunk of socket) read += String(chunk);
  assert.match(read, /^HTTP\/1\.1 401 /);
});

test('a body of many megabytes to a data host is taken as it comes, and /bytes/N sends as many', async () => {
  const github = shared();
  const body = Buffer.alloc(8 * 1024 * 1024, 1);
  const sent = await github.ask({ url: 'https://uploads.github.com/x', method: 'POST', body });
  assert.deepEqual(JSON.parse(sent.body), { received: body.length });
  for (const http of ['1.1', '2'] as const) {
    const got = await github.ask({ url: 'https://objects.githubusercontent.com/bytes/3000000', http });
    assert.equal(got.body.length, 3_000_000);
  }
});

async function tlsTo(github: SimulatedGithub, servername: string): Promise<TLSSocket> {
  const { port, caPem } = github.simulator;
  const socket = connect({ host: '127.0.0.1', port, servername, ca: caPem, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  return socket;
}
