// What may be told of a CA: facts for people and programs, and its certificate to hand out. Reads no keys.
// Must not know leaves.

import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { err, ok, type Result } from '../core/base/result.ts';
import { permitsSubtree } from '../core/wire/name-constraints.ts';
import { type CaCertificate, constraintsIn } from './_ca-certificate.ts';
import { type CaIdentity, readPublicStore, storePaths } from './_store.ts';
import { type AuthorityFault, fault } from './fault.ts';
import { parsePermits, subtreeText } from './name-constraints.ts';

/** One CA certificate in words. Times are RFC 3339 in UTC; hex is lower-case without colons. */
export interface CertificateFacts {
  /** `CN=Gatewright CA 1f2e3d4c`; several parts are joined with ", ". */
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** `EC prime256v1`, `RSA 3072`. */
  readonly key: string;
  readonly sha256: string;
  readonly sha1: string;
  readonly subjectKeyId: string | null;
  /** Null: no limit. */
  readonly pathLength: number | null;
  /** Names and networks it may sign for; null: every name. */
  readonly permitted: readonly string[] | null;
  readonly excluded: readonly string[];
  /** Stores of this machine that hold it: the system's, or NODE_EXTRA_CA_CERTS. */
  readonly trustedBy: readonly ('system' | 'node-extra')[];
}

export interface CaFacts {
  readonly dir: string;
  readonly current: CertificateFacts;
  /** The issuers of `current` upwards, as far as the store has them; empty for a self-signed CA. */
  readonly chain: readonly CertificateFacts[];
  /** The CA that takes over during a rotation. */
  readonly next: (CertificateFacts & { readonly activate: string }) | null;
}

/** The files of the CA in `dir` that are there and are no keys. */
export function caTexts(dir: string): readonly string[] {
  const { certificates, rotation, revoked } = storePaths(dir);
  return [certificates, rotation, revoked].filter((file) => existsSync(file));
}

/** Facts about the CA in `dir`, for `gatewright ca show`. */
export async function showCa(dir: string): Promise<Result<CaFacts, AuthorityFault>> {
  const store = await readPublicStore(dir);
  if (!store.ok) return store;
  const { current, next } = store.value;
  const trusted = trustStores();
  return ok({
    dir,
    current: certificateFacts(current.certificate, trusted),
    chain: current.chain.slice(1).map((one) => certificateFacts(one, trusted)),
    next:
      next === null
        ? null
        : {
            ...certificateFacts(next.certificate, trusted),
            activate: new Date(next.activateAtMs).toISOString(),
          },
  });
}

/**
 * The certificate to hand out. `pem`: everything a client should trust, during a rotation both CAs.
 * `der`: one certificate, the topmost of the chain of `which` (Windows and Java like it so); never a key.
 */
export async function exportCa(wanted: {
  readonly dir: string;
  readonly format: 'pem' | 'der';
  /** For `der`; default `current`. */
  readonly which?: 'current' | 'next' | undefined;
}): Promise<Result<Uint8Array, AuthorityFault>> {
  const store = await readPublicStore(wanted.dir);
  if (!store.ok) return store;
  const { pem, current, next } = store.value;
  if (wanted.format === 'pem') return ok(Buffer.from(pem));
  const identity: CaIdentity | null = wanted.which === 'next' ? next : current;
  const top = identity?.chain.at(-1);
  if (top === undefined)
    return err(
      fault('ca-rotation', 'Cannot export the next CA: no rotation is going on. Run gatewright ca rotate.'),
    );
  return ok(top.der);
}

type TrustStores = ReadonlyMap<CertificateFacts['trustedBy'][number], ReadonlySet<string>>;

function certificateFacts(one: CaCertificate, trusted: TrustStores): CertificateFacts {
  const { x509, constraints } = one;
  const permitted = constraints?.permitted ?? [];
  return {
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    serial: x509.serialNumber.toLowerCase(),
    notBefore: new Date(one.notBeforeMs).toISOString(),
    notAfter: new Date(one.notAfterMs).toISOString(),
    key: keyName(one),
    sha256: one.fingerprint,
    sha1: x509.fingerprint.replaceAll(':', '').toLowerCase(),
    subjectKeyId: one.subjectKeyId === null ? null : Buffer.from(one.subjectKeyId).toString('hex'),
    pathLength: one.pathLength,
    permitted: permitted.length === 0 ? null : permitted.map(subtreeText),
    excluded: (constraints?.excluded ?? []).map(subtreeText),
    trustedBy: [...trusted].filter(([, prints]) => prints.has(one.fingerprint)).map(([name]) => name),
  };
}

function keyName({ x509: { publicKey } }: CaCertificate): string {
  const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails ?? {};
  return `${(publicKey.asymmetricKeyType ?? 'unknown').toUpperCase()} ${namedCurve ?? modulusLength ?? ''}`.trim();
}

/** An empty name is undefined in Node. */
function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ');
}

function trustStores(): TrustStores {
  return new Map([
    ['system', fingerprints('system')],
    ['node-extra', fingerprints('extra')],
  ]);
}

function fingerprints(store: 'system' | 'extra'): ReadonlySet<string> {
  const prints = new Set<string>();
  for (const pem of getCACertificates(store)) {
    try {
      prints.add(new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase());
    } catch {
      // A certificate that cannot be read is not ours.
    }
  }
  return prints;
}

/** Host patterns and networks (as `--permit` takes them) that the CA, or the next one, may not sign for. */
export async function namesNotPermitted(wanted: {
  readonly dir: string;
  readonly names: readonly string[];
}): Promise<Result<readonly string[], AuthorityFault>> {
  const store = await readPublicStore(wanted.dir);
  if (!store.ok) return store;
  const { current, next } = store.value;
  const chains = [current, ...(next === null ? [] : [next])].map((one) => constraintsIn(one.chain));
  const missing: string[] = [];
  for (const name of wanted.names) {
    const subtree = parsePermits([name]);
    if (!subtree.ok) return err(fault('ca-options', subtree.error));
    const within = subtree.value.every((one) => chains.every((chain) => permitsSubtree(chain, one)));
    if (!within) missing.push(name);
  }
  return ok(missing);
}
