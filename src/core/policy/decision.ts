// What a decision can be. Codes are stable: the record, the tests and the documentation name them.
import type { HeaderEdit, Stamp } from './header-edit.ts';

/** Every reason code, in the order in which the decision meets them. `docs/policy.md` explains each. */
export const REASON_CODES = [
  'bad-destination',
  'rule',
  'copilot-plan',
  'not-named',
  'not-allowed',
  'named',
  'authority-mismatch',
  'ambiguous-path',
  'bad-path',
  'path-not-allowed',
  'restricted',
  'exempt',
  'unrestricted',
  'would-restrict',
  'report',
] as const;

export type ReasonCode = (typeof REASON_CODES)[number];

/** Why: a code, the rule that decided (its name, `restrict`, a preset or a pattern), and the exemption that applied. */
export interface Reason {
  readonly code: ReasonCode;
  readonly rule: string | null;
  readonly exemption: string | null;
}

/** A refusal. `say` is the administrator's own sentence for the user. */
export interface Block {
  readonly kind: 'block';
  readonly stage: 'connection' | 'request';
  readonly reason: Reason;
  readonly say: string | null;
  /** HTTP status of the answer: 403, 421 (authority, in a tunnel) or 400 (ambiguous path, absolute-form authority). */
  readonly status: 400 | 403 | 421;
  /** A destination that a rule names is refused inside the tunnel, any other at the CONNECT (policy, Refusing). */
  readonly refuse: 'in-tunnel' | 'at-connect';
  readonly wouldBlock: null;
}

/** Let through unseen. */
export interface Splice {
  readonly kind: 'splice';
  readonly stage: 'connection';
  readonly reason: Reason;
  readonly wouldBlock: Reason | null;
}

/** Look inside: the requests are judged one by one. */
export interface Intercept {
  readonly kind: 'intercept';
  readonly stage: 'connection';
  readonly reason: Reason;
  readonly wouldBlock: Reason | null;
}

/** Send the request on, with exactly one edit of each header that the policy may set. */
export interface Forward {
  readonly kind: 'forward';
  readonly stage: 'request';
  /** True where anything is set. */
  readonly restricted: boolean;
  readonly edits: readonly HeaderEdit[];
  /** What is set, by vendor. */
  readonly stamps: readonly Stamp[];
  readonly reason: Reason;
  readonly wouldBlock: Reason | null;
  /** What only report mode of a restriction kept from being set; stands beside `wouldBlock`. */
  readonly wouldStamps: readonly Stamp[];
}

export type ConnectionDecision = Block | Splice | Intercept;
export type RequestDecision = Block | Forward;
