// WebSockets over both HTTP versions, and what is said when one is refused. Must not know the judge.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { type SimulatedGithub, sharedGithub } from '../../test/support/simulated-github.ts';

const API_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';
const MONA = { authorization: 'Bearer ghu_MonaOctoApp0000000000000000000000000' };
const LISA = { authorization: 'Bearer ghu_MonalisaApp0000000000000000000000000' };
const INSIDE = { 'sec-github-allowed-enterprise': '12345' };

const shared = sharedGithub();

function open(
  t: TestContext,
  github: SimulatedGithub,
  url: string,
  headers: Readonly<Record<string, string>>,
): WebSocket {
  const { simulator } = github;
  const { hostname } = new URL(url);
  const socket = new WebSocket(url, {
    headers,
    ca: simulator.caPem,
    createConnection: () =>
      connect({
        host: '127.0.0.1',
        port: simulator.port,
        servername: hostname,
        ca: simulator.caPem,
        ALPNProtocols: ['http/1.1'],
      }),
  });
  // A test that waits for a refusal ends with a socket that never opened.
  socket.on('error', () => undefined);
  t.after(() => socket.terminate());
  return socket;
}

/** The next messages; to be called before they are asked for. */
function messages(socket: WebSocket, count: number): Promise<string[]> {
  const read: string[] = [];
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      read.push(String(data));
      if (read.length === count) resolve(read);
    });
  });
}

test('/responses over WebSocket answers a member with events', async (t) => {
  const github = shared();
  const socket = open(t, github, 'wss://api.githubcopilot.com/responses', { ...MONA, ...INSIDE });
  const [[answer]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
  assert.match(answer.headers['x-github-request-id'], /^[0-9A-F]{4}:/);
  const read = messages(socket, 9);
  socket.send(JSON.stringify({ type: 'response.create', model: 'gpt-4.1' }));
  const types = (await read).map((text) => JSON.parse(text).type);
  assert.equal(types[0], 'response.created');
  assert.equal(types.at(-1), 'response.completed');
});

test('C-COPILOT-OUT a refused WebSocket gets a status, the message and an orderly end', async (t) => {
  const github = shared();
  const socket = open(t, github, 'wss://api.githubcopilot.com/responses', { ...LISA, ...INSIDE });
  const [, response] = await once(socket, 'unexpected-response');
  assert.equal(response.statusCode, 403);
  let body = '';
  for await (const chunk of response) body += String(chunk);
  assert.equal(JSON.parse(body).message, API_OCTO);
});

test('C-02 WebSockets of GitHub.com ignore the header', async (t) => {
  const github = shared();
  const socket = open(t, github, 'wss://alive.github.com/_sockets/u/1/ws', INSIDE);
  await once(socket, 'open');
  const read = messages(socket, 1);
  socket.send('{"subscribe":{}}');
  assert.equal(JSON.parse((await read)[0] ?? '').e, 'ack');
});

test('an upgrade to anything but websocket is refused', async () => {
  const github = shared();
  const { simulator } = github;
  const socket = connect({
    host: '127.0.0.1',
    port: simulator.port,
    servername: 'github.com',
    ca: simulator.caPem,
  });
  socket.write('GET / HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
  let read = '';
  for await (const chunk of socket) read += String(chunk);
  assert.match(read, /^HTTP\/1\.1 400 /);
});

test('/responses over a WebSocket of HTTP/2 (RFC 8441) answers a member and refuses an outsider', async (t) => {
  const github = shared();
  const { simulator } = github;
  const host = 'api.githubcopilot.com';
  const session = connectHttp2(`https://${host}`, {
    ca: simulator.caPem,
    host: '127.0.0.1',
    port: simulator.port,
    servername: host,
  });
  t.after(() => session.destroy());
  const [settings] = await once(session, 'remoteSettings');
  assert.equal(settings.enableConnectProtocol, true);
  const connectHeaders = {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':authority': host,
    ':path': '/responses',
    'sec-websocket-version': '13',
  };
  const refused = session.request({ ...connectHeaders, ...LISA, ...INSIDE });
  assert.equal((await once(refused, 'response'))[0][':status'], 403);
  refused.resume();
  const stream = session.request({ ...connectHeaders, ...MONA, ...INSIDE }, { endStream: false });
  const [answer] = await once(stream, 'response');
  assert.equal(answer[':status'], 200);
  assert.match(String(answer['x-github-request-id']), /^[0-9A-F]{4}:/);
  stream.write(maskedText(JSON.stringify({ type: 'response.create' })));
  let read = '';
  for await (const chunk of stream) {
    read += chunk.toString('latin1');
    if (read.includes('response.completed')) break;
  }
  assert.match(read, /response\.created.*response\.output_text\.delta.*response\.completed/s);
});

test('an ordinary CONNECT is refused', async () => {
  const github = shared();
  const { simulator } = github;
  const socket = connect({
    host: '127.0.0.1',
    port: simulator.port,
    servername: 'github.com',
    ca: simulator.caPem,
  });
  socket.write('CONNECT github.com:443 HTTP/1.1\r\nHost: github.com\r\n\r\n');
  let read = '';
  for await (const chunk of socket) read += String(chunk);
  assert.match(read, /^HTTP\/1\.1 405 /);
});

/** One short text frame from a client, masked with zeros (RFC 6455 section 5.2). */
function maskedText(text: string): Buffer {
  assert.ok(text.length < 126);
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}
