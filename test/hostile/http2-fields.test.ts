// Fields of HTTP/2 that are malformed, or nearly, in both directions: what means something is passed on, whatever else ends
// its stream aloud and on the record, and no field is lost in silence. Good streams go in between. Must not know who reads.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { startFramedUpstream } from '../support/framed-upstream.ts';
import type { Field } from '../support/hpack.ts';
import { Http2Answers } from '../support/http2-answers.ts';
import { askHttp2, type Http2Answer } from '../support/http2-client.ts';
import { FLAG, FRAME, frameOf } from '../support/http2-frames.ts';
import { headersFrames, OPENING } from '../support/http2-header-frames.ts';
import { inside, insideHttp2, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { assertOfficeHolds } from '../support/office-verdict.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const scope = fileScope();
const office = await startOffice(scope);
const { twin } = office;

const authority = await createTestAuthority();
const script: { answer: (stream: number) => Uint8Array } = { answer: () => Buffer.alloc(0) };
const upstream = await startFramedUpstream(
  scope,
  await authority.issue({ names: UPSTREAM_NAMES }),
  ({ stream, say }) => say(script.answer(stream)),
);
const downward = await startOffice(scope, { authority, upstreamPort: upstream.port });

const OK: readonly Field[] = [[':status', '200']];
let paths = 0;

describe('R-63 A9 a value with blanks at its ends is trimmed and goes on, as over HTTP/1.1', () => {
  const rows: readonly { readonly name: string; readonly field: Field; readonly arrives: Field }[] = [
    row('a blank in front', 'authorization', ' token x', 'token x'),
    row('a blank at the end', 'authorization', 'token x ', 'token x'),
    row('tabs and blanks at both ends', 'x-odd', ' \t a \t b\t ', 'a \t b'),
    row('nothing but blanks', 'x-odd', ' \t ', ''),
    row('many blanks', 'x-odd', `${' '.repeat(4_000)}a${' '.repeat(4_000)}`, 'a'),
    row('a cookie', 'set-cookie', 'a=b; Path=/ ', 'a=b; Path=/'),
  ];
  for (const { name, field, arrives } of rows) {
    test(`on the way up: ${name}`, async (t) => {
      const { path, answers } = await ask(t, [field]);
      assert.deepEqual(statusOf(answers), '200');
      const headers = twin.requests().find(({ target }) => target === path)?.headers ?? [];
      assert.deepEqual(valuesOf(headers, arrives[0]), [arrives[1]]);
    });
    test(`on the way down: ${name}`, async (t) => {
      const { status, headers } = await askDown(t, (stream) => headersFrames([...OK, field], { stream }));
      assert.equal(status, 200);
      assert.deepEqual(valuesOf(headers, arrives[0]), [arrives[1]]);
    });
  }

  test('in trailers that may travel, both ways', async (t) => {
    const { path } = await ask(t, [], [['grpc-odd', ' 1 ']]);
    const seen = twin.requests().find(({ target }) => target === path);
    assert.deepEqual(seen?.trailers, ['grpc-odd', '1']);
    const answer = await askDown(t, (stream) =>
      Buffer.concat([
        headersFrames(OK, { stream, endStream: 'no' }),
        headersFrames([['grpc-odd', ' 1 ']], { stream }),
      ]),
    );
    assert.deepEqual(answer.trailers, ['grpc-odd', '1']);
  });
});

describe('D8 a length that is not one plain number is refused, as over HTTP/1.1', () => {
  for (const length of ['05', '+5', '5, 5', '0x5', '5 5', '']) {
    test(`on the way up: "${length}"`, async (t) => {
      const { path, answers } = await ask(t, [['content-length', length]], null, 'abcde');
      assert.ok(['400', null].includes(statusOf(answers)), String(statusOf(answers)));
      assert.equal(arrivals(path).length, 0);
      await control(t);
    });
    test(`on the way down: "${length}"`, async (t) => {
      const { status } = await askDown(t, (stream) =>
        Buffer.concat([
          headersFrames([...OK, ['content-length', length]], { stream, endStream: 'no' }),
          frameOf({ type: FRAME.data, flags: FLAG.endStream, stream }, Buffer.from('abcde')),
        ]),
      );
      assert.equal(status, 502);
      await control(t);
    });
  }
});

test('R-01, R-46 every request that went upstream here was stamped, and recorded before', () =>
  assertOfficeHolds(office));

function row(
  name: string,
  field: string,
  ...values: readonly [said: string, read: string]
): { readonly name: string; readonly field: Field; readonly arrives: Field } {
  return { name, field: [field, values[0]], arrives: [field, values[1]] };
}

function valuesOf(headers: readonly string[], name: string): readonly string[] {
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1] === name);
}

function statusOf(answers: Http2Answers): string | null {
  return answers.valuesOf(':status')[0]?.[1] ?? null;
}

function arrivals(path: string): readonly unknown[] {
  return twin.requests().filter(({ target }) => target === path);
}

/** One request of literal frames on a session of its own, until its stream is over. */
async function ask(
  t: TestScope,
  extra: readonly Field[],
  trailers: readonly Field[] | null = null,
  body = '',
): Promise<{ readonly path: string; readonly answers: Http2Answers }> {
  const { socket } = await inside(t, office, { alpn: ['h2'] });
  const answers = new Http2Answers(socket);
  paths += 1;
  const path = `/fields-${paths}`;
  const fields: Field[] = [
    [':method', 'POST'],
    [':scheme', 'https'],
    [':authority', 'github.com'],
    [':path', path],
    ...extra,
  ];
  const data = frameOf(
    { type: FRAME.data, flags: trailers === null ? FLAG.endStream : FLAG.none, stream: 1 },
    Buffer.from(body),
  );
  const end = trailers === null ? Buffer.alloc(0) : headersFrames(trailers, { stream: 1 });
  socket.write(Buffer.concat([OPENING, headersFrames(fields, { endStream: 'no' }), data, end]));
  await untilTrue(() => answers.areOver([1]), 'the stream is still open');
  return { path, answers };
}

/** One good request whose answer is scripted. */
async function askDown(t: TestScope, answer: (stream: number) => Uint8Array): Promise<Http2Answer> {
  script.answer = answer;
  const session = await insideHttp2(t, downward);
  return askHttp2(session, { ':path': '/down', ':authority': 'github.com' });
}

async function control(t: TestScope): Promise<void> {
  const { answers } = await ask(t, [['x-good', 'a b']]);
  assert.equal(statusOf(answers), '200');
}
