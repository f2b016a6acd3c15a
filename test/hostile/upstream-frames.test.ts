// Frames that upstream should never send, beside good answers, to fifty clients of one host over HTTP/2: each client gets
// its own answer, or is told that there is none; nobody gets another's. Must not know how the gate reads answers.
import assert from 'node:assert/strict';
import type { ClientHttp2Session } from 'node:http2';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { type FramedRequest, startFramedUpstream } from '../support/framed-upstream.ts';
import type { Field } from '../support/hpack.ts';
import { hpackBlock } from '../support/hpack.ts';
import { answerOf, askHttp2, type Http2Answer } from '../support/http2-client.ts';
import { FLAG, FRAME, frameOf } from '../support/http2-frames.ts';
import { headersFrames } from '../support/http2-header-frames.ts';
import { insideHttp2, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';

const CLIENTS = 50;
const ROUNDS = 2;

const scope = fileScope();
const script: { play: (request: FramedRequest, nonce: string) => void } = { play: () => undefined };
const authority = await createTestAuthority();
const upstream = await startFramedUpstream(
  scope,
  await authority.issue({ names: UPSTREAM_NAMES }),
  (request) => {
    const [, nonce = '', kind] = /^\/(\w+-\d+)-(odd|good)$/.exec(request.path) ?? [];
    if (kind === 'odd') script.play(request, nonce);
    else request.say(good(request.stream, nonce));
  },
);
const office = await startOffice(scope, { authority, upstreamPort: upstream.port });

const OK: readonly Field[] = [[':status', '200']];
const data = (stream: number, text: string, flags: number = FLAG.endStream): Buffer =>
  frameOf({ type: FRAME.data, flags, stream }, Buffer.from(text));
const head = (stream: number, fields: readonly Field[] = OK): Buffer =>
  headersFrames(fields, { stream, endStream: 'no' });
const good = (stream: number, nonce: string): Buffer => Buffer.concat([head(stream), data(stream, nonce)]);
const POISON = 'poison';

interface Row {
  readonly name: string;
  readonly answer: (stream: number, nonce: string) => Uint8Array;
  /** Its own answer; nothing but a refusal or a reset; or whichever of them came first. */
  readonly gets: 'own' | 'nothing' | 'either';
}

const ROWS: readonly Row[] = [
  {
    name: 'a push',
    answer: (stream, nonce) =>
      Buffer.concat([
        frameOf(
          { type: FRAME.pushPromise, flags: FLAG.endHeaders, stream },
          Buffer.concat([
            Buffer.of(0, 0, 0, 2),
            hpackBlock([
              [':method', 'GET'],
              [':scheme', 'https'],
              [':authority', 'github.com'],
              [':path', '/pushed'],
            ]),
          ]),
        ),
        good(2, POISON),
        good(stream, nonce),
      ]),
    gets: 'either',
  },
  {
    name: 'an answer on a stream that nobody opened',
    answer: (stream, nonce) => Buffer.concat([good(stream + 1_000, POISON), good(stream, nonce)]),
    gets: 'either',
  },
  {
    name: 'an answer on stream 0',
    answer: (stream, nonce) => Buffer.concat([good(0, POISON), good(stream, nonce)]),
    gets: 'either',
  },
  {
    name: 'a second head',
    answer: (stream, nonce) =>
      Buffer.concat([
        head(stream),
        head(stream, [
          [':status', '200'],
          ['x', POISON],
        ]),
        data(stream, nonce),
      ]),
    gets: 'nothing',
  },
  {
    name: 'DATA behind the end',
    answer: (stream, nonce) => Buffer.concat([good(stream, nonce), data(stream, POISON)]),
    gets: 'either',
  },
  {
    name: 'a head behind the end',
    answer: (stream, nonce) => Buffer.concat([good(stream, nonce), head(stream)]),
    gets: 'either',
  },
  {
    name: 'DATA before a head',
    answer: (stream, nonce) => Buffer.concat([data(stream, POISON, FLAG.none), good(stream, nonce)]),
    gets: 'either',
  },
  {
    name: 'a length that is too long',
    answer: (stream, nonce) =>
      Buffer.concat([head(stream, [...OK, ['content-length', '100']]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: 'a length that is too short',
    answer: (stream, nonce) =>
      Buffer.concat([head(stream, [...OK, ['content-length', '1']]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: 'two lengths',
    answer: (stream, nonce) =>
      Buffer.concat([
        head(stream, [...OK, ['content-length', String(nonce.length)], ['content-length', '1']]),
        data(stream, nonce),
      ]),
    gets: 'nothing',
  },
  {
    name: 'two statuses',
    answer: (stream, nonce) =>
      Buffer.concat([
        head(stream, [
          [':status', '200'],
          [':status', '404'],
        ]),
        data(stream, nonce),
      ]),
    gets: 'nothing',
  },
  {
    name: 'no status',
    answer: (stream, nonce) => Buffer.concat([head(stream, [['x', 'y']]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: 'a status that is none',
    answer: (stream, nonce) => Buffer.concat([head(stream, [[':status', '2x0']]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: 'a late status',
    answer: (stream, nonce) => Buffer.concat([head(stream, [['x', 'y'], ...OK]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: 'a pseudo-header of requests',
    answer: (stream, nonce) => Buffer.concat([head(stream, [...OK, [':path', '/x']]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: 'capitals',
    answer: (stream, nonce) => Buffer.concat([head(stream, [...OK, ['X-A', 'y']]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: 'a header of connections',
    answer: (stream, nonce) =>
      Buffer.concat([head(stream, [...OK, ['connection', 'close']]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: 'a transfer encoding',
    answer: (stream, nonce) =>
      Buffer.concat([head(stream, [...OK, ['transfer-encoding', 'chunked']]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: '101',
    answer: (stream, nonce) => Buffer.concat([head(stream, [[':status', '101']]), data(stream, nonce)]),
    gets: 'nothing',
  },
  {
    name: 'a status in the trailers',
    answer: (stream, nonce) =>
      Buffer.concat([
        head(stream),
        data(stream, nonce, FLAG.none),
        headersFrames([[':status', '200']], { stream }),
      ]),
    gets: 'nothing',
  },
  {
    name: 'a reset within the body',
    answer: (stream, nonce) =>
      Buffer.concat([
        head(stream),
        data(stream, nonce, FLAG.none),
        frameOf({ type: FRAME.resetStream, flags: 0, stream }, Buffer.of(0, 0, 0, 2)),
      ]),
    gets: 'nothing',
  },
  {
    name: 'a reset without error within the body',
    answer: (stream, nonce) =>
      Buffer.concat([
        head(stream),
        data(stream, nonce, FLAG.none),
        frameOf({ type: FRAME.resetStream, flags: 0, stream }, Buffer.of(0, 0, 0, 0)),
      ]),
    gets: 'nothing',
  },
  {
    name: 'a reset without error behind the end',
    answer: (stream, nonce) =>
      Buffer.concat([
        good(stream, nonce),
        frameOf({ type: FRAME.resetStream, flags: 0, stream }, Buffer.of(0, 0, 0, 0)),
      ]),
    gets: 'own',
  },
  {
    name: 'a frame within a header block',
    answer: (stream, nonce) =>
      Buffer.concat([
        frameOf({ type: FRAME.headers, flags: 0, stream }, hpackBlock(OK)),
        good(stream, nonce),
      ]),
    gets: 'nothing',
  },
  {
    name: 'a header block that is none',
    answer: (stream, nonce) =>
      Buffer.concat([
        frameOf(
          { type: FRAME.headers, flags: FLAG.endHeaders, stream },
          Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff),
        ),
        good(stream, nonce),
      ]),
    gets: 'nothing',
  },
  {
    name: 'a flood of interim answers',
    answer: (stream, nonce) =>
      Buffer.concat([
        ...Array.from({ length: 64 }, () => head(stream, [[':status', '103']])),
        good(stream, nonce),
      ]),
    gets: 'own',
  },
  {
    name: 'headers that are said twice',
    answer: (stream, nonce) =>
      Buffer.concat([
        head(stream, [
          ...OK,
          ['server', 'a'],
          ['server', 'b'],
          ['etag', '"1"'],
          ['etag', '"2"'],
          ['location', '/a'],
          ['location', '/b'],
        ]),
        data(stream, nonce),
      ]),
    gets: 'own',
  },
  {
    name: 'frames that nobody knows',
    answer: (stream, nonce) =>
      Buffer.concat([frameOf({ type: 0xfa, flags: 0xff, stream }, Buffer.from(POISON)), good(stream, nonce)]),
    gets: 'own',
  },
];

/** Asks with one session as long as it lasts. */
class Client {
  readonly #number: number;
  #session: ClientHttp2Session | null = null;

  constructor(number: number) {
    this.#number = number;
  }

  async run(row: Row): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const nonce = `n${this.#number}-${round}`;
      const isOdd = round % 2 === 1;
      const answer = await this.#ask(`/${nonce}-${isOdd ? 'odd' : 'good'}`);
      assertOwn(answer, nonce, isOdd ? row.gets : 'either');
    }
  }

  async #ask(path: string): Promise<Http2Answer> {
    // Two clients are one principal, so that upstream's sessions carry streams of more than one.
    const wish = { from: `10.1.0.${this.#number >> 1}` };
    if (this.#session === null || this.#session.destroyed || this.#session.closed)
      this.#session = await insideHttp2(scope, office, wish);
    return askHttp2(this.#session, { ':path': path, ':authority': 'github.com' });
  }
}

/** A good answer may be lost with the connection that an odd one beside it ended; it is never another's. */
function assertOwn({ status, body, resetCode }: Http2Answer, nonce: string, gets: Row['gets']): void {
  const isWhole = status === 200 && resetCode === 0;
  assert.ok(!body.includes(POISON));
  if (isWhole) assert.equal(body.toString(), nonce);
  else assert.ok(status === 502 || resetCode !== 0, `${status} ${resetCode}`);
  if (gets === 'nothing') assert.equal(isWhole, false, nonce);
  if (gets === 'own') assert.ok(isWhole, `${nonce}: ${status} ${resetCode} ${body}`);
}

const clients = Array.from({ length: CLIENTS }, (_, number) => new Client(number));

describe(`R-10, R-34 and R-35 an odd answer among ${CLIENTS} clients of one host, over HTTP/2`, () => {
  for (const row of ROWS) {
    test(row.name, async () => {
      script.play = ({ stream, say }, nonce) => say(row.answer(stream, nonce));
      await Promise.all(clients.map((client) => client.run(row)));
    });
  }
});

test('R-35 what upstream says twice, the client reads twice', async (t) => {
  const twice = ROWS.find(({ name }) => name === 'headers that are said twice');
  script.play = ({ stream, say }, nonce) => say(twice?.answer(stream, nonce) ?? Buffer.alloc(0));
  const session = await insideHttp2(t, office, { from: '10.1.0.201' });
  const { headers } = await askHttp2(session, { ':path': '/n0-0-odd', ':authority': 'github.com' });
  const values = (name: string): readonly string[] => headers.filter((_, at) => headers[at - 1] === name);
  assert.deepEqual(values('server'), ['a', 'b']);
});

test('R-35 of a flood of interim answers the client sees a few', async (t) => {
  const flood = ROWS.find(({ name }) => name === 'a flood of interim answers');
  script.play = ({ stream, say }, nonce) => say(flood?.answer(stream, nonce) ?? Buffer.alloc(0));
  const session = await insideHttp2(t, office, { from: '10.1.0.202' });
  const stream = session.request({ ':path': '/n0-0-odd', ':authority': 'github.com' });
  let interims = 0;
  stream.on('headers', () => {
    interims += 1;
  });
  assert.equal((await answerOf(stream)).status, 200);
  assert.ok(interims > 0 && interims <= 16, String(interims));
});
