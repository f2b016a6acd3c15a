// Heads of HTTP/2 just within and just over the gate's limits, in both directions: as over HTTP/1.1, whole or refused with
// the limit's name. Frames are written and read by hand, since libraries have limits of their own.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { startFramedUpstream } from '../support/framed-upstream.ts';
import { gateSays } from '../support/gate-answers.ts';
import type { Field } from '../support/hpack.ts';
import { Http2Answers } from '../support/http2-answers.ts';
import { settingsAck } from '../support/http2-frames.ts';
import { headersFrames, OPENING } from '../support/http2-header-frames.ts';
import { inside, type Office, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';

const scope = fileScope();
const authority = await createTestAuthority();
const OK: readonly Field[] = [[':status', '200']];
/** What upstream answers with, and what it was asked. */
const script: { answer: readonly Field[] } = { answer: OK };
let asked: readonly (readonly Field[])[] = [];
const upstream = await startFramedUpstream(
  scope,
  await authority.issue({ names: UPSTREAM_NAMES }),
  ({ stream, fields, say }) => {
    asked = [...asked, fields];
    say(headersFrames(script.answer, { stream, pieces: PIECES }));
  },
);
const place = { authority, upstreamPort: upstream.port };
const usual = await startOffice(scope, place);
const wide = await startOffice(scope, { ...place, limits: { headBytes: 120_000 } });

/** A header block of up to 128 KiB in frames of the least size that all must take. */
const PIECES = 8;
/** nghttp2 takes no longer field. */
const LONGEST = 60_000;
const REQUEST: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'github.com'],
  [':path', '/'],
];

interface Row {
  readonly name: string;
  readonly office: Office;
  /** What the head holds beside its pseudo-headers, for as many bytes as its start takes over HTTP/1.1. */
  readonly fields: (startBytes: number) => readonly Field[];
  /** Null where it passes. */
  readonly limit: 'head-too-large' | 'too-many-headers' | null;
}

const ofBytes =
  (bytes: number) =>
  (startBytes: number): readonly Field[] =>
    filled(bytes - startBytes);
const ofLines = (count: number) => (): readonly Field[] =>
  Array.from({ length: count }, (_, at): Field => [`x-${at}`, '1']);
const ofCrumbs = (count: number) => (): readonly Field[] =>
  Array.from({ length: count }, (_, at): Field => ['cookie', `c${at}=1`]);

const ROWS: readonly Row[] = [
  { name: 'at the usual limit', office: usual, fields: ofBytes(65_536), limit: null },
  { name: 'one byte over it', office: usual, fields: ofBytes(65_537), limit: 'head-too-large' },
  { name: 'far over it', office: usual, fields: ofBytes(110_000), limit: 'head-too-large' },
  { name: 'at a limit over 64 KiB', office: wide, fields: ofBytes(120_000), limit: null },
  { name: 'one byte over that', office: wide, fields: ofBytes(120_001), limit: 'head-too-large' },
  { name: 'of 200 lines', office: usual, fields: ofLines(200), limit: null },
  { name: 'of 201 lines', office: usual, fields: ofLines(201), limit: 'too-many-headers' },
  { name: 'of 200 cookie crumbs', office: usual, fields: ofCrumbs(200), limit: null },
  { name: 'of 201 cookie crumbs', office: usual, fields: ofCrumbs(201), limit: 'too-many-headers' },
];

describe('R-38 B8 a head of HTTP/2 on the way up', () => {
  for (const { name, office, fields, limit } of ROWS) {
    test(`${name} ${limit === null ? 'passes whole' : 'is told the limit'}`, async (t) => {
      script.answer = OK;
      const sent = fields('GET / HTTP/1.1\r\nhost: github.com\r\n\r\n'.length);
      const { said, status } = await ask(t, office, [...REQUEST, ...sent]);
      if (limit === null) {
        assert.equal(status, '200');
        assert.equal(asked.length, 1);
        assert.deepEqual(measured(asked[0]), measured(sent));
        return;
      }
      assert.equal(status, '431');
      assert.equal(gateSays(said.flat()).code, 'bad-request');
      assert.equal(asked.length, 0);
      await untilTrue(() => details(office).some((detail) => detail.startsWith(limit)), 'it is not recorded');
    });
  }
});

describe('R-38 B8 a head of HTTP/2 on the way down', () => {
  for (const { name, office, fields, limit } of ROWS) {
    test(`${name} ${limit === null ? 'passes whole' : 'is told the limit'}`, async (t) => {
      const sent = fields('HTTP/1.1 200 \r\n\r\n'.length);
      script.answer = [...OK, ...sent];
      const { said, status } = await ask(t, office, REQUEST);
      if (limit === null) {
        assert.equal(status, '200');
        assert.deepEqual(measured(said), measured(sent));
        return;
      }
      assert.equal(status, '502');
      assert.equal(gateSays(said.flat()).code, 'bad-response');
      await untilTrue(() => details(office).some((detail) => detail.startsWith(limit)), 'it is not recorded');
    });
  }
});

/** Fields that take so many bytes over HTTP/1.1, with ": " and the line's end. */
function filled(bytes: number): readonly Field[] {
  const fields: Field[] = [];
  for (let left = bytes; left > 0; ) {
    const taken = left - LONGEST < 100 ? Math.min(left, LONGEST - 100) : LONGEST;
    fields.push([`x-${fields.length}`, 'a'.repeat(taken - 7)]);
    left -= taken;
  }
  return fields;
}

/** The fields that a test put there, each with its value's length: a difference should be readable. */
function measured(fields: readonly Field[] = []): readonly string[] {
  return fields
    .filter(([name]) => name.startsWith('x-') || name === 'cookie')
    .map(([name, value]) => `${name}: ${value.length}`);
}

/** One request on a session of its own; `said` is the head of its answer. */
async function ask(
  t: TestScope,
  office: Office,
  fields: readonly Field[],
): Promise<{ readonly status: string | undefined; readonly said: readonly Field[] }> {
  asked = [];
  const { socket } = await inside(t, office, { alpn: ['h2'] });
  const answers = new Http2Answers(socket);
  // Only what a client has acknowledged holds for it (RFC 9113 section 6.5.3).
  socket.write(Buffer.concat([OPENING, settingsAck(), headersFrames(fields, { pieces: PIECES })]));
  await untilTrue(() => answers.areOver([1]), 'the stream is still open');
  return { status: answers.valuesOf(':status')[0]?.[1], said: answers.headOf(1) };
}

function details({ gate }: Office): readonly string[] {
  return gate.events().flatMap((event) => (event.kind === 'outcome' ? [event.failure?.detail ?? ''] : []));
}
