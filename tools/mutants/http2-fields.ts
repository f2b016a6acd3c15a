// Lines of HTTP/2 fields and limits that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant } from './mutant.ts';

const FIELDS = 'test/hostile/http2-fields.test.ts';
const HEADS = 'test/hostile/http2-heads.test.ts';
const HEADERS = 'src/gateway/http2/http2-headers.test.ts';

export const http2FieldsMutants: readonly Mutant[] = [
  {
    holds: ['R-63', 'A9'],
    file: 'src/gateway/http2/http2-headers.ts',
    line: 'trimmed[at] = withoutBlankEnds(value);',
    becomes: 'trimmed[at] = value;',
    red: [{ file: HEADERS, test: 'R-63 A9' }],
  },
  {
    holds: ['R-63', 'A9'],
    file: 'src/gateway/http2/http2-session.ts',
    line: 'strictFieldWhitespaceValidation: false',
    becomes: 'strictFieldWhitespaceValidation: true',
    red: [{ file: FIELDS, test: 'on the way up: a blank in front' }],
  },
  {
    holds: ['R-63', 'A9'],
    file: 'src/gateway/upstream/http2-upstream.ts',
    line: 'strictFieldWhitespaceValidation: false',
    becomes: 'strictFieldWhitespaceValidation: true',
    red: [{ file: FIELDS, test: 'on the way down: a blank in front' }],
  },
  {
    holds: ['R-63', 'A9'],
    file: 'src/gateway/http2/forward-http2.ts',
    line: 'safeTrailers(trimmedLines(raw))',
    becomes: 'safeTrailers(raw)',
    red: [{ file: FIELDS, test: 'in trailers that may travel' }],
  },
  {
    holds: ['R-63', 'R-34', 'A8'],
    file: 'src/gateway/http2/http2-headers.ts',
    line: "if (!FIELD_VALUE.test(value)) return { fault: 'a header value has control bytes' };",
    becomes: '',
    red: [
      { file: HEADERS, test: 'LF in a value' },
      { file: HEADERS, test: 'NUL in a value' },
    ],
  },
  {
    holds: ['R-34', 'R-63', 'D8'],
    file: 'src/gateway/http2/serve-http2.ts',
    line: "if (head.method === 'CONNECT' && head.protocol !== 'websocket')",
    becomes: "if (head.method === 'CONNECT' && head.protocol === null)",
    red: [{ file: FIELDS, test: 'blanks around the protocol' }],
  },
  {
    holds: ['D8'],
    file: 'src/gateway/http2/http2-headers.ts',
    line: 'if (length !== null) return { fault: length };',
    becomes: '',
    red: [{ file: FIELDS, test: 'on the way up: "05"' }],
  },
  {
    holds: ['D8'],
    file: 'src/gateway/http2/forward-http2.ts',
    line: ' ?? lengthFault(headers);',
    becomes: ';',
    red: [{ file: FIELDS, test: 'on the way down: "05"' }],
  },
  {
    holds: ['R-38', 'B8', 'E13'],
    file: 'src/gateway/upstream/http2-head-limits.ts',
    line: 'if (count > headerCount)',
    becomes: 'if (count > headerCount + 1)',
    red: [{ file: HEADS, test: 'of 201 lines is told the limit' }],
  },
  {
    holds: ['R-38', 'B8', 'E13'],
    file: 'src/gateway/upstream/http2-head-limits.ts',
    line: 'const maxHeaderListPairs = 2 * headerCount + PSEUDO_FIELDS;',
    becomes: 'const maxHeaderListPairs = headerCount;',
    red: [{ file: HEADS, test: 'of 200 lines passes whole' }],
  },
  {
    holds: ['B8'],
    file: 'src/gateway/upstream/http2-head-limits.ts',
    line: 'return bytes > headBytes ?',
    becomes: 'return bytes > headBytes + 1 ?',
    red: [{ file: HEADS, test: 'one byte over it is told the limit' }],
  },
  {
    holds: ['B8'],
    file: 'src/gateway/http2/http2-session.ts',
    line: 'maxHeaderListSize: room.maxHeaderListSize,',
    becomes: 'maxHeaderListSize: limits.headBytes,',
    red: [{ file: HEADS, test: 'far over it is told the limit' }],
  },
  {
    holds: ['B8'],
    file: 'src/gateway/http2/http2-session.ts',
    line: 'maxSendHeaderBlockLength: room.maxSendHeaderBlockLength,',
    becomes: '',
    red: [{ file: HEADS, test: 'at a limit over 64 KiB passes whole' }],
  },
  {
    holds: ['B8'],
    file: 'src/gateway/upstream/http2-upstream.ts',
    line: 'maxSendHeaderBlockLength: room.maxSendHeaderBlockLength,',
    becomes: '',
    red: [{ file: HEADS, test: 'at a limit over 64 KiB passes whole' }],
  },
  {
    holds: ['B8'],
    file: 'src/gateway/http2/forward-http2.ts',
    line: 'this.#tries.session.headFault(raw) ??',
    becomes: '',
    red: [{ file: HEADS, test: 'one byte over it is told the limit' }],
  },
  {
    holds: ['B8'],
    file: 'src/core/wire/http1-faults.ts',
    line: "code === 'head-too-large' || code === 'too-many-headers' ? 431 : 400",
    becomes: '400',
    red: [{ file: HEADS, test: 'one byte over it is told the limit' }],
  },
  {
    holds: ['R-34'],
    file: 'src/gateway/http2/serve-http2.ts',
    line: "if (head.method === 'TRACE') return 'TRACE is never passed on';",
    becomes: '',
    red: [{ file: 'test/hostile/http2-streams.test.ts', test: 'TRACE' }],
  },
];
