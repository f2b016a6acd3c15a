// The restriction header's one edit, done to header lines. Must not know who is restricted.
import { type HeaderLines, headerPairs } from '../../base/header-lines.ts';
import { spellingsOf } from '../../base/spellings.ts';
import { RESTRICTION_HEADER } from '../../vendors/github/endpoints.ts';
import type { HeaderEdit } from '../header-edit.ts';

/**
 * The lines after the edit: every client copy is dropped, in any spelling, and `overwrite` leaves exactly one line, last.
 * Names are sent as GitHub writes them on HTTP/1.1, and in lower case on HTTP/2 (RFC 9113 section 8.2).
 */
export function rewriteHeaders(
  lines: HeaderLines,
  edit: HeaderEdit,
  options: { readonly httpVersion: '1.1' | '2' },
): HeaderLines {
  const kept: string[] = [];
  for (const [name, value] of headerPairs(lines)) if (!isRestrictionHeader(name)) kept.push(name, value);
  if (edit.op === 'remove') return kept;
  kept.push(options.httpVersion === '2' ? edit.name.toLowerCase() : edit.name, edit.value);
  return kept;
}

/**
 * True for the restriction header in every spelling that some server could take for it. For header lines, trailers and
 * what `Connection` nominates.
 */
export const isRestrictionHeader: (name: string) => boolean = spellingsOf(RESTRICTION_HEADER);
