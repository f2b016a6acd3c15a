// Whether what a server stapled to its handshake (OCSP, RFC 6960) speaks against its certificate.
// Must not ask a responder itself, and must not know connections.
import { createHash, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { publicKeyBits, readCertificateFields } from '../../core/wire/certificate-fields.ts';
import { type OcspAnswer, type OcspAnswers, readOcspResponse } from '../../core/wire/ocsp-response.ts';
import { CertificateFault } from './certificate-fault.ts';

export interface StapleQuestion {
  /** Null when the server stapled nothing. */
  readonly staple: Uint8Array | null;
  readonly leaf: X509Certificate;
  readonly issuer: X509Certificate;
  readonly nowMs: number;
}

/** RFC 7633: the TLS feature extension, by which a certificate demands a staple of its server. */
const TLS_FEATURE = '1.3.6.1.5.5.7.1.24';
/** DER of the integer 5, the TLS extension status_request. */
const STATUS_REQUEST = Buffer.of(0x02, 0x01, 0x05);
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
/** How far clocks may differ. */
const SKEW_MS = 5 * 60_000;

/**
 * The fault, or null. `revoked` and `unknown` refuse whatever their age, because a revocation is not taken back. What
 * cannot be read, is not signed for the issuer, or speaks of another certificate is no mishap, and refuses too. A
 * response that is too old, or says "try later", counts as none: any server may leave it out. None at all is refused
 * only where the certificate demands one.
 */
export function stapleFault(question: StapleQuestion): CertificateFault | null {
  const { staple, leaf, issuer, nowMs } = question;
  const none = mustStaple(leaf)
    ? new CertificateFault(
        'no-staple',
        'the certificate demands a stapled OCSP response, and there is none of today',
      )
    : null;
  if (staple === null || staple.length === 0) return none;
  const read = readOcspResponse(staple);
  if (!read.ok) return badStaple(`it cannot be read: ${read.error}`);
  if (read.value.kind === 'silent') return none;
  const answer = answerFor(read.value, leaf, issuer);
  if (answer === null) return badStaple('it speaks of another certificate');
  if (!isGenuine(read.value, issuer, nowMs))
    return badStaple("it is not signed for the certificate's issuer");
  if (answer.status === 'revoked')
    return new CertificateFault('revoked', 'the issuer has revoked the certificate');
  if (answer.status === 'unknown')
    return new CertificateFault('revoked', 'the issuer does not know the certificate');
  const isCurrent =
    answer.thisUpdateMs <= nowMs + SKEW_MS &&
    answer.nextUpdateMs !== null &&
    answer.nextUpdateMs >= nowMs - SKEW_MS;
  return isCurrent ? null : none;
}

function badStaple(why: string): CertificateFault {
  return new CertificateFault('bad-staple', `the stapled OCSP response is not acceptable: ${why}`);
}

function mustStaple(leaf: X509Certificate): boolean {
  const feature = readCertificateFields(leaf.raw).extensions.get(TLS_FEATURE);
  return feature !== undefined && Buffer.from(feature).includes(STATUS_REQUEST);
}

const ID_HASHES: ReadonlyMap<string, string> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/** The answer whose CertID names the leaf by its issuer's name and key and its serial number; SHA-1 only finds it. */
function answerFor(response: OcspAnswers, leaf: X509Certificate, issuer: X509Certificate): OcspAnswer | null {
  const { issuer: issuerName, serial } = readCertificateFields(leaf.raw);
  const issuerKey = publicKeyBits(issuer.publicKey.export({ type: 'spki', format: 'der' }));
  const isFor = ({ id }: OcspAnswer): boolean => {
    const hash = ID_HASHES.get(id.hashOid);
    if (hash === undefined) return false;
    const digest = (bytes: Uint8Array): Buffer => createHash(hash).update(bytes).digest();
    return (
      Buffer.from(id.serial).equals(serial) &&
      digest(issuerName).equals(id.issuerName) &&
      digest(issuerKey).equals(id.issuerKey)
    );
  };
  return response.answers.find(isFor) ?? null;
}

/** RFC 6960 section 4.2.2.2: the issuer signs itself, or delegates by a certificate that it signed for nothing else. */
function isGenuine(response: OcspAnswers, issuer: X509Certificate, nowMs: number): boolean {
  if (isSignedBy(response, issuer.publicKey)) return true;
  return response.certificates
    .flatMap(readDelegate)
    .some(
      (delegate) =>
        delegate.checkIssued(issuer) &&
        delegate.verify(issuer.publicKey) &&
        (delegate.keyUsage ?? []).includes(OCSP_SIGNING) &&
        delegate.validFromDate.getTime() <= nowMs + SKEW_MS &&
        delegate.validToDate.getTime() >= nowMs - SKEW_MS &&
        isSignedBy(response, delegate.publicKey),
    );
}

/** Nothing where it cannot be read. */
function readDelegate(der: Uint8Array): X509Certificate[] {
  try {
    return [new X509Certificate(der)];
  } catch {
    return [];
  }
}

const SIGNATURES: ReadonlyMap<string, { readonly hash: string; readonly key: 'rsa' | 'ec' }> = new Map([
  ['1.2.840.113549.1.1.11', { hash: 'sha256', key: 'rsa' }],
  ['1.2.840.113549.1.1.12', { hash: 'sha384', key: 'rsa' }],
  ['1.2.840.113549.1.1.13', { hash: 'sha512', key: 'rsa' }],
  ['1.2.840.10045.4.3.2', { hash: 'sha256', key: 'ec' }],
  ['1.2.840.10045.4.3.3', { hash: 'sha384', key: 'ec' }],
  ['1.2.840.10045.4.3.4', { hash: 'sha512', key: 'ec' }],
]);

function isSignedBy(response: OcspAnswers, key: KeyObject): boolean {
  const algorithm = SIGNATURES.get(response.signatureOid);
  if (algorithm === undefined || algorithm.key !== key.asymmetricKeyType) return false;
  return verify(algorithm.hash, response.signed, key, response.signature);
}
