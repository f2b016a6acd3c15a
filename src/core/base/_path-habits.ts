// What servers and frameworks do to a path before they route it, each habit on its own.
// Must not know which habits meet in one server, nor what a path leads to. Bytes outside ASCII stand as one character each.
import { mapUtf8 } from './utf8-bytes.ts';

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
  inCompatibleForm,
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

/**
 * Unicode's compatibility form (UAX 15): full-width letters, the Kelvin sign, ligatures, letters taken apart. And "best fit"
 * to a code page, which that form lets be.
 */
function inCompatibleForm(path: string): string {
  if (!/[\xc2-\xf4]/.test(path)) return path;
  return mapUtf8(path, (text) =>
    text.normalize('NFKC').replace(LIKENESS, (char) => LIKENESSES.get(char) ?? char),
  );
}

const LIKENESSES: ReadonlyMap<string, string> = new Map([
  ['\u3002', '.'],
  ['\u2044', '/'],
  ['\u2215', '/'],
  ['\u29f8', '/'],
  ['\u2216', '\\'],
  ['\u29f5', '\\'],
]);
const LIKENESS = /[\u3002\u2044\u2215\u29f8\u2216\u29f5]/g;

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
