// Making or accepting a CA identity, in memory: its certificate, its chain and its key, ready to be stored.
// Must not know files.
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Clock } from '../ports.ts';
import { chainFrom, readCaCertificates } from './_ca-certificate.ts';
import { makeCaCertificate, toPem } from './_certificate-profile.ts';
import { CA_DAYS, CA_MAX_DAYS, CLOCK_SKEW_MS, DAY_MS } from './_lifetimes.ts';
import { lintCa } from './_lint.ts';
import type { CaIdentity, Signer } from './_store.ts';
import { type AuthorityFault, fault, type LintFinding } from './fault.ts';
import { constraintsOf, parsePermits } from './name-constraints.ts';

/** A CA to be made. */
export interface NewCa {
  /** How users see it in their trust store, at most 50 characters; an install id is added. Default `Gatewright CA`. */
  readonly commonName?: string | undefined;
  /** Host names, host patterns and networks it may sign for, see parsePermits(). */
  readonly permit: readonly string[];
  /** 1 to 3650; default 730. */
  readonly days?: number | undefined;
}

/** A CA that exists. */
export interface GivenCa {
  /** The CA's certificate, and its issuers up to the root where there are any, in any order. */
  readonly certificatePem: string;
  readonly keyPem: string;
  /** For an encrypted key. The stored key is not encrypted: the gate starts unattended. */
  readonly passphrase?: string | undefined;
}

export interface Candidate extends Signer {
  readonly warnings: readonly LintFinding[];
}

/** The key of a CA in the form in which it is stored. */
export function keyText(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export function chainText(identity: CaIdentity): string {
  return identity.chain.map((one) => one.pem).join('');
}

/** Makes a CA. `reuse` is a key that an interrupted attempt left behind; without one a P-256 key is made. */
export async function makeCa(
  wanted: NewCa,
  clock: Clock,
  reuse: KeyObject | null,
): Promise<Result<Candidate, AuthorityFault>> {
  const permitted = parsePermits(wanted.permit);
  if (!permitted.ok) return err(fault('ca-options', permitted.error));
  const days = wanted.days ?? CA_DAYS;
  if (!Number.isInteger(days) || days < 1 || days > CA_MAX_DAYS)
    return err(
      fault(
        'ca-options',
        `Cannot make a CA for ${days} days: it is a whole number from 1 to ${CA_MAX_DAYS}.`,
      ),
    );
  const label = wanted.commonName ?? 'Gatewright CA';
  if (!/^[^\p{C}]{1,50}$/u.test(label))
    return err(
      fault(
        'ca-options',
        `Cannot name the CA ${JSON.stringify(label)}: a name has 1 to 50 printable characters.`,
      ),
    );
  const key = reuse ?? (await newP256Key());
  const der = await makeCaCertificate({
    // Two installations never share a name: clients that pick an issuer by its name alone would mix them up.
    commonName: `${label} ${randomBytes(4).toString('hex')}`,
    constraints: constraintsOf(permitted.value),
    privateKey: key,
    publicKey: createPublicKey(key),
    notBeforeMs: clock.now() - CLOCK_SKEW_MS,
    notAfterMs: clock.now() + days * DAY_MS,
  });
  return accept({ certificatePem: toPem(der), key, clock });
}

/** Reads and lints a CA that exists; findings that refuse it are the fault's. */
export async function acceptGivenCa(
  given: GivenCa,
  clock: Clock,
): Promise<Result<Candidate, AuthorityFault>> {
  const key = readGivenKey(given);
  if (!key.ok) return key;
  return accept({ certificatePem: given.certificatePem, key: key.value, clock });
}

export async function newP256Key(): Promise<KeyObject> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  return privateKey;
}

function accept(given: {
  readonly certificatePem: string;
  readonly key: KeyObject;
  readonly clock: Clock;
}): Result<Candidate, AuthorityFault> {
  const certificates = readCaCertificates(given.certificatePem);
  if (!certificates.ok)
    return err(fault('ca-malformed', `Cannot read the CA certificate: ${certificates.error}.`));
  const certificate = certificates.value.find((one) => one.x509.checkPrivateKey(given.key));
  if (certificate === undefined) {
    const text = `the key is not the key of ${certificates.value.length === 1 ? 'the certificate' : 'any of the certificates'}: give the pair that belongs together`;
    return err(lintFault([{ code: 'key-differs', level: 'refuse', text }]));
  }
  const chain = chainFrom(certificate, certificates.value);
  const findings = lintCa({
    certificate,
    chain,
    given: certificates.value,
    key: given.key,
    nowMs: given.clock.now(),
  });
  if (findings.some((one) => one.level === 'refuse')) return err(lintFault(findings));
  return ok({ certificate, chain, key: given.key, warnings: findings });
}

function readGivenKey(given: GivenCa): Result<KeyObject, AuthorityFault> {
  const passphrase = given.passphrase === undefined ? {} : { passphrase: given.passphrase };
  try {
    return ok(createPrivateKey({ key: given.keyPem, format: 'pem', ...passphrase }));
  } catch {
    const encrypted = /ENCRYPTED/.test(given.keyPem);
    const why = encrypted
      ? given.passphrase === undefined
        ? 'it is encrypted: give its passphrase'
        : 'the passphrase does not open it'
      : 'it is no private key in PEM';
    return err(fault('ca-malformed', `Cannot read the CA key: ${why}.`));
  }
}

function lintFault(findings: readonly LintFinding[]): AuthorityFault {
  const refusals = findings.filter((one) => one.level === 'refuse').map((one) => one.text);
  return fault('ca-lint', `Cannot import this CA: ${refusals.join('; ')}.`, findings);
}
