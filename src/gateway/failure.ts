// The one class of I/O failure: what went wrong, on whose side, in which phase of a connection.
// Must not know how a failure is shown.

/** Every failure code; docs/errors.md explains each. */
export const FAILURE_CODES = [
  'client-limit',
  'handshake-limit',
  'http2-limit',
  'proxy-header',
  'head-timeout',
  'bad-request',
  'credentials-wanted',
  'credentials-wrong',
  'credentials-wait',
  'credentials-revoked',
  'identity-unavailable',
  'hello-timeout',
  'not-tls',
  'sni-missing',
  'sni-mismatch',
  'alpn-unknown',
  'client-refused-leaf',
  'client-tls',
  'client-gone',
  'client-frame',
  'dns-failed',
  'dns-timeout',
  'address-refused',
  'splice-address',
  'connect-failed',
  'connect-timeout',
  'upstream-tls',
  'upstream-certificate',
  'upstream-tls-timeout',
  'upstream-protocol',
  'upstream-closed',
  'upstream-timeout',
  'bad-response',
  'upstream-frame',
  'record-unavailable',
  'leaf-limit',
  'leaf-not-permitted',
  'leaf-failed',
  'idle-timeout',
  'policy-changed',
  'draining',
  'overloaded',
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

export type FailureSide = 'client' | 'upstream' | 'gateway';

/** The phases of a connection, as the record names them. */
export type Phase =
  | 'accept'
  | 'identify'
  | 'decide'
  | 'sniff'
  | 'splice'
  | 'prove'
  | 'intercept'
  | 'request'
  | 'response';

/** A failure of the network, of a peer, or of the gate. `detail` says what was attempted and seen, never a secret. */
export class GatewayFailure extends Error {
  override readonly name = 'GatewayFailure';
  readonly code: FailureCode;
  readonly phase: Phase;
  readonly detail: string;

  constructor(code: FailureCode, phase: Phase, detail: string) {
    super(`${code} in ${phase}: ${detail}`);
    this.code = code;
    this.phase = phase;
    this.detail = detail;
  }

  get side(): FailureSide {
    return FAILURES[this.code][0];
  }

  /** The HTTP status of the gate's answer, where one can still be sent. */
  get status(): number {
    return FAILURES[this.code][1];
  }
}

/** What an error of Node says, as text for a record: its code where it has one. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return 'an error without a description';
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? `${code}: ${error.message}` : error.message;
}

/** Which side failed, and the status the gate answers with where an answer is still possible. */
const FAILURES: Readonly<Record<FailureCode, readonly [FailureSide, number]>> = {
  'client-limit': ['client', 503],
  'handshake-limit': ['client', 429],
  'http2-limit': ['client', 429],
  'proxy-header': ['client', 400],
  'head-timeout': ['client', 408],
  'bad-request': ['client', 400],
  'credentials-wanted': ['client', 407],
  'credentials-wrong': ['client', 407],
  'credentials-wait': ['client', 429],
  'credentials-revoked': ['client', 407],
  'identity-unavailable': ['gateway', 503],
  'hello-timeout': ['client', 408],
  'not-tls': ['client', 400],
  'sni-missing': ['client', 421],
  'sni-mismatch': ['client', 421],
  'alpn-unknown': ['client', 400],
  'client-refused-leaf': ['client', 400],
  'client-tls': ['client', 400],
  'client-gone': ['client', 400],
  'client-frame': ['client', 400],
  'dns-failed': ['upstream', 502],
  'dns-timeout': ['upstream', 504],
  'address-refused': ['upstream', 502],
  'splice-address': ['upstream', 403],
  'connect-failed': ['upstream', 502],
  'connect-timeout': ['upstream', 504],
  'upstream-tls': ['upstream', 502],
  'upstream-certificate': ['upstream', 502],
  'upstream-tls-timeout': ['upstream', 504],
  'upstream-protocol': ['upstream', 502],
  'upstream-closed': ['upstream', 502],
  'upstream-timeout': ['upstream', 504],
  'bad-response': ['upstream', 502],
  'upstream-frame': ['upstream', 502],
  'record-unavailable': ['gateway', 503],
  'leaf-limit': ['gateway', 503],
  'leaf-not-permitted': ['gateway', 503],
  'leaf-failed': ['gateway', 503],
  'idle-timeout': ['gateway', 504],
  'policy-changed': ['gateway', 403],
  draining: ['gateway', 503],
  overloaded: ['gateway', 503],
};
