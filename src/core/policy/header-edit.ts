// The one edit the gate makes to the restriction header. There is no `append`: two such headers cannot be expressed.

/** `overwrite` leaves exactly one line with this value; `remove` leaves none. Both drop every client copy, in any spelling. */
export type HeaderEdit =
  | { readonly op: 'overwrite'; readonly name: string; readonly value: string }
  | { readonly op: 'remove'; readonly name: string };
