// What can be wrong with an upstream's certificate, in the gate's own words; docs/errors.md explains each.
// Must not know how a connection is made.

/** Every fault; it leads the detail of an `upstream-certificate` failure. */
export const CERTIFICATE_FAULTS = [
  'expired',
  'not-yet-valid',
  'wrong-host',
  'self-signed',
  'untrusted-root',
  'unknown-issuer',
  'bad-signature',
  'weak-signature',
  'weak-key',
  'not-an-authority',
  'is-an-authority',
  'path-length',
  'name-constraint',
  'critical-extension',
  'wrong-purpose',
  'own-authority',
  'revoked',
  'bad-staple',
  'no-staple',
  'refused',
] as const;

export type CertificateFaultCode = (typeof CERTIFICATE_FAULTS)[number];

/** A certificate that is not believed. */
export class CertificateFault extends Error {
  override readonly name = 'CertificateFault';
  readonly code: CertificateFaultCode;

  constructor(code: CertificateFaultCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** The fault that an error of a handshake tells of; null when it is about something else than the certificate. */
export function certificateFaultOf(error: Error): CertificateFault | null {
  if (error instanceof CertificateFault) return error;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code !== 'string') return null;
  const known = FAULT_OF_CODE.get(code);
  if (known !== undefined) return new CertificateFault(known, error.message);
  if (!VERIFICATION_ERROR.test(code)) return null;
  const [, fault = 'refused' as const] = FAULT_OF_TEXT.find(([text]) => text.test(error.message)) ?? [];
  return new CertificateFault(fault, error.message);
}

// Node's names for OpenSSL's verification errors (X509_V_ERR_*).
const FAULT_OF_CODE: ReadonlyMap<string, CertificateFaultCode> = new Map([
  ['CERT_HAS_EXPIRED', 'expired'],
  ['CERT_NOT_YET_VALID', 'not-yet-valid'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted-root'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'unknown-issuer'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown-issuer'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown-issuer'],
  ['CERT_SIGNATURE_FAILURE', 'bad-signature'],
  ['UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'bad-signature'],
  ['UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'bad-signature'],
  ['INVALID_CA', 'not-an-authority'],
  ['PATH_LENGTH_EXCEEDED', 'path-length'],
  ['INVALID_PURPOSE', 'wrong-purpose'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'wrong-host'],
]);

// Node gives the rest no name of their own, so the text of OpenSSL's X509_verify_cert_error_string tells them apart.
const VERIFICATION_ERROR =
  /^(?:UNSPECIFIED|CERT_|UNABLE_TO_|CRL_|ERROR_IN_CERT|HOSTNAME_MISMATCH|INVALID_|OUT_OF_MEM)/;
const FAULT_OF_TEXT: readonly (readonly [RegExp, CertificateFaultCode])[] = [
  [/key too weak/i, 'weak-key'],
  [/digest algorithm too weak/i, 'weak-signature'],
  [/subtree violation|name constraint|name syntax/i, 'name-constraint'],
  [/unhandled critical extension/i, 'critical-extension'],
  [/key usage does not include certificate signing|invalid CA/i, 'not-an-authority'],
];
