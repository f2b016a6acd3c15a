// Lines of HTTP/2 sessions and the drain that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant } from './mutant.ts';

const ENDS = 'test/hostile/http2-ends.test.ts';
const REFUSALS = 'test/hostile/upstream-refusals.test.ts';
const RUNNING = 'test/journeys/running.test.ts';

export const http2SessionsMutants: readonly Mutant[] = [
  {
    holds: ['R-66', 'B3'],
    file: 'src/gateway/http2/forward-http2.ts',
    line: 'this.#hasTold || ',
    becomes: '',
    red: [{ file: REFUSALS, test: 'REFUSED_STREAM behind 103: it is passed on' }],
  },
  {
    holds: ['R-66', 'B3', 'D1'],
    file: 'src/gateway/http2/forward-http2.ts',
    line: 'if (!this.#hasAnswer && this.#tries.session.isUnprocessed(upstream)) {',
    becomes: 'if (this.#tries.session.isUnprocessed(upstream) && this.#isOver) {',
    red: [
      { file: REFUSALS, test: 'REFUSED_STREAM: a GET is asked again' },
      { file: 'test/journeys/nginx.test.ts', test: 'R-66 D1 no request is lost' },
    ],
  },
  {
    holds: ['R-66', 'B3'],
    file: 'src/gateway/http2/forward-http2.ts',
    line: 'if (this.#record.bytesIn > 0 || ',
    becomes: 'if (',
    red: [{ file: REFUSALS, test: 'REFUSED_STREAM: a body that is gone' }],
  },
  {
    holds: ['R-66', 'B3'],
    file: 'src/gateway/upstream/http2-upstream.ts',
    line: '(stream.id ?? 0) > this.#lastStream',
    becomes: '(stream.id ?? 0) >= this.#lastStream',
    red: [{ file: REFUSALS, test: 'may have looked at is not repeated' }],
  },
  {
    holds: ['R-66', 'B3'],
    file: 'src/gateway/request/request-record.ts',
    line: '...(this.repeats.length === 0 ? {} : { repeats: this.repeats }),',
    becomes: '',
    red: [{ file: REFUSALS, test: 'GOAWAY below the stream: a DELETE' }],
  },
  {
    holds: ['D7'],
    file: 'src/gateway/upstream/upstream-pool.ts',
    line: "if (untilMs > this.#clock.monotonic()) return ['http/1.1'];",
    becomes: '',
    red: [{ file: REFUSALS, test: 'D7 HTTP_1_1_REQUIRED' }],
  },
  {
    holds: ['D7'],
    file: 'src/gateway/http2/forward-http2.ts',
    line: 'code === http2.constants.NGHTTP2_HTTP_1_1_REQUIRED',
    becomes: 'code === http2.constants.NGHTTP2_ENHANCE_YOUR_CALM',
    red: [{ file: REFUSALS, test: 'D7 HTTP_1_1_REQUIRED' }],
  },
  {
    holds: ['B2'],
    file: 'src/gateway/upstream/upstream-pool.ts',
    line: 'for (const other of OFFERS) this.#proofs.delete(proofKey(host, port, other));',
    becomes: 'this.#proofs.delete(proofKey(host, port, offers));',
    red: [{ file: REFUSALS, test: 'B2 a connection learns' }],
  },
  {
    holds: ['B2'],
    file: 'src/gateway/http2/serve-http2.ts',
    line: "if (failure.code === 'upstream-protocol') scope.retireSession();",
    becomes: '',
    red: [{ file: REFUSALS, test: 'B2 a connection learns' }],
  },
  {
    holds: ['R-57', 'R-67', 'B1'],
    file: 'src/gateway/http2/serve-http2.ts',
    line: 'tunnel.abortAll(failure);',
    becomes: '',
    red: [{ file: ENDS, test: 'B1 a stop leaves streams all of drainTimeout' }],
  },
  {
    holds: ['R-67', 'B1'],
    file: 'src/gateway/http2/http2-session.ts',
    line: 'if (session.closed || session.destroyed) return;\n  session.close();',
    becomes: 'session.destroy();',
    red: [{ file: ENDS, test: 'B1 a stop leaves streams all of drainTimeout' }],
  },
  {
    holds: ['R-57', 'R-67', 'B1'],
    file: 'src/gateway/http2/http2-session.ts',
    line: 'isForwarding() ? 0 : looks + 1',
    becomes: 'looks + 1',
    red: [{ file: ENDS, test: 'reads nothing for a while' }],
  },
  {
    holds: ['R-38'],
    file: 'src/gateway/http2/http2-session.ts',
    line: 'if (looks < 2) return;',
    becomes: 'if (looks >= 0) return;',
    red: [{ file: 'test/hostile/http2-streams.test.ts', test: 'told to go, and whose client then breaks' }],
  },
  {
    holds: ['E13', 'R-52'],
    file: 'src/gateway/upstream/upstream-pool.ts',
    line: 'for (const session of sessions) session.retire();',
    becomes: 'void sessions;',
    red: [{ file: ENDS, test: 'R-52 E13' }],
  },
  {
    holds: ['E13', 'R-67'],
    file: 'src/gateway/http2/serve-http2.ts',
    line: 'if (answer.status === 421) retireSession();',
    becomes: '',
    red: [{ file: ENDS, test: 'B1 a stream that is answered 421' }],
  },
  {
    holds: ['R-54'],
    file: 'src/gateway/gateway.ts',
    line: 'if (inAll >= this.#context.limits.connectionsPerClient) return false;',
    becomes: '',
    red: [{ file: RUNNING, test: 'and so are more of one client' }],
  },
  {
    holds: ['R-54'],
    file: 'src/gateway/upstream/upstream-pool.ts',
    line: 'const idle = sessions.find(({ isIdle }) => isIdle);',
    becomes: 'const idle = sessions.find(({ isUseless }) => isUseless);',
    red: [{ file: 'test/faults/upstream-reuse.test.ts', test: 'a crowd of idle ones over h2' }],
  },
];
