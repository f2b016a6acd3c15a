// The lint of a CA certificate that is to be imported: what clients would refuse later is refused now, in clear words.
// Must not know files.
import type { KeyObject } from 'node:crypto';
import { type CaCertificate, isSelfSigned } from './_ca-certificate.ts';
import { OID, WEAK_SIGNATURES } from './_oids.ts';
import { signatureKind } from './_signature.ts';
import type { LintFinding } from './fault.ts';

export interface LintSubject {
  /** The certificate that will sign leaves. */
  readonly certificate: CaCertificate;
  /** It and its issuers upwards, as far as they were given. */
  readonly chain: readonly CaCertificate[];
  /** Everything that was given, in the order of the file. */
  readonly given: readonly CaCertificate[];
  readonly key: KeyObject;
  readonly nowMs: number;
}

/** All findings, refusals first. */
export function lintCa(subject: LintSubject): readonly LintFinding[] {
  const found = RULES.flatMap(({ code, level, text }) => {
    const said = text(subject);
    return said === null ? [] : [{ code, level, text: said }];
  });
  return [...found.filter((one) => one.level === 'refuse'), ...found.filter((one) => one.level === 'warn')];
}

interface Rule extends Omit<LintFinding, 'text'> {
  /** Null when all is well. */
  readonly text: (subject: LintSubject) => string | null;
}

const DAY_MS = 86_400_000;

const RULES: readonly Rule[] = [
  {
    code: 'not-a-ca',
    level: 'refuse',
    text: ({ chain }) =>
      say(
        chain.find((one) => !one.isCa),
        (name) => `${name} is no CA certificate: it needs basicConstraints CA:TRUE`,
      ),
  },
  {
    code: 'no-cert-sign',
    level: 'refuse',
    text: ({ chain }) =>
      say(
        chain.find((one) => one.keyUsage?.certSign === false),
        (name) => `${name} may not sign certificates: its keyUsage needs keyCertSign`,
      ),
  },
  {
    code: 'no-crl-sign',
    level: 'refuse',
    text: ({ certificate }) =>
      certificate.keyUsage?.crlSign === false
        ? `${subjectOf(certificate)} may not sign a revocation list, which every leaf points to: its keyUsage needs cRLSign`
        : null,
  },
  {
    code: 'expired',
    level: 'refuse',
    text: ({ chain, nowMs }) =>
      say(
        chain.find((one) => one.notAfterMs <= nowMs),
        (name, one) => `${name} expired on ${day(one.notAfterMs)}: import one that is valid`,
      ),
  },
  {
    code: 'not-yet-valid',
    level: 'refuse',
    text: ({ chain, nowMs }) =>
      say(
        chain.find((one) => one.notBeforeMs > nowMs),
        (name, one) =>
          `${name} is not valid before ${day(one.notBeforeMs)}: import it then, or check the clock`,
      ),
  },
  {
    code: 'key-kind',
    level: 'refuse',
    text: ({ key }) =>
      signatureKind(key) === null
        ? `a key of kind ${key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType} is not verified by every client: use EC P-256, EC P-384 or RSA`
        : null,
  },
  {
    code: 'key-size',
    level: 'refuse',
    text: ({ chain }) =>
      say(
        chain.find((one) => (rsaBits(one.x509.publicKey) ?? 2048) < 2048),
        (name, one) =>
          `the RSA key of ${name} has ${rsaBits(one.x509.publicKey)} bits: it needs 2048 or more`,
      ),
  },
  {
    code: 'signature-weak',
    level: 'refuse',
    text: ({ chain }) =>
      say(
        chain.find((one) => WEAK_SIGNATURES.has(one.signatureOid) && !isSelfSigned(one)),
        (name) => `${name} is signed with MD5 or SHA-1: clients refuse it; have it signed with SHA-256`,
      ),
  },
  {
    code: 'usage-not-server',
    level: 'refuse',
    text: ({ chain }) =>
      say(
        chain.find((one) => !allowsServers(one)),
        (name) =>
          `the extendedKeyUsage of ${name} does not cover TLS servers: it needs serverAuth, or no such extension`,
      ),
  },
  {
    code: 'path-too-short',
    level: 'refuse',
    text: ({ chain }) =>
      say(
        chain.find((one, below) => one.pathLength !== null && one.pathLength < below),
        (name, one) =>
          `${name} has pathlen ${one.pathLength}, and ${chain.indexOf(one)} CA certificates stand beneath it: its owner must raise it`,
      ),
  },
  {
    code: 'chain-broken',
    level: 'refuse',
    text: ({ chain, given }) =>
      say(
        given.find((one) => !chain.includes(one)),
        (name) => `${name} does not belong to the chain of the certificate whose key was given: leave it out`,
      ),
  },
  {
    code: 'chain-order',
    level: 'warn',
    text: ({ chain, given }) =>
      given.length === chain.length && given.some((one, at) => one !== chain[at])
        ? 'the certificates did not stand in the order of the chain; they are stored in it'
        : null,
  },
  {
    code: 'signature-weak',
    level: 'warn',
    text: ({ chain }) =>
      say(
        chain.find((one) => WEAK_SIGNATURES.has(one.signatureOid) && isSelfSigned(one)),
        (name) =>
          `the root ${name} is signed with MD5 or SHA-1; clients do not check a root's signature, scanners complain`,
      ),
  },
  {
    code: 'path-unlimited',
    level: 'warn',
    text: ({ certificate }) =>
      certificate.pathLength === 0 ? null : 'the CA may make further CAs: pathlen 0 is enough for the gate',
  },
  {
    code: 'no-key-usage',
    level: 'warn',
    text: ({ chain }) =>
      say(
        chain.find((one) => one.keyUsage === null),
        (name) =>
          `${name} has no keyUsage: strict clients (Python 3.13, openssl -x509_strict) refuse the chain`,
      ),
  },
  {
    code: 'no-subject-key-id',
    level: 'warn',
    text: ({ chain }) =>
      say(
        chain.find((one) => one.subjectKeyId === null),
        (name) =>
          `${name} has no subjectKeyIdentifier: strict clients (Python 3.13, openssl -x509_strict) refuse the chain`,
      ),
  },
  {
    code: 'unconstrained',
    level: 'warn',
    text: ({ chain }) =>
      chain.some((one) => one.constraints !== null && one.constraints.permitted.length > 0)
        ? null
        : 'the CA may sign for every name on the internet: ask for one with nameConstraints for the hosts of the policy',
  },
  {
    code: 'expires-soon',
    level: 'warn',
    text: ({ chain, nowMs }) =>
      say(
        chain.find((one) => one.notAfterMs > nowMs && one.notAfterMs < nowMs + 30 * DAY_MS),
        (name, one) => `${name} expires on ${day(one.notAfterMs)}: plan the next one now`,
      ),
  },
];

function say(
  found: CaCertificate | undefined,
  text: (name: string, found: CaCertificate) => string,
): string | null {
  return found === undefined ? null : text(subjectOf(found), found);
}

function subjectOf(certificate: CaCertificate): string {
  return JSON.stringify(certificate.x509.subject?.replaceAll('\n', ', ') ?? '');
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function rsaBits(key: KeyObject): number | null {
  return key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : null;
}

function allowsServers({ extendedKeyUsage }: CaCertificate): boolean {
  if (extendedKeyUsage === null) return true;
  return extendedKeyUsage.includes(OID.serverAuth) || extendedKeyUsage.includes(OID.anyExtendedKeyUsage);
}
