// The key store: which files a CA consists of, and reading them into something that signs.
// Must not know how CAs are made, and nothing of leaves.
//
//   ca.pem         0644  the CA's certificate, its chain upwards, and during a rotation the next CA's: what is handed out
//   ca.key         0600  the private key of the first certificate in ca.pem
//   next.key       0600  during a rotation: the next CA's private key
//   rotation.json  0644  during a rotation: which certificate is next, and from when it signs
//   revoked.txt    0644  leaves that were revoked, one per line: serial number, time
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { err, ok, type Result } from '../core/base/result.ts';
import { type CaCertificate, chainFrom, readCaCertificates } from './_ca-certificate.ts';
import { readKeyFile, readPublicFile } from './_files.ts';
import { type AuthorityFault, fault } from './fault.ts';

export interface StorePaths {
  readonly certificates: string;
  readonly key: string;
  readonly nextKey: string;
  readonly rotation: string;
  readonly revoked: string;
}

/** A CA certificate with its chain upwards; `chain[0]` is the certificate itself. */
export interface CaIdentity {
  readonly certificate: CaCertificate;
  readonly chain: readonly CaCertificate[];
}

/** What everybody may know of the store. */
export interface PublicStore {
  /** The text of ca.pem. */
  readonly pem: string;
  readonly certificates: readonly CaCertificate[];
  readonly current: CaIdentity;
  readonly next: (CaIdentity & { readonly activateAtMs: number }) | null;
  /** The fingerprint that rotation.json names; the current CA's own when retiring the old one was interrupted. */
  readonly planned: string | null;
}

/** A CA that can sign. The key stays in this room. */
export interface Signer extends CaIdentity {
  readonly key: KeyObject;
}

export interface KeyStore extends PublicStore {
  readonly signer: Signer;
  readonly nextSigner: (Signer & { readonly activateAtMs: number }) | null;
}

export function storePaths(dir: string): StorePaths {
  return {
    certificates: join(dir, 'ca.pem'),
    key: join(dir, 'ca.key'),
    nextKey: join(dir, 'next.key'),
    rotation: join(dir, 'rotation.json'),
    revoked: join(dir, 'revoked.txt'),
  };
}

/** Reads certificates and rotation, no keys. */
export async function readPublicStore(dir: string): Promise<Result<PublicStore, AuthorityFault>> {
  const paths = storePaths(dir);
  const pem = await readPublicFile(paths.certificates);
  if (!pem.ok) return pem;
  if (pem.value === null)
    return err(
      fault(
        'ca-missing',
        `There is no CA: ${JSON.stringify(paths.certificates)} is missing. Run gatewright ca init.`,
      ),
    );
  const certificates = readCaCertificates(pem.value);
  if (!certificates.ok)
    return err(
      fault('ca-malformed', `Cannot read ${JSON.stringify(paths.certificates)}: ${certificates.error}.`),
    );
  const rotation = await readRotation(paths);
  if (!rotation.ok) return rotation;
  const [first] = certificates.value;
  if (first === undefined)
    return err(fault('ca-malformed', `${JSON.stringify(paths.certificates)} is empty.`));
  const all = certificates.value;
  const next = all.find((one) => one.fingerprint === rotation.value?.next && one !== first);
  return ok({
    pem: pem.value,
    certificates: all,
    current: identityOf(first, all),
    planned: rotation.value?.next ?? null,
    next:
      next === undefined || rotation.value === null
        ? null
        : { ...identityOf(next, all), activateAtMs: rotation.value.activateAtMs },
  });
}

/** Reads everything, with the keys; a key that fits no certificate is a fault. */
export async function readKeyStore(dir: string): Promise<Result<KeyStore, AuthorityFault>> {
  const publicStore = await readPublicStore(dir);
  if (!publicStore.ok) return publicStore;
  const paths = storePaths(dir);
  const key = await readStoredKey(paths.key);
  if (!key.ok) return key;
  if (key.value === null)
    return err(
      fault(
        'ca-missing',
        `There is no CA key: ${JSON.stringify(paths.key)} is missing. Restore it, or make a new CA.`,
      ),
    );
  const store = publicStore.value;
  const nextKey = store.next === null ? ok(null) : await readStoredKey(paths.nextKey);
  if (!nextKey.ok) return nextKey;
  return matchKeys(store, { key: key.value, nextKey: nextKey.value, paths });
}

export async function readStoredKey(path: string): Promise<Result<KeyObject | null, AuthorityFault>> {
  const text = await readKeyFile(path);
  if (!text.ok) return text;
  if (text.value === null) return ok(null);
  try {
    return ok(createPrivateKey(text.value));
  } catch {
    // OpenSSL's message may quote what it read: a key's text stays out of it.
    return err(
      fault('ca-malformed', `Cannot read ${JSON.stringify(path)}: it is not an unencrypted PEM key.`),
    );
  }
}

/** What rotation.json holds. */
export function rotationText(next: CaCertificate, activateAtMs: number): string {
  return `${JSON.stringify({ next: next.fingerprint, activate: new Date(activateAtMs).toISOString() })}\n`;
}

const ROTATION = z.object({ next: z.string().regex(/^[0-9a-f]{64}$/), activate: z.iso.datetime() });

function identityOf(certificate: CaCertificate, pool: readonly CaCertificate[]): CaIdentity {
  return { certificate, chain: chainFrom(certificate, pool) };
}

function matchKeys(
  store: PublicStore,
  keys: { readonly key: KeyObject; readonly nextKey: KeyObject | null; readonly paths: StorePaths },
): Result<KeyStore, AuthorityFault> {
  const { current, next } = store;
  // A crash in the middle of retiring the old CA leaves the next CA's key in ca.key: the rotation is over then.
  const retired = next?.certificate.x509.checkPrivateKey(keys.key) === true;
  if (retired)
    return ok({ ...store, current: next, next: null, signer: { ...next, key: keys.key }, nextSigner: null });
  if (!current.certificate.x509.checkPrivateKey(keys.key)) {
    const detail = `The key ${JSON.stringify(keys.paths.key)} is not the key of the first certificate in ${JSON.stringify(keys.paths.certificates)}. Restore the pair that belongs together.`;
    return err(fault('ca-malformed', detail));
  }
  const signer = { ...current, key: keys.key };
  if (next === null) return ok({ ...store, signer, nextSigner: null });
  if (keys.nextKey === null || !next.certificate.x509.checkPrivateKey(keys.nextKey)) {
    const detail = `The rotation cannot go on: ${JSON.stringify(keys.paths.nextKey)} is missing or is not the next CA's key. Restore it, or remove ${JSON.stringify(keys.paths.rotation)} to give the rotation up.`;
    return err(fault('ca-rotation', detail));
  }
  return ok({ ...store, signer, nextSigner: { ...next, key: keys.nextKey } });
}

async function readRotation(
  paths: StorePaths,
): Promise<Result<{ readonly next: string; readonly activateAtMs: number } | null, AuthorityFault>> {
  const text = await readPublicFile(paths.rotation);
  if (!text.ok) return text;
  if (text.value === null) return ok(null);
  try {
    const rotation = ROTATION.parse(JSON.parse(text.value));
    return ok({ next: rotation.next, activateAtMs: Date.parse(rotation.activate) });
  } catch {
    const detail = `Cannot read ${JSON.stringify(paths.rotation)}: it is like {"next":"FINGERPRINT","activate":"2027-01-31T00:00:00Z"}.`;
    return err(fault('ca-rotation', detail));
  }
}
