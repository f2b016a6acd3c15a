// The path of a request target, and every way in which a server could read it.
// Must not know hosts, rules or policies; it never changes the bytes that are sent.
import { PATH_HABITS } from './_path-habits.ts';
import { mapUtf8 } from './utf8-bytes.ts';

/**
 * A path that was read.
 * - `readings[0]` is the path as RFC 3986 compares it: percent-encodings of unreserved characters (section 6.2.2.2),
 *   and of characters that a URI cannot carry, are decoded. The others are what servers with further habits make of it.
 * - `verbatim` is the path without the equivalence of section 6.2.2.2, where it differs from `readings[0]`; else null.
 * - `unclear`: there are more readings than anyone should need, or a control character in one of them, and the path must
 *   be refused wherever paths count.
 */
export type RequestPath =
  | {
      readonly kind: 'path';
      readonly raw: string;
      readonly query: string | null;
      readonly readings: readonly string[];
      readonly verbatim: string | null;
      readonly unclear: boolean;
    }
  | { readonly kind: 'malformed'; readonly why: string };

/**
 * Reads an origin-form request target (RFC 9112 section 3.2.1), or `*` (section 3.2.4).
 * Control bytes, blanks, non-ASCII, `#` and NUL in any encoding are malformed.
 */
export function parseRequestPath(target: string): RequestPath {
  const cut = target.indexOf('?');
  const raw = cut < 0 ? target : target.slice(0, cut);
  const query = cut < 0 ? null : target.slice(cut + 1);
  if (PLAIN.test(raw) && VISIBLE.test(query ?? '')) return plainPath(raw, query);
  if (target === '*') return plainPath(raw, query);
  if (!raw.startsWith('/')) return { kind: 'malformed', why: 'a path begins with /' };
  if (!VISIBLE.test(target))
    return { kind: 'malformed', why: 'a path has only visible ASCII characters, and no #' };
  if (/%(?:25)*00/.test(raw)) return { kind: 'malformed', why: 'a path has no NUL' };
  const literal = decodeWhere(raw, isForbiddenInUri);
  const first = decodeWhere(literal, isUnreserved);
  const { readings, complete } = allReadings(first);
  return {
    kind: 'path',
    raw,
    query,
    readings,
    verbatim: literal === first ? null : literal,
    unclear: !complete,
  };
}

/** A pattern's path in the spelling that `readings[0]` has; null when it has more than one reading of its own. */
export function plainSpelling(path: string): string | null {
  const read = parseRequestPath(path);
  if (read.kind === 'malformed' || read.unclear || read.query !== null) return null;
  return read.readings.length === 1 ? (read.readings[0] ?? null) : null;
}

/** A decoded path as blocks compare it: letters without case, in the whole of Unicode. */
export function withoutCase(path: string): string {
  if (!/[\x80-\xff]/.test(path)) return path.toLowerCase();
  // Letter by letter: a whole word's last sigma has a form of its own. Upper case first folds long s and dotless i too.
  return mapUtf8(path, (text) => text.replace(/[A-Z]|[^\x00-\x7f]/gu, (c) => c.toUpperCase().toLowerCase()));
}

// No reading differs: no `%`, `\`, `;`, nothing that must be encoded, no empty or dot segment.
const PLAIN = /^(?:\/(?!\/|\.{1,2}(?:\/|$))[A-Za-z0-9\-._~!$&'()*+,=:@]*)+$/;
const VISIBLE = /^[\x21\x22\x24-\x7e]*$/;
/** Longer odd paths, and paths with more readings, are unclear: the work per request stays bounded. */
const MAX_ODD_LENGTH = 4096;
const MAX_READINGS = 96;
/** A front-end, a back-end and a framework may each decode once; what is encoded more often is meant for nobody. */
const MAX_DECODES = 3;
/** Servers end paths at them, drop them, trim them, or end a line there; no path needs one. U+0080 to U+009F as UTF-8. */
const CONTROL = /[\x00-\x1f\x7f]|\xc2[\x80-\x9f]/;

function plainPath(raw: string, query: string | null): RequestPath {
  return { kind: 'path', raw, query, readings: [raw], verbatim: null, unclear: false };
}

/** Everything that any order of the habits below makes of the path. */
function allReadings(first: string): { readings: readonly string[]; complete: boolean } {
  // Each reading with the fewest decodings that lead to it: those leave most to come.
  const decodesOf = new Map<string, number>([[first, 0]]);
  const waiting = [first];
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
    const decodes = decodesOf.get(text) ?? 0;
    if (text.length > MAX_ODD_LENGTH || CONTROL.test(text)) return { readings: [first], complete: false };
    const note = (next: string, spent: number): void => {
      if ((decodesOf.get(next) ?? Number.POSITIVE_INFINITY) <= spent) return;
      decodesOf.set(next, spent);
      waiting.push(next);
    };
    for (const habit of PATH_HABITS) note(habit(text), decodes);
    const decoded = decodeWhere(text, everything);
    if (decoded !== text && decodes === MAX_DECODES) return { readings: [first], complete: false };
    note(decoded, decodes + 1);
    if (decodesOf.size > MAX_READINGS) return { readings: [first], complete: false };
  }
  return { readings: [...decodesOf.keys()], complete: true };
}

/** Decodes the bytes that `which` picks, each to the one character of its value; the rest stays as it is. */
function decodeWhere(path: string, which: (byte: number) => boolean): string {
  if (!path.includes('%')) return path;
  return path.replace(/%([0-9A-Fa-f]{2})/g, (whole, hex: string) => {
    const byte = Number.parseInt(hex, 16);
    return which(byte) ? String.fromCharCode(byte) : whole;
  });
}

function everything(): boolean {
  return true;
}

/** RFC 3986 section 2.3. */
function isUnreserved(byte: number): boolean {
  return /[A-Za-z0-9\-._~]/.test(String.fromCharCode(byte));
}

/** Visible characters and bytes of UTF-8 that can stand in a URI only percent-encoded (RFC 3986 section 2). */
function isForbiddenInUri(byte: number): boolean {
  return byte >= 0x80 || ' "<>^`{|}'.includes(String.fromCharCode(byte));
}
