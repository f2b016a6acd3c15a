// Why something about the authority could not be done: one class of fault for keys, files, options and imports.
// Must not know how a fault is shown.

/** One thing the lint of a CA certificate noticed. `refuse` stops an import; `warn` is shown and goes on. */
export interface LintFinding {
  readonly code: LintCode;
  readonly level: 'refuse' | 'warn';
  readonly text: string;
}

/** What a lint may find. Stable; `docs/ca.md` explains each. */
export const LINT_CODES = [
  'not-a-ca',
  'no-cert-sign',
  'no-crl-sign',
  'expired',
  'not-yet-valid',
  'expires-soon',
  'key-differs',
  'key-kind',
  'key-size',
  'signature-weak',
  'usage-not-server',
  'path-too-short',
  'path-unlimited',
  'chain-broken',
  'chain-order',
  'no-key-usage',
  'no-subject-key-id',
  'unconstrained',
] as const;

export type LintCode = (typeof LINT_CODES)[number];

/** Why an act may fail. Stable; `docs/ca.md` explains each. */
export const AUTHORITY_FAULT_CODES = [
  'ca-missing',
  'ca-exists',
  'ca-mode',
  'ca-owner',
  'ca-unreadable',
  'ca-unwritable',
  'ca-malformed',
  'ca-expired',
  'ca-lint',
  'ca-options',
  'ca-rotation',
] as const;

export type AuthorityFaultCode = (typeof AUTHORITY_FAULT_CODES)[number];

export interface AuthorityFault {
  readonly code: AuthorityFaultCode;
  /** One or more plain sentences: what was attempted, the value, what would be right. */
  readonly detail: string;
  /** What the lint found; empty for every code but `ca-lint`. */
  readonly findings: readonly LintFinding[];
}

export function fault(
  code: AuthorityFaultCode,
  detail: string,
  findings: readonly LintFinding[] = [],
): AuthorityFault {
  return { code, detail, findings };
}

/** The message of anything thrown, for a fault's detail. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
