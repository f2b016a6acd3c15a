// Where a fact about a vendor comes from. Must not know the facts.

/** A public page, and the day on which a copy of it was read. */
export interface Source {
  readonly title: string;
  readonly url: string;
  /** YYYY-MM-DD. */
  readonly date: string;
}
