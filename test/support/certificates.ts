// Certificates for test servers: an authority that is trusted on purpose, good leaves, and leaves with one flaw each.
// Must not know the gate's own authority.
import 'reflect-metadata';
import { KeyObject, type webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** What a TLS server presents: `cert` is the leaf and then its intermediates. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority {
  /** The root, to be trusted; the same for an authority that a root stands behind. */
  readonly rootPem: string;
  /** This authority's own certificate. */
  readonly pem: string;
  issue(wish?: LeafWish): Promise<TestCertificate>;
  /** An authority under this one. */
  subordinate(wish?: AuthorityWish): Promise<TestAuthority>;
}

/** What differs from a good leaf for localhost, 127.0.0.1 and ::1 that is valid from an hour ago for seven days. */
export interface LeafWish {
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  readonly commonName?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly hash?: 'SHA-256' | 'SHA-1';
  readonly usages?: readonly ExtendedKeyUsage[];
  readonly authority?: 'yes' | 'no';
  /** Leave the intermediates out of `cert`. */
  readonly chain?: 'whole' | 'leaf-only';
}

export interface AuthorityWish {
  readonly name?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly hash?: 'SHA-256' | 'SHA-1';
  /** `no` makes a certificate that must not sign others. */
  readonly authority?: 'yes' | 'no';
}

/** A root of its own. */
export async function createTestAuthority(wish: AuthorityWish = {}): Promise<TestAuthority> {
  const keys = await generateKeys();
  const root = await sign({ wish, keys, signer: null, subject: wish.name ?? 'Test Root' });
  return authority({ certificate: root, keys, chain: [], rootPem: root.toString('pem') });
}

/** A leaf that nobody signed but itself. */
export async function createSelfSigned(wish: LeafWish = {}): Promise<TestCertificate> {
  const keys = await generateKeys();
  const certificate = await signLeaf({ wish, keys, signer: null });
  return { cert: certificate.toString('pem'), key: keyPem(keys) };
}

/**
 * One server certificate per flaw, each fine for `name` but for that one thing; the classes of badssl.com's
 * certificate section that can be had without the network. `authority` is the one that clients trust.
 */
export async function createFlawed(
  flaw: CertificateFlaw,
  name: string,
  authority: TestAuthority,
): Promise<TestCertificate> {
  const good: LeafWish = { names: [name], addresses: [], commonName: name };
  switch (flaw) {
    case 'expired':
      return authority.issue({ ...good, notBefore: daysFromNow(-30), notAfter: daysFromNow(-1) });
    case 'not-yet-valid':
      return authority.issue({ ...good, notBefore: daysFromNow(1), notAfter: daysFromNow(8) });
    case 'wrong-host':
      return authority.issue({ ...good, names: ['wrong.host.example'], commonName: 'wrong.host.example' });
    case 'self-signed':
      return createSelfSigned(good);
    case 'untrusted-root':
      return (await createTestAuthority({ name: 'Nobody trusts this root' })).issue(good);
    case 'same-name-root':
      return (await createTestAuthority()).issue(good);
    case 'incomplete-chain':
      return (await authority.subordinate()).issue({ ...good, chain: 'leaf-only' });
    case 'expired-intermediate':
      return (await authority.subordinate({ notAfter: daysFromNow(-1) })).issue(good);
    case 'not-an-authority':
      return (await authority.subordinate({ authority: 'no' })).issue(good);
    case 'sha1-leaf':
      return authority.issue({ ...good, hash: 'SHA-1' });
    case 'sha1-intermediate':
      return (await authority.subordinate({ hash: 'SHA-1' })).issue(good);
    case 'common-name-only':
      return authority.issue({ ...good, names: [] });
    case 'address-only':
      return authority.issue({ ...good, names: [], addresses: ['127.0.0.1'] });
    case 'wildcard-beside':
      return authority.issue({ ...good, names: [`*.deeper.${name}`, `*.${name}`] });
    case 'client-only':
      return authority.issue({ ...good, usages: [ExtendedKeyUsage.clientAuth] });
  }
}

/** Every flaw that `createFlawed` makes. A client that trusts the authority must refuse each of them. */
export const CERTIFICATE_FLAWS = [
  'expired',
  'not-yet-valid',
  'wrong-host',
  'self-signed',
  'untrusted-root',
  'same-name-root',
  'incomplete-chain',
  'expired-intermediate',
  'not-an-authority',
  'sha1-leaf',
  'sha1-intermediate',
  'common-name-only',
  'address-only',
  'wildcard-beside',
  'client-only',
] as const;

export type CertificateFlaw = (typeof CERTIFICATE_FLAWS)[number];

function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * 86_400_000);
}

interface Signer {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

const EC = { name: 'ECDSA', namedCurve: 'P-256' };

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(EC, true, ['sign', 'verify']);
}

function keyPem(keys: webcrypto.CryptoKeyPair): string {
  return KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
}

function authority(
  own: Signer & { readonly chain: readonly string[]; readonly rootPem: string },
): TestAuthority {
  const pem = own.certificate.toString('pem');
  return {
    rootPem: own.rootPem,
    pem,
    issue: async (wish = {}) => {
      const keys = await generateKeys();
      const certificate = await signLeaf({ wish, keys, signer: own });
      const chain = wish.chain === 'leaf-only' ? [] : own.chain;
      return { cert: [certificate.toString('pem'), ...chain].join('\n'), key: keyPem(keys) };
    },
    subordinate: async (wish = {}) => {
      const keys = await generateKeys();
      const certificate = await sign({ wish, keys, signer: own, subject: wish.name ?? 'Test Intermediate' });
      const chain = [certificate.toString('pem'), ...own.chain];
      return authority({ certificate, keys, chain, rootPem: own.rootPem });
    },
  };
}

async function sign(order: {
  readonly wish: AuthorityWish;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: Signer | null;
  readonly subject: string;
}): Promise<X509Certificate> {
  const { wish, keys, signer } = order;
  const mayIssue = (wish.authority ?? 'yes') === 'yes';
  const usage = mayIssue ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign : KeyUsageFlags.digitalSignature;
  return create({
    ...{ keys, signer, subject: `CN=${order.subject}`, hash: wish.hash ?? 'SHA-256' },
    notBefore: wish.notBefore ?? daysFromNow(-60),
    notAfter: wish.notAfter ?? daysFromNow(30),
    extensions: [
      new BasicConstraintsExtension(mayIssue, undefined, true),
      new KeyUsagesExtension(usage, true),
    ],
  });
}

async function signLeaf(order: {
  readonly wish: LeafWish;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: Signer | null;
}): Promise<X509Certificate> {
  const { wish, keys, signer } = order;
  const names: JsonGeneralName[] = [
    ...(wish.names ?? ['localhost']).map((value) => ({ type: 'dns' as const, value })),
    ...(wish.addresses ?? ['127.0.0.1', '::1']).map((value) => ({ type: 'ip' as const, value })),
  ];
  const extensions: Extension[] = [
    new BasicConstraintsExtension(wish.authority === 'yes', undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([...(wish.usages ?? [ExtendedKeyUsage.serverAuth])]),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
  ];
  const subject = wish.commonName ?? wish.names?.[0] ?? 'localhost';
  return create({
    ...{ keys, signer, subject: `CN=${subject}`, hash: wish.hash ?? 'SHA-256', extensions },
    notBefore: wish.notBefore ?? daysFromNow(-1 / 24),
    notAfter: wish.notAfter ?? daysFromNow(7),
  });
}

async function create(order: {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly signer: Signer | null;
  readonly subject: string;
  readonly hash: 'SHA-256' | 'SHA-1';
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Extension[];
}): Promise<X509Certificate> {
  const { keys, signer, subject, hash, notBefore, notAfter } = order;
  const issuerKey = signer?.certificate.publicKey ?? keys.publicKey;
  return X509CertificateGenerator.create({
    ...{ subject, notBefore, notAfter },
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(15)))
      .toString('hex')
      .padStart(32, '01'),
    issuer: signer?.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (signer?.keys ?? keys).privateKey,
    signingAlgorithm: { ...EC, hash },
    extensions: [
      ...order.extensions,
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuerKey),
    ],
  });
}
