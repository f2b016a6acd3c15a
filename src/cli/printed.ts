// Names and numbers as a terminal shows them: nothing in a name moves it. Must not know what is told.

/** Names come from clients and from files: controls, invisible marks and what turns the writing direction are escaped. */
export function printable(name: string): string {
  return escaped(name, /[\p{C}\p{Zl}\p{Zp}]/gu);
}

/** The same for what should be ASCII, such as a host: no letter is taken for another that looks like it. */
export function quotedAscii(text: string): string {
  return escaped(JSON.stringify(text), /[^ -~]/gu);
}

/** `1,234`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 answer`, `2 answers`. */
export function counted(value: number, noun: string): string {
  return `${grouped(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function escaped(text: string, what: RegExp): string {
  return text.replace(what, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
