// What the record says of a leaf that was signed. Must not know how it was signed.
import type { LeafPurpose } from './leaf-cache.ts';

/** A certificate that the CA signed, for the record. */
export interface SignedLeaf {
  readonly host: string;
  /** Lower-case hex. */
  readonly serial: string;
  /** RFC 3339, UTC. */
  readonly notAfter: string;
  readonly purpose: LeafPurpose;
  /** SHA-256 of the CA certificate that signed, lower-case hex. */
  readonly issuer: string;
}
