// Signing with a CA's key: which algorithm a key signs with, and one signature off the event loop.
// Must not know what is signed.
import { type KeyObject, sign } from 'node:crypto';
import { TAG } from '../core/wire/der.ts';
import { bitString, objectId, sequence, tlv } from './_der.ts';

interface SignatureKind {
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  /** The AlgorithmIdentifier in DER (RFC 5758 section 3.2, RFC 4055 section 5). */
  readonly algorithm: Uint8Array;
}

/** How this key signs; null for a kind of key that not every client verifies (Ed25519, DSA, RSA-PSS, other curves). */
export function signatureKind(key: KeyObject): SignatureKind | null {
  if (key.asymmetricKeyType === 'rsa') {
    const algorithm = sequence(objectId('1.2.840.113549.1.1.11'), tlv(TAG.null));
    return { hash: 'sha256', algorithm };
  }
  if (key.asymmetricKeyType !== 'ec') return null;
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case 'prime256v1':
      return { hash: 'sha256', algorithm: sequence(objectId('1.2.840.10045.4.3.2')) };
    case 'secp384r1':
      return { hash: 'sha384', algorithm: sequence(objectId('1.2.840.10045.4.3.3')) };
    case 'secp521r1':
      return { hash: 'sha512', algorithm: sequence(objectId('1.2.840.10045.4.3.4')) };
    default:
      return null;
  }
}

/**
 * `SEQUENCE { tbs, algorithm, signature }`, the outer form of certificates and revocation lists (RFC 5280 section 4.1).
 * `tbs` gets the AlgorithmIdentifier, which must stand inside it too. Signs on a thread of the pool: an imported RSA
 * key takes milliseconds.
 */
export async function signStructure(
  key: KeyObject,
  tbs: (algorithm: Uint8Array) => Uint8Array,
): Promise<Uint8Array> {
  const kind = signatureKind(key);
  if (kind === null) throw new Error(`A key of kind ${key.asymmetricKeyType} cannot sign certificates.`);
  const body = tbs(kind.algorithm);
  const signature = await new Promise<Buffer>((resolve, reject) => {
    sign(kind.hash, body, key, (error, value) => (error ? reject(error) : resolve(value)));
  });
  return sequence(body, kind.algorithm, bitString(signature));
}
