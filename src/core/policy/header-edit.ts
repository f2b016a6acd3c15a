// The edits that the gate makes to restriction headers. There is no `append`: two lines of one header cannot be expressed.
import { spellingsOf } from '../base/spellings.ts';

/** A header that a policy may set, with what is compiled from its name. */
export interface StampHeader {
  /** Whose header it is, by the vendor's name. */
  readonly vendor: string;
  /** As the vendor writes it. */
  readonly name: string;
  readonly lowerName: string;
  /** True for the name in every spelling that some server could take for it. */
  readonly isSpelling: (name: string) => boolean;
}

/** `overwrite` leaves exactly one line with this value; `remove` leaves none. Both drop every client copy, in any spelling. */
export type HeaderEdit =
  | { readonly op: 'overwrite'; readonly header: StampHeader; readonly value: string }
  | { readonly op: 'remove'; readonly header: StampHeader };

/** One line that the gate sets, as the record and answers show it. */
export interface Stamp {
  readonly vendor: string;
  readonly header: string;
  readonly value: string;
}

/** Compiles a header's name, once for a policy. */
export function stampHeader(vendor: string, name: string): StampHeader {
  return { vendor, name, lowerName: name.toLowerCase(), isSpelling: spellingsOf(name) };
}
