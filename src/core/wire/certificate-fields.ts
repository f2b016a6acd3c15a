// The fields of a certificate (RFC 5280 section 4.1) as they stand in its bytes, which parsed forms do not keep.
// Must not judge them; for certificates that OpenSSL has read already.
import { objectIdText, readOne, readTlvs, TAG, type Tlv } from './der.ts';

export interface CertificateFields {
  /** Big-endian octets. */
  readonly serial: Uint8Array;
  /** The Name in DER. */
  readonly issuer: Uint8Array;
  /** The Name in DER. */
  readonly subject: Uint8Array;
  readonly signatureOid: string;
  /** Values by object identifier. */
  readonly extensions: ReadonlyMap<string, Uint8Array>;
}

/** Throws RangeError on malformed DER. */
export function readCertificateFields(der: Uint8Array): CertificateFields {
  const [tbs] = readTlvs(readOne(der).content);
  if (tbs === undefined) throw new RangeError('a certificate has no content');
  const fields = readTlvs(tbs.content).filter((field) => field.tag !== 0xa0);
  const [serial, algorithm, issuer, , subject] = fields;
  if (!serial || !algorithm || !issuer || !subject) throw new RangeError('a field is missing');
  return {
    serial: serial.content,
    issuer: issuer.whole,
    subject: subject.whole,
    signatureOid: objectIdText(readTlvs(algorithm.content)[0]?.content ?? new Uint8Array()),
    extensions: readExtensions(fields.find((field) => field.tag === 0xa3)),
  };
}

/** The content of a public key's bit string, without the octet that counts unused bits (RFC 5280 section 4.1.2.7). */
export function publicKeyBits(spki: Uint8Array): Uint8Array {
  const [, bits] = readTlvs(readOne(spki).content);
  if (bits?.tag !== TAG.bitString) throw new RangeError('a public key is missing');
  return bits.content.subarray(1);
}

function readExtensions(field: Tlv | undefined): ReadonlyMap<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  if (field === undefined) return values;
  for (const extension of readTlvs(readOne(field.content).content)) {
    const parts = readTlvs(extension.content);
    const value = parts.find((part) => part.tag === TAG.octetString);
    if (parts[0] && value) values.set(objectIdText(parts[0].content), value.content);
  }
  return values;
}
