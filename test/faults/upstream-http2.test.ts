// Upstream breaks over HTTP/2 at every phase of a stream: the client is told 502 or 504, or its stream is reset and never
// ends as if it were whole; the streams of others on the client's session go on, and the next request works.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { gateSays } from '../support/gate-answers.ts';
import { answerOf, askHttp2 } from '../support/http2-client.ts';
import { insideHttp2, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { type ScriptedStream, startScriptedHttp2 } from '../support/scripted-http2.ts';
import { fileScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const scope = fileScope();
const authority = await createTestAuthority();
const good = ({ stream }: ScriptedStream): void => {
  stream.respond({ ':status': 200 });
  stream.end('ok');
};
const script = { play: good };
const upstream = await startScriptedHttp2(
  scope,
  await authority.issue({ names: UPSTREAM_NAMES }),
  (request) => script.play(request),
);
const relay = await startFaultProxy(scope, upstream.port);
const office = await startOffice(scope, {
  authority,
  upstreamPort: relay.port,
  limits: { responseTimeout: '300ms', idleTimeout: '600ms', handshakeTimeout: '300ms' },
});
let names = 0;

interface Phase {
  readonly name: string;
  readonly play: (request: ScriptedStream) => void;
  readonly seen: 'status' | 'cut';
}

const PHASES: readonly Phase[] = [
  { name: 'before the head', play: ({ leave }) => leave(), seen: 'status' },
  {
    name: 'after the head',
    play: ({ stream, leave }) => {
      stream.respond({ ':status': 200 });
      leave();
    },
    seen: 'cut',
  },
  {
    name: 'within the body',
    play: ({ stream, leave }) => {
      stream.respond({ ':status': 200 });
      stream.write('abc', leave);
    },
    seen: 'cut',
  },
];

describe('R-40 an upstream that breaks within a stream of HTTP/2 never makes it look whole:', () => {
  for (const phase of PHASES) {
    for (const atEnd of ['reset', 'end', 'silence'] as const) {
      test(`${phase.name} (${atEnd})`, async (t) => {
        names += 1;
        const host = `h${names}.github.com`;
        relay.plan({ atEnd });
        script.play = phase.play;
        const session = await insideHttp2(t, office, { authority: `${host}:443` });
        const answer = await askHttp2(session, { ':path': `/${host}` });
        const { outcome } = await office.gate.pair(({ request }) => request?.path === `/${host}`);
        const failure = `${outcome.failure?.side} ${outcome.failure?.code}`;
        if (phase.seen === 'status') {
          const isLate = atEnd === 'silence';
          assert.equal(answer.status, isLate ? 504 : 502);
          assert.equal(failure, isLate ? 'upstream upstream-timeout' : 'upstream upstream-closed');
          assert.equal(`upstream ${gateSays(answer.headers).code}`, failure);
        } else {
          assert.equal(answer.status, 200);
          assert.notEqual(answer.resetCode, 0);
          assert.equal(failure, atEnd === 'silence' ? 'gateway idle-timeout' : 'upstream bad-response');
        }
        relay.plan({});
        relay.resetAll();
        script.play = good;
        assert.equal((await askHttp2(session, { ':path': '/again' })).body.toString(), 'ok');
      });
    }
  }
});

test('R-40 an upstream that breaks within an upload over HTTP/2 is 502', async (t) => {
  script.play = ({ stream, leave }) => stream.once('data', leave);
  relay.plan({ atEnd: 'reset' });
  const session = await insideHttp2(t, office, { authority: 'upload.github.com:443' });
  const stream = session.request({ ':method': 'POST', ':path': '/upload' }, { endStream: false });
  stream.write(Buffer.alloc(100_000));
  const answer = await answerOf(stream);
  assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'upstream-closed']);
});

describe('R-40 an upload over HTTP/2 whose client leaves is cut for upstream, and never ended as if it were whole:', () => {
  const rows: readonly { readonly name: string; readonly leave: (session: ClientHttp2Session) => void }[] = [
    { name: 'it resets the stream', leave: (session) => session.destroy(undefined, 8) },
    { name: 'it ends its session', leave: (session) => session.destroy() },
    { name: 'it ends its socket', leave: (session) => void session.socket.destroy() },
  ];
  for (const { name, leave } of rows) {
    test(name, async (t) => {
      relay.plan({});
      const ended = new Promise<string>((resolve) => {
        script.play = ({ stream }) => {
          stream.once('data', () => leave(session));
          stream.once('aborted', () => resolve('cut'));
          stream.once('close', () => resolve(stream.rstCode === 0 ? 'whole' : 'cut'));
          stream.once('end', () => setImmediate(() => resolve(stream.aborted ? 'cut' : 'whole')));
        };
      });
      const session = await insideHttp2(t, office, { authority: 'leaving.github.com:443' });
      const stream = session.request({ ':method': 'POST', ':path': `/leaving` }, { endStream: false });
      stream.on('error', () => undefined);
      stream.write('half of it');
      assert.equal(await ended, 'cut');
    });
  }
});

test('R-40 a session in the pool that is reset costs its principal nothing', async (t) => {
  script.play = good;
  relay.plan({});
  const session = await insideHttp2(t, office, { authority: 'pool.github.com:443' });
  assert.equal((await askHttp2(session, { ':path': '/first' })).status, 200);
  const before = relay.connections();
  relay.resetAll();
  await untilTrue(() => relay.open() === 0, 'the relay still has a connection');
  assert.equal((await askHttp2(session, { ':path': '/second', ':method': 'POST' })).status, 200);
  assert.equal(relay.connections(), before + 1);
});

test('R-40 upstream’s break ends its own streams, and no other session of the gate', async (t) => {
  script.play = (request) => {
    if (request.headers[':path'] === '/break') request.leave();
    else good(request);
  };
  relay.plan({ atEnd: 'reset' });
  const dave = await insideHttp2(t, office, { authority: 'two.github.com:443', user: 'dave' });
  const carol = await insideHttp2(t, office, { authority: 'two.github.com:443', user: 'carol' });
  assert.equal((await askHttp2(carol, { ':path': '/x' })).status, 200);
  const [broken, fine] = await Promise.all([
    askHttp2(dave, { ':path': '/break' }),
    askHttp2(carol, { ':path': '/x' }),
  ]);
  assert.deepEqual([broken.status, fine.status], [502, 200]);
});

test('R-40 a stream that drips in byte by byte is whole, trailers included', async (t) => {
  relay.plan({ pace: 'drip' });
  script.play = ({ stream }) => {
    stream.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end('abc');
  };
  const session = await insideHttp2(t, office, { authority: 'drip.github.com:443' });
  const answer = await askHttp2(session, { ':path': '/drip' });
  assert.deepEqual([answer.body.toString(), answer.trailers.slice(0, 2)], ['abc', ['grpc-status', '0']]);
});

test('R-54 after all these faults nothing is kept', async (t) => {
  const session = await insideHttp2(t, office, { authority: 'last.github.com:443' });
  const closed = once(session, 'close');
  await office.gate.stop();
  await closed;
  await untilTrue(() => relay.open() === 0, 'an upstream connection is still open');
});
