// Characters that look like a blank or like nothing, and are neither to a parser. Must not know what they stand in.

/** No-break and other wide or narrow spaces, zero-width space, word joiner, byte order mark. Joiners belong to some scripts. */
const UNSEEN = /[\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]/;

/** The first such character of a text, as `U+00A0`, and where it stands; null when there is none. */
export function unseenIn(text: string): { readonly code: string; readonly at: number } | null {
  const at = text.search(UNSEEN);
  if (at < 0) return null;
  return { code: `U+${text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')}`, at };
}
