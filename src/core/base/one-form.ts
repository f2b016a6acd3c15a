// Names of people and their passwords in one form: keyboards and systems compose the same letters in different ways.
// Must not know who compares them.

/** Unicode's composed form, as RFC 8265 has names and passwords compared. */
export function inOneForm(text: string): string {
  return text.normalize('NFC');
}
