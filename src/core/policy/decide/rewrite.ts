// The edits of restriction headers, done to header lines. Must not know who is restricted, nor by which vendor.
import type { HeaderLines } from '../../base/header-lines.ts';
import type { Policy } from '../compile/policy.ts';
import type { HeaderEdit } from '../header-edit.ts';

/**
 * The lines after the edits: every client copy of each header is dropped, in any spelling, and each `overwrite` leaves
 * exactly one line, at the end. Names are sent as the vendor writes them on HTTP/1.1, and in lower case on HTTP/2 (RFC
 * 9113 section 8.2).
 */
export function rewriteHeaders(
  lines: HeaderLines,
  edits: readonly HeaderEdit[],
  options: { readonly httpVersion: '1.1' | '2' },
): HeaderLines {
  const kept: string[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const name = lines[at] ?? '';
    if (!isEdited(name, edits)) kept.push(name, lines[at + 1] ?? '');
  }
  for (const edit of edits) {
    if (edit.op === 'remove') continue;
    kept.push(options.httpVersion === '2' ? edit.header.lowerName : edit.header.name, edit.value);
  }
  return kept;
}

/**
 * Knows the headers that the policy may set, in every spelling that some server could take for one. For header lines and
 * what `Connection` nominates.
 */
export function stampHeaderTest(policy: Policy): (name: string) => boolean {
  return policy.rules.stamping.isStampHeader;
}

function isEdited(name: string, edits: readonly HeaderEdit[]): boolean {
  for (const { header } of edits) if (header.isSpelling(name)) return true;
  return false;
}
