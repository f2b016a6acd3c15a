// Why something asked of a gate was not done, as a person is told.
// Must not know what was asked.
import type { Fault } from './document.ts';

/** Why something could not be done. `invalid` is exit status 3, `failed` is 1. */
export type Trouble =
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }
  /** One line: what was attempted, on what, and what to do. */
  | { readonly kind: 'failed'; readonly message: string };
