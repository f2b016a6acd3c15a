// What the judge is asked about: one request as it reached GitHub. Must not know sockets or HTTP versions.
import type { HeaderLines } from '../base/header-lines.ts';

export interface ContractRequest {
  /** Lower-case, without port or trailing dot. */
  readonly host: string;
  readonly method: string;
  /** The path without its query, as it came, from `/` on. */
  readonly path: string;
  /** The query without its `?`. */
  readonly query: string;
  /** The header lines as they came; the restriction header, Authorization and Cookie are read from them. */
  readonly headers: HeaderLines;
  readonly websocket: boolean;
  /** What the body asks for, where that matters to the contract. */
  readonly body: BodyFacts;
  /** The slug of the app whose JSON Web Token the front has verified; null without one. */
  readonly app: string | null;
  /** The client's address, for the audit log. */
  readonly from: string;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
}

/** Read by the front from a form or from JSON. */
export type BodyFacts =
  | { readonly kind: 'none' }
  /** The sign-in form, posted to `/session`. */
  | { readonly kind: 'sign-in'; readonly login: string; readonly password: string }
  /** The account switcher. */
  | { readonly kind: 'switch'; readonly login: string }
  /** `grant_type=refresh_token`. */
  | { readonly kind: 'refresh'; readonly token: string }
  /** A code or device grant that `login` has approved. */
  | { readonly kind: 'grant'; readonly login: string }
  /** `owners`: the accounts that a mutation would write to. */
  | { readonly kind: 'graphql'; readonly mutation: boolean; readonly owners: readonly string[] };
