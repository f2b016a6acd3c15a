// What servers and frameworks do to a path before they route it, each habit on its own.
// Must not know which habits meet in one server, nor what a path leads to. Bytes outside ASCII stand as one character each.

/** Each turns a path into what a server with that habit takes it for; a path that it does not concern stays as it is. */
export const PATH_HABITS: readonly ((path: string) => string)[] = [
  // IIS and .NET take a backslash for a slash.
  (path) => path.replaceAll('\\', '/'),
  // Servlet containers cut `;parameters` from each segment.
  (path) => (path.includes(';') ? path.replace(/;[^/]*/g, '') : path),
  // nginx merges slashes.
  (path) => (path.includes('//') ? path.replace(/\/{2,}/g, '/') : path),
  withoutDotSegments,
  // A decoded `?` or `#` ends the path for a server that parses after it decodes.
  (path) => path.replace(/[?#].*$/s, ''),
  withUnicodeEscapes,
  withOverlongForms,
  withWideForms,
  withoutBlanksAtMarks,
];

/** RFC 3986 section 5.2.4; empty segments stay. */
function withoutDotSegments(path: string): string {
  if (!path.includes('/.')) return path;
  const out: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [at, segment] of segments.entries()) {
    if (segment === '..') out.pop();
    else if (segment !== '.') out.push(segment);
    const isLast = at === segments.length - 1;
    if (isLast && (segment === '.' || segment === '..')) out.push('');
  }
  return `/${out.join('/')}`;
}

/** IIS and classic ASP read `%uXXXX` as that character of UTF-16. */
function withUnicodeEscapes(path: string): string {
  if (!/%u/i.test(path)) return path;
  return path.replace(/%u([0-9A-Fa-f]{4})/gi, (_, hex: string) => utf8Of(Number.parseInt(hex, 16)));
}

function utf8Of(code: number): string {
  if (code < 0x80) return String.fromCharCode(code);
  const last = 0x80 | (code & 0x3f);
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6), last);
  return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), last);
}

/** ASCII in more bytes of UTF-8 than it needs (RFC 3629 section 10), and with a second byte that only a mask makes one. */
function withOverlongForms(path: string): string {
  if (!/[\xc0\xc1\xe0\xf0\xf8\xfc]/.test(path)) return path;
  return path
    .replace(OVERLONG, (bytes) => String.fromCharCode(lowBits(bytes)))
    .replace(/[\xc0\xc1][\x20-\x7e]/g, (bytes) => {
      const char = String.fromCharCode(lowBits(bytes));
      return './\\%'.includes(char) ? char : bytes;
    });
}

const OVERLONG =
  /[\xc0\xc1][\x80-\xbf]|(?:\xe0|\xf0\x80|\xf8\x80\x80|\xfc\x80\x80\x80)[\x80\x81][\x80-\xbf]/g;

function lowBits(bytes: string): number {
  const [before, last] = [bytes.charCodeAt(bytes.length - 2), bytes.charCodeAt(bytes.length - 1)];
  return ((before & 1) << 6) | (last & 0x3f);
}

/** What compatibility mappings of Unicode (NFKC, and "best fit" to a code page) make of full-width forms and their like. */
function withWideForms(path: string): string {
  if (!/[\xe2\xe3\xef]/.test(path)) return path;
  return path
    .replace(/\xef\xbc[\x81-\xbf]/g, (bytes) => String.fromCharCode(bytes.charCodeAt(2) - 0x81 + 0x21))
    .replace(/\xef\xbd[\x80-\x9e]/g, (bytes) => String.fromCharCode(bytes.charCodeAt(2) - 0x80 + 0x60))
    .replace(LIKENESS, (bytes) => LIKENESSES.get(bytes) ?? bytes);
}

// U+2024, U+2025, U+3002, U+FF61, U+FE52; U+2044, U+2215, U+29F8; U+2216, U+29F5, U+FE68.
const LIKENESSES: ReadonlyMap<string, string> = new Map([
  ['\xe2\x80\xa4', '.'],
  ['\xe2\x80\xa5', '..'],
  ['\xe3\x80\x82', '.'],
  ['\xef\xbd\xa1', '.'],
  ['\xef\xb9\x92', '.'],
  ['\xe2\x81\x84', '/'],
  ['\xe2\x88\x95', '/'],
  ['\xe2\xa7\xb8', '/'],
  ['\xe2\x88\x96', '\\'],
  ['\xe2\xa7\xb5', '\\'],
  ['\xef\xb9\xa8', '\\'],
]);
const LIKENESS = /[\xe2\xe3\xef][\x80-\xbf]{2}/g;

/**
 * Blanks beside dots and slashes, and at the end: Windows drops them from names, and others trim what they split. What is
 * not seen counts as a blank, since mappings of Unicode drop it.
 */
function withoutBlanksAtMarks(path: string): string {
  if (!/[ \xa0\xad\xe1-\xe3\xef]/.test(path)) return path;
  return path.replace(BLANKS, (blanks, at: number) => {
    const end = at + blanks.length;
    const isBeside =
      '/.\\'.includes(path.charAt(at - 1)) || end === path.length || MARKS.includes(path.charAt(end));
    return isBeside ? '' : blanks;
  });
}

// Space, no-break space (as a byte and as UTF-8), U+00AD, U+1680, U+2000 to U+200D, U+2028, U+2029, U+202F, U+205F, U+2060,
// U+3000 and U+FEFF. Without a look-around: a run is walked once.
const BLANKS =
  /(?: |\xc2?\xa0|\xc2\xad|\xe1\x9a\x80|\xe2\x80[\x80-\x8d\xa8\xa9\xaf]|\xe2\x81[\x9f\xa0]|\xe3\x80\x80|\xef\xbb\xbf)+/g;
const MARKS = './\\;?#';
