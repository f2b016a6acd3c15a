// One audit event as one line of text: printable ASCII, bounded, nothing that input could forge.
// Must not know where lines go.

import { CUT_MARK } from '../base/redact.ts';
import { MARK_LIMIT } from './chain.ts';
import type { AuditEvent } from './events.ts';

/** No line is longer than this many characters, its marks counted and its newline not. */
const LINE_LIMIT = 16_384;

/** No event takes more characters than this. */
export const EVENT_LINE_LIMIT: number = LINE_LIMIT - MARK_LIMIT;

/**
 * The event as JSON without a newline. Everything outside printable ASCII is escaped, so that neither DEL, C1
 * controls, U+2028 nor a bidirectional override reaches a terminal or a line-splitting reader.
 * Strings of an event that would exceed the limit are cut, and end in `...[cut]`.
 */
export function eventLine(event: AuditEvent): string {
  const line = asciiJson(event);
  if (line.length <= EVENT_LINE_LIMIT) return line;
  for (const limit of STRING_LIMITS) {
    const shorter = asciiJson(cutStrings(event, limit));
    if (shorter.length <= EVENT_LINE_LIMIT) return shorter;
  }
  return asciiJson(cutStrings(event, 0));
}

// An escaped character takes up to six; the last step fits whatever an event of this shape holds.
const STRING_LIMITS = [2_048, 512, 64] as const;
const LIST_LIMIT = 32;
const UNPRINTABLE = /[\x7f-\uffff]/;
const EVERY_UNPRINTABLE = /[\x7f-\uffff]/g;

function asciiJson(value: unknown): string {
  const text = JSON.stringify(value);
  return UNPRINTABLE.test(text) ? text.replace(EVERY_UNPRINTABLE, unicodeEscape) : text;
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function cutStrings(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return value.length <= limit ? value : `${value.slice(0, limit)}${CUT_MARK}`;
  if (Array.isArray(value)) return value.slice(0, LIST_LIMIT).map((item) => cutStrings(item, limit));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, LIST_LIMIT)
      .map(([key, item]) => [key.slice(0, 64), cutStrings(item, limit)]),
  );
}
