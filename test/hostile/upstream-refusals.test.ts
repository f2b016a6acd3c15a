// An upstream over HTTP/2 that takes a request back to sender: unprocessed it is asked again elsewhere, or the client is
// told that it may. Must not know how the gate keeps its sessions.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { type FramedRequest, startFramedUpstream } from '../support/framed-upstream.ts';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { FRAME, frameOf, headersFrame, resetFrame } from '../support/http2-frames.ts';
import { listening } from '../support/listening.ts';
import { inside, insideHttp2, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { startTwin } from '../support/twin.ts';

const REFUSED_STREAM = 7;
const HTTP_1_1_REQUIRED = 13;
const scope = fileScope();
const authority = await createTestAuthority();
const leaf = await authority.issue({ names: UPSTREAM_NAMES });
const good = ({ stream, say }: FramedRequest): void =>
  say(headersFrame([':status', '200'], { stream, flags: 5 }));
const refuses = ({ stream, say }: FramedRequest): void => say(resetFrame(stream, REFUSED_STREAM));
const refusesBehind =
  (status: string) =>
  ({ stream, say }: FramedRequest): void =>
    say(
      Buffer.concat([
        headersFrame([':status', status], { stream, flags: 4 }),
        resetFrame(stream, REFUSED_STREAM),
      ]),
    );
const saysGoodbye = ({ say }: FramedRequest): void => say(goAwayFrame(0));
/** What is said to each request of a path, in turn; the last again and again. */
const plays = new Map<string, ((request: FramedRequest) => void)[]>();
const upstream = await startFramedUpstream(scope, leaf, (request) => {
  const rest = plays.get(request.path) ?? [good];
  const play = rest.length > 1 ? rest.shift() : rest[0];
  play?.(request);
});
const office = await startOffice(scope, { authority, upstreamPort: upstream.port });

interface Refusal {
  readonly name: string;
  readonly plays: readonly ((request: FramedRequest) => void)[];
  readonly method?: string;
  readonly body?: string;
  /** Status, or the code of the reset. */
  readonly seen: readonly [status: number, reset: number];
  readonly repeats: readonly string[];
}

const REFUSALS: readonly Refusal[] = [
  {
    name: 'REFUSED_STREAM: a GET is asked again',
    plays: [refuses, good],
    seen: [200, 0],
    repeats: ['REFUSED_STREAM'],
  },
  {
    name: 'REFUSED_STREAM: so is a POST without a body',
    plays: [refuses, refuses, good],
    method: 'POST',
    seen: [200, 0],
    repeats: ['REFUSED_STREAM', 'REFUSED_STREAM'],
  },
  {
    name: 'GOAWAY below the stream: a DELETE is asked again',
    plays: [saysGoodbye, good],
    method: 'DELETE',
    seen: [200, 0],
    repeats: ['GOAWAY after stream 0'],
  },
  {
    name: 'REFUSED_STREAM: a body that is gone is the client’s to send again',
    plays: [refuses, good],
    method: 'POST',
    body: 'x',
    seen: [0, REFUSED_STREAM],
    repeats: ['REFUSED_STREAM'],
  },
  {
    name: 'GOAWAY below the stream: a body that is gone is the client’s to send again',
    plays: [saysGoodbye, good],
    method: 'POST',
    body: 'x',
    seen: [0, REFUSED_STREAM],
    repeats: ['GOAWAY after stream 0'],
  },
  {
    name: 'REFUSED_STREAM behind 103: it is passed on, since upstream has looked at it',
    plays: [refusesBehind('103'), good],
    method: 'POST',
    seen: [0, REFUSED_STREAM],
    repeats: ['REFUSED_STREAM'],
  },
  {
    name: 'REFUSED_STREAM behind 100: a server in front of it said go on, so that it is asked again',
    plays: [refusesBehind('100'), good],
    method: 'POST',
    seen: [200, 0],
    repeats: ['REFUSED_STREAM'],
  },
  {
    name: 'REFUSED_STREAM again and again ends',
    plays: [refuses],
    seen: [0, REFUSED_STREAM],
    repeats: ['REFUSED_STREAM', 'REFUSED_STREAM', 'REFUSED_STREAM'],
  },
];

describe('R-66 B3 what upstream refuses unprocessed, after', () => {
  for (const [at, row] of REFUSALS.entries()) {
    test(row.name, async (t) => {
      const path = `/refused-${at}`;
      plays.set(path, [...row.plays]);
      const session = await insideHttp2(t, office, { authority: `r${at}.github.com:443` });
      const answer = await askHttp2(session, { ':path': path, ':method': row.method ?? 'GET' }, row.body);
      assert.deepEqual([answer.status, answer.resetCode], row.seen);
      const { outcome } = await office.gate.pair(({ request }) => request?.path === path);
      assert.deepEqual(outcome.repeats, row.repeats);
      assert.equal(outcome.failure?.code, row.seen[0] === 0 ? 'upstream-closed' : undefined);
      assert.equal(
        office.gate
          .events()
          .filter(
            ({ kind, ...event }) => kind === 'decision' && 'request' in event && event.request?.path === path,
          ).length,
        1,
      );
    });
  }
});

test('R-66 B3 what upstream may have looked at is not repeated', async (t) => {
  plays.set('/seen', [
    ({ stream, say }) => say(Buffer.concat([goAwayFrame(stream), resetFrame(stream, 2)])),
    good,
  ]);
  const session = await insideHttp2(t, office, { authority: 'seen.github.com:443' });
  assert.equal((await askHttp2(session, { ':path': '/seen' })).status, 502);
  const { outcome } = await office.gate.pair(({ request }) => request?.path === '/seen');
  assert.equal(outcome.repeats, undefined);
});

test('D7 HTTP_1_1_REQUIRED is passed on, and the next connections to this origin offer HTTP/1.1 only', async (t) => {
  const both = await startOffice(t, {
    twin: {
      answer: (_request, response, nonce) => {
        if ('stream' in response) response.stream.close(HTTP_1_1_REQUIRED);
        else response.end(nonce);
      },
    },
  });
  const session = await insideHttp2(t, both);
  const answer = await askHttp2(session, { ':path': '/old' });
  assert.deepEqual([answer.status, answer.resetCode], [0, HTTP_1_1_REQUIRED]);
  const alpn = ['h2', 'http/1.1'];
  const next = await inside(t, both, { alpn });
  assert.equal(next.socket.alpnProtocol, 'http/1.1');
  const other = await inside(t, both, { alpn, authority: 'api.github.com:443' });
  assert.equal(other.socket.alpnProtocol, 'h2');
});

test('B2 a connection learns that upstream offers h2 no longer from the first failure, and what is said of it is true', async (t) => {
  const leafOfTwin = await authority.issue({ names: UPSTREAM_NAMES });
  const twin = await startTwin(t, { tls: leafOfTwin });
  const old = await startTwin(t, { tls: leafOfTwin, alpn: ['http/1.1'] });
  const relay = await startSwitch(t, twin.port);
  const moving = await startOffice(t, { authority, upstreamPort: relay.port });
  const session = await insideHttp2(t, moving);
  assert.equal((await askHttp2(session, { ':path': '/before' })).status, 200);
  relay.lead(old.port);
  const goneAway = once(session, 'goaway');
  const answer = await askHttp2(session, { ':path': '/after' });
  assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'upstream-protocol']);
  assert.doesNotMatch(answer.body.toString(), /did not offer|client offered/);
  await goneAway;
  const next = await inside(t, moving, { alpn: ['h2', 'http/1.1'] });
  assert.equal(next.socket.alpnProtocol, 'http/1.1');
});

/** A way to one server that can be led to another; what stands is cut. */
async function startSwitch(
  t: TestScope,
  first: number,
): Promise<{ readonly port: number; lead(port: number): void }> {
  let to = first;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  const lead = (port: number): void => {
    to = port;
    for (const socket of open) socket.destroy();
  };
  return { port: await listening(t, server), lead };
}

function goAwayFrame(lastStream: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(lastStream);
  return frameOf({ type: FRAME.goAway, flags: 0, stream: 0 }, payload);
}
