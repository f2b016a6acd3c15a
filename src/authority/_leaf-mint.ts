// One leaf: signed by the CA, told to the record, and made into a server context. Must not know caches or files.
import type { KeyObject } from 'node:crypto';
import type { Hostname } from '../core/base/hostname.ts';
import type { IpAddress } from '../core/base/ip-address.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { LeafFault } from '../ports.ts';
import { type CaCertificate, constraintsIn } from './_ca-certificate.ts';
import { makeLeaf, randomSerial, toPem, type Validity } from './_certificate-profile.ts';
import { CLOCK_SKEW_MS, DAY_MS } from './_lifetimes.ts';
import type { Signer } from './_store.ts';
import { makeContext } from './_tls-context.ts';
import { messageOf } from './fault.ts';
import type { LeafPurpose, MintedContext } from './leaf-cache.ts';
import type { SignedLeaf } from './signed-leaf.ts';

/** What every leaf of this process has in common. */
export interface LeafSettings {
  readonly publicKey: KeyObject;
  readonly privateKeyPem: string;
  readonly groups: string;
  readonly crlUrl: string;
  readonly days: number;
  readonly onSigned: ((leaf: SignedLeaf) => void) | undefined;
}

export interface LeafWanted {
  readonly host: Hostname | IpAddress;
  readonly purpose: LeafPurpose;
  readonly signer: Signer;
  readonly nowMs: number;
}

export async function mintLeaf(
  wanted: LeafWanted,
  settings: LeafSettings,
): Promise<Result<MintedContext, LeafFault>> {
  const validity = leafValidity(wanted.signer.chain, settings.days, wanted.nowMs);
  if (validity.notAfterMs <= wanted.nowMs) {
    const ended = new Date(validity.notAfterMs).toISOString();
    return err(failed(wanted, `the CA expired on ${ended}. Run gatewright ca rotate.`));
  }
  try {
    return ok(await mint({ ...wanted, ...validity }, settings));
  } catch (thrown) {
    return err(failed(wanted, messageOf(thrown)));
  }
}

async function mint(wanted: LeafWanted & Validity, settings: LeafSettings): Promise<MintedContext> {
  const { host, purpose, notAfterMs, notBeforeMs } = wanted;
  const { chain, key, certificate } = wanted.signer;
  const serial = randomSerial();
  const leaf = await makeLeaf({
    host,
    serial,
    notBeforeMs,
    notAfterMs,
    issuer: certificate,
    issuerKey: key,
    publicKey: settings.publicKey,
    crlUrl: settings.crlUrl,
    subject: constrainsDirectories(chain) ? 'empty' : 'name',
  });
  settings.onSigned?.({
    host,
    purpose,
    serial: Buffer.from(serial).toString('hex'),
    notAfter: new Date(notAfterMs).toISOString(),
    issuer: certificate.fingerprint,
  });
  const context = makeContext({
    certificatePem: toPem(leaf) + chain.map((one) => one.pem).join(''),
    keyPem: settings.privateKeyPem,
    groups: settings.groups,
    sessionScope: `${purpose} ${host}`,
  });
  return { context, issuer: certificate.fingerprint, notBeforeMs, notAfterMs };
}

/** Whole seconds; never beyond any certificate above, never before the issuer. */
function leafValidity(chain: readonly CaCertificate[], days: number, nowMs: number): Validity {
  const notBeforeMs = Math.max(nowMs - CLOCK_SKEW_MS, ...chain.slice(0, 1).map((one) => one.notBeforeMs));
  const notAfterMs = Math.min(nowMs + days * DAY_MS, ...chain.map((one) => one.notAfterMs));
  return { notBeforeMs, notAfterMs: notAfterMs - (notAfterMs % 1000) };
}

/** A subject would have to lie in a permitted directory (RFC 5280 section 4.2.1.10); an empty one lies in every. */
function constrainsDirectories(chain: readonly CaCertificate[]): boolean {
  return constraintsIn(chain).some(({ permitted, excluded }) =>
    [...permitted, ...excluded].some((one) => one.kind === 'directory'),
  );
}

function failed({ host }: LeafWanted, why: string): LeafFault {
  return { code: 'leaf-failed', detail: `Cannot make a certificate for ${JSON.stringify(host)}: ${why}` };
}
