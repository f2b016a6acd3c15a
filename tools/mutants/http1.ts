// Lines of the HTTP/1.1 leg that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant } from './mutant.ts';

const HEADERS = { file: 'src/gateway/http1/http1-headers.ts' };
const FRAMING = { file: 'src/core/wire/http1-framing.ts' };
const FORWARD = { file: 'src/gateway/http1/forward-http1.ts' };
const SERVE = { file: 'src/gateway/http1/serve-http1.ts' };

const inHeaders = (test: string): Mutant['red'] => [
  { file: 'src/gateway/http1/http1-headers.test.ts', test },
];
const inFraming = (test: string): Mutant['red'] => [{ file: 'src/core/wire/http1-framing.test.ts', test }];
const inHeads = (test: string): Mutant['red'] => [{ file: 'src/core/wire/http1-head.test.ts', test }];
const inReuse = (test: string): Mutant['red'] => [{ file: 'test/faults/upstream-reuse.test.ts', test }];
const inLegal = (test: string): Mutant['red'] => [{ file: 'test/journeys/odd-but-legal.test.ts', test }];

/** Names: the stamp's, framing's, the proxy's, and what is for one hop. */
const NAMES: readonly Mutant[] = [
  {
    holds: ['R-62', 'A5'],
    file: 'src/core/wire/http1-head.ts',
    line: "if (alias !== null) return { kind: 'malformed', fault: alias };",
    becomes: '',
    red: inFraming('R-62 A5 readRequestHead() refuses Transfer_Encoding'),
  },
  {
    holds: ['R-62', 'A5'],
    file: 'src/gateway/http2/http2-headers.ts',
    line: 'const alias = aliasFault(headers);',
    becomes: 'const alias = aliasFault([]);',
    red: [{ file: 'src/gateway/http2/http2-headers.test.ts', test: 'R-62 A5 refuses transfer_encoding' }],
  },
  {
    ...HEADERS,
    holds: ['R-62', 'A5'],
    line: 'RESPONSE_ONLY.has(lowerName) || isFramingAlias(lowerName)',
    becomes: 'RESPONSE_ONLY.has(lowerName)',
    red: inHeaders('writes what reads like framing'),
  },
  {
    ...HEADERS,
    holds: ['R-11', 'A5'],
    line: 'FOR_THE_PROXY.test(lowerName)',
    becomes: "lowerName.startsWith('proxy-')",
    red: inHeaders('R-11 A5 drops what is for the proxy'),
  },
  {
    holds: ['R-02', 'A6'],
    file: 'src/core/base/spellings.ts',
    line: "'[^0-9a-z]*'",
    becomes: "'[-_.]?'",
    red: [{ file: 'src/core/policy/decide/rewrite.test.ts', test: '"sec--github-allowed-enterprise"' }],
  },
  {
    holds: ['R-02', 'A6'],
    file: 'src/core/base/spellings.ts',
    line: ')?$',
    becomes: '){0}$',
    red: [{ file: 'src/core/policy/decide/rewrite.test.ts', test: '"HTTP_SEC_GITHUB_ALLOWED_ENTERPRISE"' }],
  },
  {
    holds: ['R-31'],
    file: 'src/gateway/request/survey.ts',
    line: 'if (connection.some(isStampHeader))',
    becomes: 'if (connection.length > 99)',
    red: [{ file: 'src/gateway/request/survey.test.ts', test: 'says of a nominated stamp' }],
  },
  {
    ...HEADERS,
    holds: ['R-31'],
    line: 'if (drops(lower) || (nominated.length > 0',
    becomes: 'if (drops(lower) || (nominated.length > 99',
    red: inHeaders('what Connection nominates'),
  },
  {
    ...HEADERS,
    holds: ['R-28'],
    line: "  'content-length',\n  'upgrade',",
    becomes: "  'upgrade',",
    red: inHeaders('frames a body that is length by itself'),
  },
  {
    ...HEADERS,
    holds: ['R-30'],
    line: 'if (SAFE_TRAILER.test(name)) kept',
    becomes: 'kept',
    red: inHeaders('safeTrailers() keeps'),
  },
  {
    ...HEADERS,
    holds: ['R-36'],
    line: "  'alt-svc',\n",
    becomes: '',
    red: inHeaders('writes ways around the gate'),
  },
];

/** Heads and bodies: what is read, and in what way. */
const READING: readonly Mutant[] = [
  {
    ...FRAMING,
    holds: ['R-29'],
    line: '(?:0|[1-9][0-9]{0,14})',
    becomes: '(?:[0-9]{1,15})',
    red: inHeads('refuses a Content-Length with a leading zero'),
  },
  {
    ...FRAMING,
    holds: ['R-35', 'E17'],
    line: 'explicit.value.bytes > 0',
    becomes: 'explicit.value.bytes > 1',
    red: inFraming('a 204 of length 1'),
  },
  {
    ...FRAMING,
    holds: ['R-33', 'B12'],
    line: 'if (status === 101 &&',
    becomes: 'if (status === 999 &&',
    red: inFraming('R-33 B12 a 101 in chunks'),
  },
  {
    ...HEADERS,
    holds: ['R-40', 'B12'],
    line: "return framing.kind === 'chunked' && version === '1.0' ? 'until-close' : framing.kind;",
    becomes:
      "return framing.kind === 'none' || framing.kind === 'length' ? framing.kind : version === '1.0' ? 'until-close' : 'chunked';",
    red: inHeaders('writes a body until close'),
  },
  {
    ...SERVE,
    holds: ['B12'],
    line: 'if (head.host !== null || authority === null) return head;',
    becomes: 'if (head !== null) return head;',
    red: inLegal('gets that of its absolute-form target'),
  },
  {
    holds: ['R-29', 'B11'],
    file: 'src/core/wire/http1-head.ts',
    line: 'startsWithEmptyLine(bytes) ? 2 : 0',
    becomes: '0',
    red: inHeads('reads B11 a request behind one empty line'),
  },
  {
    holds: ['R-29', 'D6'],
    file: 'src/core/wire/http1-chunked.ts',
    line: '((?:[ \\t]*;[ \\t]*[',
    becomes: '((?:;[',
    red: [{ file: 'src/core/wire/http1-chunked.test.ts', test: 'D6 extensions with blanks' }],
  },
  {
    ...SERVE,
    holds: ['R-29', 'D6'],
    line: 'named.host !== host ||',
    becomes: '',
    red: inLegal('for anything else is refused: https://evil.example/x'),
  },
  {
    ...SERVE,
    holds: ['R-29', 'D6'],
    line: 'absoluteForm(head.target, tunnel.scheme)',
    becomes: "absoluteForm('', tunnel.scheme)",
    red: inLegal('goes on in origin-form'),
  },
  {
    ...SERVE,
    holds: ['R-39', 'B10'],
    line: "isWhole ? 'wait-while-it-moves'",
    becomes: "isWhole ? 'leave'",
    red: inLegal('one request'),
  },
];

/** Connections to upstream, and what becomes of requests and answers on them. */
const UPSTREAM: readonly Mutant[] = [
  {
    ...SERVE,
    holds: ['R-35', 'A13'],
    line: 'if (await proved.isQuiet()) return proved;',
    becomes: 'return proved;',
    red: inReuse('R-35 A13 what upstream says before it was asked'),
  },
  {
    ...FORWARD,
    holds: ['R-66', 'B4'],
    line: 'if (this.#wasStale(failure)) {',
    becomes: 'if (this.#isOver && failure.detail === "") {',
    red: inReuse('is sent once'),
  },
  {
    ...FORWARD,
    holds: ['R-66', 'B4'],
    line: '&& IDEMPOTENT.has(head.method)',
    becomes: "|| head.method === 'POST'",
    red: inReuse('is sent once'),
  },
  {
    holds: ['R-40', 'B6'],
    file: 'src/gateway/upstream/http1-upstream.ts',
    line: 'if (this.#unsent.length === 0) setImmediate(this.#flush);\n    this.#unsent.push(bytes);',
    becomes: 'this.#socket.write(bytes);\n    setImmediate(() => this.#sink?.drain());',
    red: inReuse('R-40 B6'),
  },
  {
    ...FORWARD,
    holds: ['B14'],
    line: 'this.#heldHead = sent.text;',
    becomes: 'this.#heldHead = sent.text;\n    this.#isHeadSent = true;',
    red: [{ file: 'test/hostile/upstream-answers.test.ts', test: 'B14 a chunk size that is none' }],
  },
  {
    ...FORWARD,
    holds: ['R-32'],
    line: "if (this.#exchange.head.version === '1.1') this",
    becomes: "if (this.#exchange.head.version === '1.0') this",
    red: [{ file: 'test/journeys/streams.test.ts', test: 'R-32 an expectation' }],
  },
  {
    holds: ['R-10', 'E4'],
    file: 'src/gateway/upstream/upstream-pool.ts',
    line: 'key.scheme}://$',
    becomes: 'key.scheme.slice(0, 0)}://$',
    red: [{ file: 'src/gateway/upstream/upstream-pool.test.ts', test: 'schemes' }],
  },
  {
    holds: ['R-10', 'E4'],
    file: 'src/gateway/request/tunnel.ts',
    line: 'visit.listener.name} $',
    becomes: 'visit.listener.name.slice(0, 0)} $',
    red: [{ file: 'test/journeys/connection-reuse.test.ts', test: 'R-10 two listeners share no connection' }],
  },
  {
    holds: ['R-47', 'E14'],
    file: 'src/gateway/request/admit.ts',
    line: 'recorded(block))) return unrecorded(record);',
    becomes: 'recorded(block))) record.id;',
    red: [{ file: 'test/faults/refused-unrecorded.test.ts', test: 'R-47, R-56 plain HTTP is 503' }],
  },
];

export const http1Mutants: readonly Mutant[] = [
  {
    holds: ['R-66', 'B4'],
    file: 'src/gateway/http1/forward-http1.ts',
    line: "this.#record.repeats.push('closed without a byte');",
    becomes: '',
    red: [{ file: 'test/faults/upstream-reuse.test.ts', test: 'is told from one that may' }],
  },
  ...NAMES,
  ...READING,
  ...UPSTREAM,
];
