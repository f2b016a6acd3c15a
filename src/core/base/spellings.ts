// The spellings of a field name that some server could take for it. Must not know what the name means.

/**
 * Knows every spelling of a field name: whatever equals it once all but letters and digits is dropped, in any case, with
 * or without `HTTP` in front. CGI, WSGI and what came after them write `_` for `-`, `.` and blanks, and put `HTTP_` in
 * front (RFC 3875 section 4.1.18); others drop what they do not know.
 */
export function spellingsOf(name: string): (spelling: string) => boolean {
  const characters = lettersAndDigits(name);
  const spelt = [...characters].join(OTHERS);
  const pattern = new RegExp(`^${OTHERS}(?:${[...'http'].join(OTHERS)}${OTHERS})?${spelt}${OTHERS}$`, 'i');
  return (spelling) => spelling.length >= characters.length && pattern.test(spelling);
}

// Letters and what may stand between them have nothing in common, so that no name is tried in two ways.
const OTHERS = '[^0-9a-z]*';

function lettersAndDigits(name: string): string {
  return name.toLowerCase().replaceAll(/[^0-9a-z]/g, '');
}
