// A CA certificate as the authority needs it: the exact bytes that leaves must repeat, and what it may sign.
// Must not know keys, files or leaves.
import { type KeyObject, X509Certificate } from 'node:crypto';
import { err, ok, type Result } from '../core/base/result.ts';
import { readCertificateFields } from '../core/wire/certificate-fields.ts';
import { objectIdText, readOne, readTlvs, TAG } from '../core/wire/der.ts';
import { decodeNameConstraints, type NameConstraints } from '../core/wire/name-constraints.ts';
import { OID } from './_oids.ts';
import { messageOf } from './fault.ts';

export interface CaCertificate {
  readonly pem: string;
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  /** SHA-256 of the DER, lower-case hex without colons. */
  readonly fingerprint: string;
  /** The subject's Name in DER, byte for byte: a leaf's issuer must equal it. */
  readonly subjectDer: Uint8Array;
  /** The issuer's Name in DER. */
  readonly issuerDer: Uint8Array;
  /** Big-endian octets of the serial number. */
  readonly serial: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly signatureOid: string;
  readonly isCa: boolean;
  /** How many CA certificates may stand beneath; null without a limit. */
  readonly pathLength: number | null;
  /** Null when the extension is absent, which permits everything. */
  readonly keyUsage: { readonly certSign: boolean; readonly crlSign: boolean } | null;
  /** Object identifiers; null when the extension is absent, which permits everything. */
  readonly extendedKeyUsage: readonly string[] | null;
  readonly subjectKeyId: Uint8Array | null;
  readonly constraints: NameConstraints | null;
}

/** The certificates of a PEM text, in its order. The error says which one could not be read, and why. */
export function readCaCertificates(pem: string): Result<readonly CaCertificate[], string> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return err('there is no "-----BEGIN CERTIFICATE-----" block in it');
  const certificates: CaCertificate[] = [];
  for (const [at, block] of blocks.entries()) {
    try {
      certificates.push(readCaCertificate(new X509Certificate(block)));
    } catch (thrown) {
      return err(`certificate ${at + 1} in it is malformed (${messageOf(thrown)})`);
    }
  }
  return ok(certificates);
}

/** True when `issuer` signed `certificate`, by name and by signature. */
function isIssuedBy(certificate: CaCertificate, issuer: CaCertificate): boolean {
  if (!Buffer.from(certificate.issuerDer).equals(issuer.subjectDer)) return false;
  return isSignedBy(certificate.x509, issuer.x509.publicKey);
}

export function isSelfSigned(certificate: CaCertificate): boolean {
  return isIssuedBy(certificate, certificate);
}

/** The chain from `leafmost` upwards through `pool`, as far as it goes; each certificate stands once. */
export function chainFrom(leafmost: CaCertificate, pool: readonly CaCertificate[]): readonly CaCertificate[] {
  const chain = [leafmost];
  for (let last = leafmost; !isSelfSigned(last); ) {
    const issuer = pool.find((one) => !chain.includes(one) && isIssuedBy(last, one));
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/** The name constraints of every certificate that has some. */
export function constraintsIn(chain: readonly CaCertificate[]): readonly NameConstraints[] {
  return chain.flatMap((one) => (one.constraints === null ? [] : [one.constraints]));
}

function isSignedBy(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.verify(key);
  } catch {
    return false;
  }
}

/** Throws on malformed DER; OpenSSL has already accepted the outline, only extension values are still unread. */
function readCaCertificate(x509: X509Certificate): CaCertificate {
  const fields = readCertificateFields(x509.raw);
  const { extensions } = fields;
  const basic = readBasicConstraints(extensions.get(OID.basicConstraints));
  return {
    pem: x509.toString(),
    der: x509.raw,
    x509,
    fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    subjectDer: fields.subject,
    issuerDer: fields.issuer,
    serial: fields.serial,
    notBeforeMs: x509.validFromDate.getTime(),
    notAfterMs: x509.validToDate.getTime(),
    signatureOid: fields.signatureOid,
    ...basic,
    keyUsage: mapPresent(extensions.get(OID.keyUsage), (value) => {
      const bits = readOne(value).content[1] ?? 0;
      return { certSign: (bits & 0x04) !== 0, crlSign: (bits & 0x02) !== 0 };
    }),
    extendedKeyUsage: mapPresent(extensions.get(OID.extendedKeyUsage), (value) =>
      readTlvs(readOne(value).content).map((purpose) => objectIdText(purpose.content)),
    ),
    subjectKeyId: mapPresent(extensions.get(OID.subjectKeyId), (value) => readOne(value).content),
    constraints: mapPresent(extensions.get(OID.nameConstraints), decodeNameConstraints),
  };
}

function readBasicConstraints(value: Uint8Array | undefined): {
  readonly isCa: boolean;
  readonly pathLength: number | null;
} {
  const parts = value === undefined ? [] : readTlvs(readOne(value).content);
  const flag = parts.find((part) => part.tag === TAG.boolean);
  const length = parts.find((part) => part.tag === TAG.integer);
  return {
    isCa: flag?.content[0] === 0xff,
    pathLength:
      length === undefined ? null : [...length.content].reduce((sum, octet) => sum * 256 + octet, 0),
  };
}

function mapPresent<T, U>(value: T | undefined, map: (value: T) => U): U | null {
  return value === undefined ? null : map(value);
}
