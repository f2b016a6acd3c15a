// The two certificates the authority makes, CA and leaf, field by field (RFC 5280 section 4.1 and 4.2).
// Must not know files, caches or clocks.
import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import type { Hostname } from '../core/base/hostname.ts';
import { addressBytes, type IpAddress, parseIpAddress } from '../core/base/ip-address.ts';
import { TAG } from '../core/wire/der.ts';
import type { NameConstraints } from '../core/wire/name-constraints.ts';
import type { CaCertificate } from './_ca-certificate.ts';
import {
  bitString,
  booleanTrue,
  integer,
  objectId,
  octetString,
  sequence,
  smallInteger,
  tagged,
  taggedPrimitive,
  time,
  tlv,
  utf8String,
} from './_der.ts';
import { OID } from './_oids.ts';
import { signStructure } from './_signature.ts';
import { encodeNameConstraints } from './name-constraints.ts';

export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface CaProfile extends Validity {
  readonly commonName: string;
  readonly constraints: NameConstraints;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export interface LeafProfile extends Validity {
  readonly host: Hostname | IpAddress;
  readonly serial: Uint8Array;
  readonly publicKey: KeyObject;
  readonly issuer: CaCertificate;
  readonly issuerKey: KeyObject;
  /** Where the revocation list is served over plain HTTP. */
  readonly crlUrl: string;
  /** `name`: the host is the common name where it fits. `empty`: only the SAN says it. */
  readonly subject: 'name' | 'empty';
}

/** 126 random bits in 16 octets, positive and never zero (RFC 5280 section 4.1.2.2 allows 20). */
export function randomSerial(): Uint8Array {
  const octets = randomBytes(16);
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return octets;
}

/**
 * A self-signed CA certificate in DER: name-constrained, path length 0, for server certificates only.
 * The extended key usage keeps Windows from taking the CA for code or mail signing.
 */
export function makeCaCertificate(profile: CaProfile): Promise<Uint8Array> {
  const name = commonNameOf(profile.commonName);
  const publicKey = profile.publicKey.export({ type: 'spki', format: 'der' });
  // RFC 7093 section 2 method 1; no SHA-1, which FIPS modules refuse.
  const keyId = createHash('sha256').update(publicKey).digest().subarray(0, 20);
  return signStructure(profile.privateKey, (algorithm) =>
    tbsCertificate(
      { serial: randomSerial(), algorithm, issuer: name, subject: name, publicKey, ...validityOf(profile) },
      [
        extension(OID.basicConstraints, 'critical', sequence(booleanTrue(), smallInteger(0))),
        extension(OID.keyUsage, 'critical', bitString(Uint8Array.of(0x06), 1)),
        extension(OID.extendedKeyUsage, 'plain', sequence(objectId(OID.serverAuth))),
        extension(OID.nameConstraints, 'critical', encodeNameConstraints(profile.constraints)),
        extension(OID.subjectKeyId, 'plain', octetString(keyId)),
      ],
    ),
  );
}

/**
 * A leaf for exactly one host in DER. It has no subject key identifier: RFC 5280 section 4.2.1.2 asks one of CAs only,
 * and clients that match by it can then never take the leaf for its CA.
 */
export function makeLeaf(profile: LeafProfile): Promise<Uint8Array> {
  const named = profile.subject === 'name' && fitsCommonName(profile.host);
  const subject = named ? commonNameOf(profile.host) : sequence();
  const { serial, issuer } = profile;
  const publicKey = profile.publicKey.export({ type: 'spki', format: 'der' });
  return signStructure(profile.issuerKey, (algorithm) =>
    tbsCertificate(
      { serial, algorithm, issuer: issuer.subjectDer, subject, publicKey, ...validityOf(profile) },
      [
        extension(OID.basicConstraints, 'critical', sequence()),
        extension(OID.keyUsage, 'critical', bitString(Uint8Array.of(0x80), 7)),
        extension(OID.extendedKeyUsage, 'plain', sequence(objectId(OID.serverAuth))),
        // Critical exactly when the subject is empty (RFC 5280 section 4.2.1.6, CA/B BR 7.1.2.7.12); Java insists.
        extension(OID.subjectAltName, named ? 'plain' : 'critical', sequence(generalName(profile.host))),
        extension(OID.authorityKeyId, 'plain', authorityKeyId(issuer)),
        extension(OID.crlDistributionPoints, 'plain', distributionPoint(profile.crlUrl)),
      ],
    ),
  );
}

/**
 * The AuthorityKeyIdentifier for what `issuer` signs: its stored identifier, byte for byte, however it was derived;
 * issuer name and serial where it has none.
 */
export function authorityKeyId(issuer: CaCertificate): Uint8Array {
  if (issuer.subjectKeyId !== null) return sequence(taggedPrimitive(0, issuer.subjectKeyId));
  return sequence(tagged(1, tagged(4, issuer.issuerDer)), taggedPrimitive(2, issuer.serial));
}

/** An Extension (RFC 5280 section 4.1). */
export function extension(oid: string, importance: 'critical' | 'plain', value: Uint8Array): Uint8Array {
  const flag = importance === 'critical' ? [booleanTrue()] : [];
  return sequence(objectId(oid), ...flag, octetString(value));
}

/** A certificate or list as PEM, with a newline at its end. */
export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

interface TbsFields extends Validity {
  readonly serial: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly publicKey: Uint8Array;
}

function tbsCertificate(fields: TbsFields, extensions: readonly Uint8Array[]): Uint8Array {
  return sequence(
    tagged(0, smallInteger(2)),
    integer(fields.serial),
    fields.algorithm,
    fields.issuer,
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    fields.subject,
    fields.publicKey,
    tagged(3, sequence(...extensions)),
  );
}

function validityOf(profile: Validity): Validity {
  return { notBeforeMs: profile.notBeforeMs, notAfterMs: profile.notAfterMs };
}

function commonNameOf(text: string): Uint8Array {
  return sequence(tlv(TAG.set, sequence(objectId(OID.commonName), utf8String(text))));
}

/**
 * A common name has at most 64 characters (RFC 5280 appendix A, ub-common-name). An address is none: OpenSSL takes
 * one for a DNS name and holds it against the name constraints.
 */
function fitsCommonName(host: Hostname | IpAddress): boolean {
  return host.length <= 64 && !parseIpAddress(host).ok;
}

function generalName(host: Hostname | IpAddress): Uint8Array {
  const address = parseIpAddress(host);
  if (address.ok) return taggedPrimitive(7, Uint8Array.from(addressBytes(address.value)));
  return taggedPrimitive(2, Buffer.from(host, 'latin1'));
}

function distributionPoint(url: string): Uint8Array {
  return sequence(sequence(tagged(0, tagged(0, taggedPrimitive(6, Buffer.from(url, 'latin1'))))));
}
