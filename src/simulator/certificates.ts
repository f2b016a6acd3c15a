// The certificate authority that makes the simulator GitHub to its clients: made at start, its key never stored.
// Must not know what is served.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import * as x509 from '@peculiar/x509';

const DAY_MS = 86_400_000;
const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Makes one leaf per name, each with the same key, and keeps its TLS context. */
export class CertificateMaker {
  readonly caPem: string;
  readonly #authority: { readonly certificate: x509.X509Certificate; readonly key: webcrypto.CryptoKey };
  readonly #leafKeys: webcrypto.CryptoKeyPair;
  readonly #leafKeyPem: string;
  readonly #nowMs: number;
  readonly #contexts = new Map<string, Promise<SecureContext>>();

  private constructor(made: Made) {
    this.caPem = made.certificate.toString('pem');
    this.#authority = { certificate: made.certificate, key: made.caKeys.privateKey };
    this.#leafKeys = made.leafKeys;
    this.#leafKeyPem = made.leafKeyPem;
    this.#nowMs = made.nowMs;
  }

  static async create(nowMs: number): Promise<CertificateMaker> {
    x509.cryptoProvider.set(webcrypto);
    const caKeys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
    const leafKeys = await webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
    const certificate = await makeAuthority(caKeys, nowMs);
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey);
    const leafKeyPem = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY');
    return new CertificateMaker({ certificate, caKeys, leafKeys, leafKeyPem, nowMs });
  }

  /** The TLS context for a name or an address. The caller says which names it serves. */
  contextFor(name: string): Promise<SecureContext> {
    const known = this.#contexts.get(name);
    if (known !== undefined) return known;
    const made = this.#makeContext([name]);
    this.#contexts.set(name, made);
    return made;
  }

  /** Key and chain of a leaf for several names, for clients that send no server name. */
  async leafFor(names: readonly string[]): Promise<{ readonly key: string; readonly cert: string }> {
    const leaf = await this.#sign(names);
    return { key: this.#leafKeyPem, cert: `${leaf.toString('pem')}\n${this.caPem}\n` };
  }

  async #makeContext(names: readonly string[]): Promise<SecureContext> {
    return createSecureContext(await this.leafFor(names));
  }

  async #sign(names: readonly string[]): Promise<x509.X509Certificate> {
    const { certificate, key } = this.#authority;
    return x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${names[0]?.slice(0, 64) ?? 'simulator'}`,
      issuer: certificate.subject,
      notBefore: new Date(this.#nowMs - DAY_MS),
      notAfter: new Date(this.#nowMs + 90 * DAY_MS),
      publicKey: this.#leafKeys.publicKey,
      signingKey: key,
      signingAlgorithm: EC,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
      ],
    });
  }
}

interface Made {
  readonly certificate: x509.X509Certificate;
  readonly caKeys: webcrypto.CryptoKeyPair;
  readonly leafKeys: webcrypto.CryptoKeyPair;
  readonly leafKeyPem: string;
  readonly nowMs: number;
}

async function makeAuthority(keys: webcrypto.CryptoKeyPair, nowMs: number): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=Simulated GitHub CA, O=Gatewright simulator',
    notBefore: new Date(nowMs - DAY_MS),
    notAfter: new Date(nowMs + 365 * DAY_MS),
    keys,
    signingAlgorithm: EC,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

/** Sixteen random bytes with the top bit clear: positive, and never of zero length (RFC 5280 section 4.1.2.2). */
function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
