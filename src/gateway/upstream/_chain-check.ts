// What OpenSSL lets pass in a chain that it found valid, and the gate does not: weak kinds of keys and
// signatures, certificates in another's place, and anything that the gate's own CA has signed.
// Must not know connections.
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Hostname } from '../../core/base/hostname.ts';
import type { IpAddress } from '../../core/base/ip-address.ts';
import { readCertificateFields } from '../../core/wire/certificate-fields.ts';
import { readOne, readTlvs, TAG } from '../../core/wire/der.ts';
import {
  decodeNameConstraints,
  type NameConstraints,
  permitsHost,
} from '../../core/wire/name-constraints.ts';
import { CertificateFault } from './certificate-fault.ts';

export interface ChainQuestion {
  readonly chain: readonly X509Certificate[];
  readonly host: Hostname | IpAddress;
  readonly roots: RootsBySubject;
  /** What the gate signs leaves with. */
  readonly own: readonly X509Certificate[];
}

/** Trusted roots by subject: OpenSSL takes a root before what the server sent, and so does the chain here. */
export type RootsBySubject = ReadonlyMap<string, readonly X509Certificate[]>;

export function rootsBySubject(roots: readonly X509Certificate[]): RootsBySubject {
  return Map.groupBy(roots, (root) => root.subject);
}

/** The certificates that a server sent, its own first. */
export function sentCertificates(leaf: X509Certificate): readonly X509Certificate[] {
  const sent: X509Certificate[] = [];
  // Node links them in the order in which they were sent, whoever issued whom.
  for (let next: X509Certificate | undefined = leaf; next !== undefined; next = next.issuerCertificate)
    sent.push(next);
  return sent;
}

/** From the server's own certificate up to a root, each signed by the next. */
export function chainOf(sent: readonly X509Certificate[], roots: RootsBySubject): readonly X509Certificate[] {
  const chain: X509Certificate[] = sent.slice(0, 1);
  for (let last = chain[0]; last !== undefined; last = chain.at(-1)) {
    const below = last;
    const signed = (one: X509Certificate): boolean => isSignedBy(below, one);
    const root = roots.get(below.issuer)?.find(signed);
    if (root !== undefined) return isSame(root, below) ? chain : [...chain, root];
    const issuer = sent.find((one) => !chain.includes(one) && signed(one));
    if (issuer === undefined) return chain;
    chain.push(issuer);
  }
  return chain;
}

/** The first fault of a chain, or null. */
export function chainFault({ chain, host, roots, own }: ChainQuestion): CertificateFault | null {
  const [leaf] = chain;
  if (leaf === undefined) return new CertificateFault('refused', 'the server showed no certificate');
  for (const certificate of chain) {
    const isOwn = own.some((ours) => hasKeyOf(certificate, ours) || isSignedBy(certificate, ours));
    if (isOwn) return fault('own-authority', certificate, "is signed by the gate's own CA");
    if (!isStrongKey(certificate.publicKey))
      return fault(
        'weak-key',
        certificate,
        `has a key of a kind or size that is refused: ${keyText(certificate)}`,
      );
    // A root is believed for being configured, not for its signature.
    if (!STRONG_SIGNATURES.has(certificate.signatureAlgorithmOid) && !isRoot(certificate, roots))
      return fault(
        'weak-signature',
        certificate,
        `is signed with ${certificate.signatureAlgorithm ?? 'an unknown algorithm'}`,
      );
  }
  if (saysItIsAuthority(leaf))
    return fault('is-an-authority', leaf, 'is a CA certificate in the place of a server certificate');
  // OpenSSL judges them for the names in the certificate alone, and `*.example.com` is not in `bar.example.com`.
  const bound = chain.find((one) => !permitsHost([constraintsOf(one)], host));
  if (bound !== undefined) return fault('name-constraint', bound, `may not sign for ${host}`);
  if (!signsHandshakes(leaf))
    return fault('wrong-purpose', leaf, 'has a keyUsage without digitalSignature, which ephemeral keys need');
  return null;
}

function fault(code: CertificateFault['code'], certificate: X509Certificate, what: string): CertificateFault {
  return new CertificateFault(code, `${JSON.stringify(certificate.subject ?? '')} ${what}`);
}

// CA/B Forum Baseline Requirements 7.1.3.2: SHA-2 with RSA, RSA-PSS (whose hash OpenSSL's security level judges) or ECDSA.
const STRONG_SIGNATURES: ReadonlySet<string | undefined> = new Set([
  '1.2.840.113549.1.1.10',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
]);
// The same, 6.1.1.5.
const STRONG_CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
const RSA_BITS = 2048;

function isStrongKey({ asymmetricKeyType, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (asymmetricKeyType === 'ec') return STRONG_CURVES.has(details?.namedCurve);
  return (
    asymmetricKeyType === 'rsa' &&
    (details?.modulusLength ?? 0) >= RSA_BITS &&
    (details?.publicExponent ?? 0n) >= 3n
  );
}

function keyText({ publicKey }: X509Certificate): string {
  const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails ?? {};
  return [publicKey.asymmetricKeyType, namedCurve, modulusLength]
    .filter((part) => part !== undefined)
    .join(' ');
}

function isRoot(certificate: X509Certificate, roots: RootsBySubject): boolean {
  return (roots.get(certificate.subject) ?? []).some((root) => isSame(root, certificate));
}

const BASIC_CONSTRAINTS = '2.5.29.19';
const NAME_CONSTRAINTS = '2.5.29.30';

/** What `X509Certificate.ca` says is false where the key usage speaks against it. */
function saysItIsAuthority(leaf: X509Certificate): boolean {
  const constraints = readCertificateFields(leaf.raw).extensions.get(BASIC_CONSTRAINTS);
  if (constraints === undefined) return false;
  const [first] = readTlvs(readOne(constraints).content);
  return first?.tag === TAG.boolean && first.content[0] !== 0;
}

function constraintsOf(certificate: X509Certificate): NameConstraints {
  const value = readCertificateFields(certificate.raw).extensions.get(NAME_CONSTRAINTS);
  return value === undefined ? { permitted: [], excluded: [] } : decodeNameConstraints(value);
}

const KEY_USAGE = '2.5.29.15';
const DIGITAL_SIGNATURE = 0x80;

function signsHandshakes(leaf: X509Certificate): boolean {
  const usage = readCertificateFields(leaf.raw).extensions.get(KEY_USAGE);
  return usage === undefined || ((readOne(usage).content[1] ?? 0) & DIGITAL_SIGNATURE) !== 0;
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (certificate.issuer !== issuer.subject) return false;
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function isSame(one: X509Certificate, other: X509Certificate): boolean {
  return one.raw.equals(other.raw);
}

function hasKeyOf(one: X509Certificate, other: X509Certificate): boolean {
  return one.publicKey.equals(other.publicKey);
}
