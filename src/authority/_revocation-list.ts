// The revocation list (RFC 5280 section 5) that every leaf points to: nearly always empty, but there, signed and fresh.
// Must not know how it is served.
import { err, ok, type Result } from '../core/base/result.ts';
import { authorityKeyId, extension } from './_certificate-profile.ts';
import { integer, sequence, smallInteger, tagged, time } from './_der.ts';
import { OID } from './_oids.ts';
import { signStructure } from './_signature.ts';
import type { Signer } from './_store.ts';

export interface RevokedLeaf {
  /** Big-endian octets. */
  readonly serial: Uint8Array;
  readonly atMs: number;
}

export interface ListProfile {
  readonly signer: Signer;
  readonly revoked: readonly RevokedLeaf[];
  /** Rises with every list of this CA (section 5.2.3). */
  readonly number: number;
  readonly thisUpdateMs: number;
  readonly nextUpdateMs: number;
}

/** A version 2 list in DER. */
export function makeRevocationList(profile: ListProfile): Promise<Uint8Array> {
  const { signer, revoked } = profile;
  const entries = revoked.map((one) => sequence(integer(one.serial), time(one.atMs)));
  return signStructure(signer.key, (algorithm) =>
    sequence(
      smallInteger(1),
      algorithm,
      signer.certificate.subjectDer,
      time(profile.thisUpdateMs),
      time(profile.nextUpdateMs),
      // An empty list of entries must be absent, not empty (section 5.1.2.6).
      ...(entries.length > 0 ? [sequence(...entries)] : []),
      tagged(
        0,
        sequence(
          extension(OID.authorityKeyId, 'plain', authorityKeyId(signer.certificate)),
          extension(OID.crlNumber, 'plain', smallInteger(profile.number)),
        ),
      ),
    ),
  );
}

/** Reads revoked.txt: `SERIAL TIME` per line, `#` begins a comment. The error names the line. */
export function parseRevoked(text: string): Result<readonly RevokedLeaf[], string> {
  const revoked: RevokedLeaf[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const bare = line.replace(/#.*/, '').trim();
    if (bare === '') continue;
    const [serial, when, ...more] = bare.split(/\s+/);
    const atMs = Date.parse(when ?? '');
    const serialOk = serial !== undefined && /^(?:[0-9a-f]{2}){1,20}$/i.test(serial);
    if (!serialOk || Number.isNaN(atMs) || more.length > 0)
      return err(
        `line ${at + 1} is ${JSON.stringify(line)}; it is like 4f2a…9c 2027-01-31T12:00:00Z, the serial number in hexadecimal`,
      );
    revoked.push({ serial: Buffer.from(serial, 'hex'), atMs });
  }
  return ok(revoked);
}
