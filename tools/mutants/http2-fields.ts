// Lines of HTTP/2 fields and limits that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant } from './mutant.ts';

const FIELDS = 'test/hostile/http2-fields.test.ts';
const HEADERS = 'src/gateway/http2-headers.test.ts';

export const http2FieldsMutants: readonly Mutant[] = [
  {
    holds: ['R-63', 'A9'],
    file: 'src/gateway/http2-headers.ts',
    line: 'trimmed[at] = withoutBlankEnds(value);',
    becomes: 'trimmed[at] = value;',
    red: [{ file: HEADERS, test: 'R-63 A9' }],
  },
  {
    holds: ['R-63', 'A9'],
    file: 'src/gateway/http2-session.ts',
    line: 'strictFieldWhitespaceValidation: false',
    becomes: 'strictFieldWhitespaceValidation: true',
    red: [{ file: FIELDS, test: 'on the way up: a blank in front' }],
  },
  {
    holds: ['R-63', 'A9'],
    file: 'src/gateway/http2-upstream.ts',
    line: 'strictFieldWhitespaceValidation: false',
    becomes: 'strictFieldWhitespaceValidation: true',
    red: [{ file: FIELDS, test: 'on the way down: a blank in front' }],
  },
  {
    holds: ['R-63', 'A9'],
    file: 'src/gateway/forward-http2.ts',
    line: 'safeTrailers(trimmedLines(raw))',
    becomes: 'safeTrailers(raw)',
    red: [{ file: FIELDS, test: 'in trailers that may travel' }],
  },
  {
    holds: ['R-63', 'R-34', 'A8'],
    file: 'src/gateway/http2-headers.ts',
    line: "if (!FIELD_VALUE.test(value)) return { fault: 'a header value has control bytes' };",
    becomes: '',
    red: [
      { file: HEADERS, test: 'LF in a value' },
      { file: HEADERS, test: 'NUL in a value' },
    ],
  },
  {
    holds: ['R-34', 'R-63', 'D8'],
    file: 'src/gateway/serve-http2.ts',
    line: "if (head.method === 'CONNECT' && head.protocol !== 'websocket')",
    becomes: "if (head.method === 'CONNECT' && head.protocol === null)",
    red: [{ file: FIELDS, test: 'blanks around the protocol' }],
  },
  {
    holds: ['D8'],
    file: 'src/gateway/http2-headers.ts',
    line: 'if (length !== null) return { fault: length };',
    becomes: '',
    red: [{ file: FIELDS, test: 'on the way up: "05"' }],
  },
  {
    holds: ['D8'],
    file: 'src/gateway/forward-http2.ts',
    line: 'const fault = lengthFault(headers);',
    becomes: 'const fault = null as string | null;',
    red: [{ file: FIELDS, test: 'on the way down: "05"' }],
  },
];
