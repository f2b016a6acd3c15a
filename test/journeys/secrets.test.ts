// A day's traffic with a secret of its own in every place where one can stand, through a demo in a process of its own;
// then everything that the process wrote is searched for each of them, in every form (R-50).
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { fetch, ProxyAgent } from 'undici';
import { cleanVariables } from '../support/clients.ts';
import { as, type DemoProcess, startDemoProcess } from '../support/demo.ts';
import { gitOf } from '../support/git.ts';
import { askHttp2, openHttp2 } from '../support/http2-client.ts';
import { runToEnd } from '../support/processes.ts';
import { openRaw, tunnel } from '../support/raw-client.ts';
import { SecretHunt } from '../support/secret-hunt.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { requireTool } from '../support/tools.ts';

/** Of the world of the demo; the demo’s own words name others. */
const MEMBER = 'gho_MonaOctoOauth00000000000000000000000';
/** Throws, on a signal, an error that holds what the variable says, as errors of libraries hold requests. */
const CRASH = `data:text/javascript,${encodeURIComponent(
  `process.on('SIGUSR2', () => { throw Object.assign(new TypeError('Invalid URL: ' + process.env.TEST_CRASH), { code: 'ERR_INVALID_URL', input: process.env.TEST_CRASH, cause: new Error(process.env.TEST_CRASH) }); });`,
)}`;

const hunt = new SecretHunt();
const scope = fileScope();
const demo = await startDemoProcess(scope, {
  NODE_OPTIONS: `--import ${CRASH}`,
  TEST_CRASH: hunt.plain('an error that nobody caught'),
});
const ca = readFileSync(demo.caFile, 'utf8');
const port = (url: string): number => Number(new URL(url).port);
const office = { proxyPort: port(demo.office), ca };
/** Every answer that the gate itself gave. */
const gateAnswers: string[] = [];

hunt.known('the member’s token', MEMBER);
hunt.known('the proxy password', 'dave-demo');

/** Sends bytes at the proxy port, and keeps what comes back. */
async function atProxyPort(t: TestScope, bytes: string): Promise<void> {
  const connection = await openRaw(t, office.proxyPort);
  await connection.send(Buffer.from(bytes, 'utf8'));
  connection.socket.end();
  gateAnswers.push((await connection.readToEnd()).toString('latin1'));
}

/** Sends bytes inside a tunnel, and keeps what comes back. */
async function inTunnel(t: TestScope, host: string, bytes: string): Promise<void> {
  const connection = await tunnel(t, `${host}:443`, office);
  await connection.send(Buffer.from(bytes, 'utf8'));
  connection.socket.end();
  const text = (await connection.readToEnd()).toString('latin1');
  if (/^proxy-status: Gatewright/im.test(text)) gateAnswers.push(text);
}

describe('R-50 a day’s traffic', () => {
  test('of curl: headers, cookies, forms, queries, credentials in URLs, failures', async (t) => {
    if (requireTool(t, 'curl') === null) return;
    const trust = [
      '--silent',
      '--include',
      '--max-time',
      '20',
      '--proxy',
      demo.office,
      '--cacert',
      demo.caFile,
    ];
    const rows: readonly (readonly string[])[] = [
      ['-H', `Authorization: Bearer ${MEMBER}`, 'https://api.github.com/user'],
      [
        '-H',
        `Authorization: token ${hunt.token('curl, Authorization: token')}`,
        'https://api.github.com/user',
      ],
      [
        '-H',
        `Authorization: ${hunt.plain('curl, Authorization without a scheme')}`,
        'https://api.github.com/',
      ],
      ['-b', `user_session=${hunt.plain('curl, Cookie')}; a=b`, 'https://github.com/octo-org/app'],
      ['-d', `login=mona&password=${hunt.plain('curl, a form')}`, 'https://github.com/session'],
      [`https://${hunt.token('curl, a token as user', 'github_pat_')}@api.github.com/user`],
      [`https://mona:${hunt.plain('curl, a password in a URL')}@github.com/octo-org/app`],
      [`https://api.github.com/user?access_token=${hunt.plain('curl, access_token=')}`],
      [`https://github.com/login/oauth/authorize?client_id=x&state=${hunt.plain('curl, state=')}`],
      [`https://github.com/x?ACCESS%5FTOKEN=${hunt.plain('curl, an encoded name')}`],
      [`https://github.com/x?next=https%3A%2F%2Fa.b%2F%3Ftoken%3D${hunt.plain('curl, a URL in a query')}`],
      [`https://github.com/settings/tokens?code=${hunt.plain('curl, code= of a blocked path')}`],
      [`https://github.dev/?token=${hunt.plain('curl, token= of a blocked host')}`],
      [`http://github.com/login?code=${hunt.plain('curl, code= over plain HTTP')}`],
      [`http://mona:${hunt.plain('curl, a password over plain HTTP')}@github.com/`],
      [`https://no.such.example/?secret=${hunt.plain('curl, a destination that nobody named')}`],
      ['-A', `tool ${hunt.token('curl, User-Agent', 'ghs_')}`, 'https://github.com/'],
      ['-e', `https://a.b/?token=${hunt.plain('curl, Referer')}`, 'https://github.com/'],
      [
        '-d',
        `{"query":"{ viewer(token: \\"${hunt.awkward('curl, GraphQL')}\\") }"}`,
        'https://api.github.com/graphql',
      ],
      [
        '-X',
        'POST',
        '-d',
        `code=${hunt.plain('curl, an OAuth code')}&client_secret=${hunt.plain('curl, a client secret')}`,
        'https://github.com/login/oauth/access_token',
      ],
    ];
    const env = cleanVariables(demo.folder);
    for (const row of rows) {
      const { stdout } = await runToEnd(t, ['curl', ...trust, ...row], { env });
      if (/^proxy-status: Gatewright/im.test(stdout)) gateAnswers.push(stdout);
    }
    for (const password of [
      'dave-demo',
      hunt.plain('curl, a wrong proxy password'),
      hunt.awkward('curl, an odd one'),
    ]) {
      const user = ['--proxy-user', `dave:${password}`, '--proxy', demo.staff];
      await runToEnd(t, ['curl', ...trust, ...user, 'https://api.github.com/'], { env });
    }
  });

  test('of git: a token that is right, one that is wrong, one in the URL', async (t) => {
    if (requireTool(t, 'git') === null) return;
    await gitOf(t, demo, { proxy: as('dave:dave-demo', demo.staff), token: MEMBER }).run([
      'ls-remote',
      'https://github.com/octo-org/app',
    ]);
    const wrong = hunt.token('git, a wrong token');
    await gitOf(t, demo, { proxy: demo.office, token: wrong }).run([
      'ls-remote',
      'https://github.com/octo-org/app',
    ]);
    const inUrl = `https://x-access-token:${hunt.token('git, a token in the URL', 'ghs_')}@github.com/octo-org/app`;
    await gitOf(t, demo, { proxy: demo.office, token: null }).run(['ls-remote', inUrl]);
    const badProxy = as(`dave:${hunt.plain('git, a wrong proxy password')}`, demo.staff);
    await gitOf(t, demo, { proxy: badProxy, token: null }).run([
      'ls-remote',
      'https://github.com/octo-org/app',
    ]);
  });

  test('of undici, over both HTTP versions', async () => {
    for (const allowH2 of [false, true]) {
      const agent = new ProxyAgent({ uri: demo.office, requestTls: { ca }, allowH2 });
      const place = allowH2 ? 'undici over HTTP/2' : 'undici';
      const answer = await fetch(`https://api.github.com/user?token=${hunt.plain(`${place}, token=`)}`, {
        dispatcher: agent,
        headers: {
          authorization: `Bearer ${hunt.token(`${place}, Authorization`)}`,
          cookie: `_gh_sess=${hunt.plain(`${place}, Cookie`)}`,
        },
      });
      await answer.text();
      await agent.close();
    }
  });

  test('with a secret in every odd place of a CONNECT and of a request head', async (t) => {
    const end = '\r\nHost: github.com\r\n\r\n';
    const rows: readonly string[] = [
      `CONNECT mona:${hunt.plain('CONNECT, userinfo')}@github.com:443 HTTP/1.1${end}`,
      `CONNECT ${hunt.token('CONNECT, a token as host')}:443 HTTP/1.1${end}`,
      `CONNECT ${hunt.token('CONNECT, a token as userinfo', 'github_pat_')}@github.com:443 HTTP/1.1${end}`,
      `CONNECT github.com:${hunt.token('CONNECT, a token as port')} HTTP/1.1${end}`,
      `CONNECT https://x:${hunt.plain('CONNECT, a URL')}@github.com/ HTTP/1.1${end}`,
      `${hunt.token('a token as method')} / HTTP/1.1${end}`,
      `${hunt.token('a token as method of a URL')} http://github.com/ HTTP/1.1${end}`,
      `GET http://github.com/?token=${hunt.plain('a query of a version that is not there')} HTTP/3.1${end}`,
      `GET http://github.com/ HTTP/1.1\r\n${hunt.token('a token as header name')}: x${end}`,
      `GET http://github.com/ HTTP/1.1\r\n${hunt.token('a token as header name with a blank')} : x${end}`,
      `GET http://github.com/ HTTP/1.1\r\nHost: x:${hunt.plain('Host, userinfo')}@github.com\r\n\r\n`,
      `GET http://github.com/ HTTP/1.1\r\nHost: ${hunt.token('Host, a token')}\r\n\r\n`,
      `GET http://u:${hunt.plain('absolute-form, userinfo')}@github.com/ HTTP/1.1${end}`,
      `POST http://github.com/ HTTP/1.1\r\nContent-Length: ${hunt.token('Content-Length')}${end}`,
      `POST http://github.com/ HTTP/1.1\r\nTransfer-Encoding: ${hunt.token('Transfer-Encoding')}${end}`,
      `GET http://github.com/ HTTP/1.1\r\nProxy-Authorization: Bearer ${hunt.token('Proxy-Authorization, Bearer')}${end}`,
      `GET http://github.com/ HTTP/1.1\r\nProxy-Authorization: ${hunt.plain('Proxy-Authorization, odd')}${end}`,
      `GET /proxy.pac?token=${hunt.plain('the gate’s own pages')} HTTP/1.1${end}`,
    ];
    for (const row of rows) await atProxyPort(t, row);
  });

  test('with a secret in every odd place inside a tunnel', async (t) => {
    const get = (target: string, more = ''): string =>
      `GET ${target} HTTP/1.1\r\nHost: github.com\r\n${more}\r\n`;
    const rows: readonly string[] = [
      `${hunt.token('tunnel, method')} / HTTP/1.1\r\nHost: github.com\r\n\r\n`,
      get(`/%2e%2e/x?client_secret=${hunt.plain('tunnel, an ambiguous path')}`),
      get(`https://u:${hunt.plain('tunnel, absolute-form')}@github.com/`),
      get('/', `Cookie: ${hunt.plain('tunnel, a cookie without a name')}\r\n`),
      get(
        '/',
        `Sec-WebSocket-Protocol: ${hunt.token('tunnel, a subprotocol')}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`,
      ),
      get('/', `sec-GitHub-allowed-enterprise: ${hunt.token('tunnel, the restriction header')}\r\n`),
      get('/', `Connection: ${hunt.token('tunnel, Connection')}\r\n`),
      get(
        '/',
        `User-Agent: x Basic ${Buffer.from(`a:${hunt.plain('tunnel, Basic as user agent')}`).toString('base64')}\r\n`,
      ),
      get(
        '/',
        `Authorization: Negotiate ${Buffer.from(hunt.plain('tunnel, Negotiate')).toString('base64')}\r\n`,
      ),
      `POST / HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\n\r\n${hunt.token('tunnel, a chunk size')}\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: ${hunt.token('tunnel, another Host')}\r\n\r\n`,
    ];
    for (const row of rows) await inTunnel(t, 'github.com', row);
    const authority = 'github.com:443';
    const secure = await tunnel(t, authority, { ...office, alpn: ['h2'] });
    const session = await openHttp2(t, secure.socket, 'github.com');
    const headers: readonly Readonly<Record<string, string>>[] = [
      { ':path': '/', authorization: `Bearer ${hunt.token('HTTP/2, Authorization')}` },
      { ':path': `/settings/tokens?token=${hunt.plain('HTTP/2, a blocked path')}` },
      { ':path': '/', ':authority': `u:${hunt.plain('HTTP/2, userinfo')}@github.com` },
      { ':path': '/', ':method': hunt.token('HTTP/2, method') },
      { ':path': '/', cookie: `a=${hunt.plain('HTTP/2, a cookie')}` },
    ];
    for (const each of headers) {
      const answer = await askHttp2(session, each);
      if (answer.headers.join(' ').includes('Gatewright'))
        gateAnswers.push(`${answer.headers.join('\n')}\n${answer.body}`);
    }
  });
});

test('R-50 nothing of it stands in what the gate wrote, said or kept', async () => {
  const token = readFileSync(join(demo.folder, 'admin-token'), 'utf8').trim();
  const asked = [
    '/metrics',
    '/api/v1/status',
    '/api/v1/policy',
    '/api/v1/record?limit=1000',
    '/healthz',
    '/readyz',
  ];
  const texts = new Map<string, string>([['the gate’s own answers', gateAnswers.join('\n\n')]]);
  for (const path of asked) {
    const answer = await fetch(`${demo.adminUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
    texts.set(path, await answer.text());
  }
  const explained = await fetch(`${demo.adminUrl}/api/v1/explain`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url: `https://u:${hunt.plain('explain, userinfo')}@github.com/x` }),
  });
  texts.set('POST /api/v1/explain', await explained.text());
  process.kill(demo.pid, 'SIGUSR2');
  const { status } = await demo.ended;
  assert.equal(status, 1);
  texts.set('the streams of the process', demo.output());
  assert.match(demo.output(), /ERR_INVALID_URL/);
  for (const [file, text] of filesOf(demo)) texts.set(file, text);
  const found = [...texts].flatMap(([where, text]) => hunt.foundIn(text).map((what) => `${where}: ${what}`));
  assert.deepEqual(found, []);
  const record = [...texts].filter(([where]) => where.startsWith('audit/')).map(([, text]) => text);
  assert.ok(record.join('').split('\n').length > 2 * hunt.count, 'the record has little of this traffic');
  assert.ok(gateAnswers.length > 20);
});

/** All files of the gate's state, without those that are there to hold a secret, and without GitHub's. */
function filesOf({ folder }: DemoProcess): readonly (readonly [file: string, text: string])[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return files.flatMap((entry) => {
    const file = relative(folder, join(entry.parentPath, entry.name));
    if (!entry.isFile() || KEEPERS.test(file)) return [];
    return [[file, readFileSync(join(folder, file), 'latin1')] as const];
  });
}

/** The simulated GitHub and the home of git are not the gate's; the others hold a secret of their own. */
const KEEPERS = /^(?:simulator|home)\/|^(?:admin-token|users\.htpasswd)$|^ca\/.*key/;
