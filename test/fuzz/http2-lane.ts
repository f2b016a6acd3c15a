// HTTP/2 connections through the running gate, frame by frame: whatever went upstream is a recorded request with the
// right stamp, read from the frames and as HTTP/1, and each stream gets its own answer. Must not know how the gate works.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Http2Answers } from '../support/http2-answers.ts';
import { pseudoOf } from '../support/http2-readings.ts';
import { inside, type Office } from '../support/office.ts';
import type { TestScope } from '../support/test-scope.ts';
import { untilTrue } from '../support/until.ts';
import { FuzzedOffice, WAYS } from './fuzzed-office.ts';
import { type Http2Case, http2Bytes, http2Case, http2FieldsCase, streamsOf } from './http2-cases.ts';
import { type Lane, type OpenLane, tryCases } from './lane.ts';

/** Everything that frames can say. */
export const http2Lane: Lane = {
  name: 'http2',
  through: 'reached upstream',
  cases: 300,
  open: (scope) => openLane(scope, http2Case),
};

/** Nothing but the bytes of fields. */
export const http2FieldsLane: Lane = {
  name: 'http2-fields',
  through: 'reached upstream',
  cases: 300,
  open: (scope) => openLane(scope, http2FieldsCase),
};

async function openLane(scope: TestScope, said: fc.Arbitrary<Http2Case>): Promise<OpenLane> {
  const fuzzed = await FuzzedOffice.start(scope);
  const { office } = fuzzed;
  const cases = fc.record({ way: fc.constantFrom(...WAYS), said });
  return tryCases(cases, ({ way, said }, number) =>
    fuzzed.judge(number, way.stamp, async (t) => {
      const { socket } = await inside(t, office, { ...way.wish, alpn: ['h2'] });
      const answers = new Http2Answers(socket);
      socket.write(http2Bytes(said));
      await untilAnswered(answers, said);
      assertOwnAnswers(answers, said, office);
      socket.end();
      await untilTrue(
        () => socket.destroyed || socket.readableEnded,
        'the gate keeps a session whose client left',
      );
    }),
  );
}

/** Until every stream is over, or the gate has said all that it will: some wait for what this client never sends. */
async function untilAnswered(answers: Http2Answers, said: Http2Case): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!answers.areOver(streamsOf(said)) && performance.now() < deadline)
    await new Promise((resolve) => setImmediate(resolve));
}

const PATIENCE_MS = 300;

/** A nonce that came back on a stream belongs to a request of that stream's path. */
function assertOwnAnswers(answers: Http2Answers, said: Http2Case, { twin }: Office): void {
  if (said.spoilt !== null) return;
  for (const [stream, nonce] of answers.valuesOf('x-twin-nonce')) {
    const asked = said.requests[(stream - 1) / 2];
    const request = twin.requests().find((one) => one.nonce === nonce);
    assert.equal(
      request?.target,
      pseudoOf(asked?.fields ?? [], ':path'),
      `stream ${stream} has another's answer`,
    );
  }
}
