// Certificates and OCSP responses that the openssl command makes, as odd as it can be told to make them.
// Must not know the gate; what is made stands in a folder of the test's own.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestCertificate } from './certificates.ts';
import { tempDir } from './temp-dir.ts';
import type { TestScope } from './test-scope.ts';
import { findTool } from './tools.ts';

const run = promisify(execFile);

/** What `openssl genpkey` or its elders make. */
const KEY_KINDS = {
  p256: ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p521: ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  secp256k1: ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
  brainpool: ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1'],
  p192: ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-192'],
  ed25519: ['genpkey', '-algorithm', 'ED25519'],
  rsa: ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  rsa1024: ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  dsa: ['dsaparam', '-genkey', '-noout'],
} as const;

export type KeyKind = keyof typeof KEY_KINDS;

export const CA_EXTENSIONS: readonly string[] = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
];

/** The extensions of a server certificate that is right for the name, with some lines in place of its own. */
export function serverExtensions(
  name: string,
  instead: Readonly<Record<string, string | null>> = {},
): string[] {
  const usual: Readonly<Record<string, string | null>> = {
    basicConstraints: 'critical,CA:FALSE',
    keyUsage: 'critical,digitalSignature',
    extendedKeyUsage: 'serverAuth',
    subjectAltName: `DNS:${name}`,
  };
  return Object.entries({ ...usual, ...instead }).flatMap(([key, value]) =>
    value === null ? [] : [`${key}=${value}`],
  );
}

export interface OpensslWish {
  readonly key?: KeyKind;
  /** Who signs; the certificate signs itself when left out. */
  readonly signer?: OpensslCertificate;
  readonly extensions: readonly string[];
  /** Certifies the key of this one, in place of a key of its own. */
  readonly sameKeyAs?: OpensslCertificate;
  readonly hash?: 'sha256' | 'sha1' | 'md5';
  readonly padding?: 'pss';
  readonly subject?: string;
}

/** A certificate with its key, and those above it as a server sends them: without a root. */
export interface OpensslCertificate extends TestCertificate {
  readonly pem: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface OcspWish {
  readonly certificate: OpensslCertificate;
  readonly issuer: OpensslCertificate;
  /** Who signs the response; the issuer when left out. */
  readonly responder?: OpensslCertificate;
  readonly says: 'good' | 'revoked' | 'unknown';
  /** The hash that the response names the certificate by; SHA-1 when left out, as responders do. */
  readonly idHash?: 'sha256';
}

export class OpensslWorkshop {
  readonly #dir: string;
  readonly #keys = new Map<KeyKind, string>();
  #count = 0;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  static async open(t: TestScope): Promise<OpensslWorkshop> {
    if (findTool('openssl') === null)
      throw new Error('openssl makes what these tests need: apt-get install openssl');
    return new OpensslWorkshop(await tempDir(t));
  }

  async make(wish: OpensslWish): Promise<OpensslCertificate> {
    const { signer, hash = 'sha256' } = wish;
    const keyFile = wish.sameKeyAs?.keyFile ?? (await this.#key(wish.key ?? 'p256', signer));
    const certFile = this.#path('pem');
    const config = this.#path('cnf');
    writeFileSync(config, `[req]\ndistinguished_name=dn\n[dn]\n[ext]\n${wish.extensions.join('\n')}\n`);
    await run('openssl', [
      ...['req', '-x509', '-new', '-key', keyFile, '-config', config, '-extensions', 'ext', `-${hash}`],
      ...['-subj', `/CN=${wish.subject ?? `openssl ${this.#count}`}`, '-days', '30', '-out', certFile],
      ...(signer === undefined ? [] : ['-CA', signer.certFile, '-CAkey', signer.keyFile]),
      ...(wish.padding === undefined ? [] : ['-sigopt', 'rsa_padding_mode:pss']),
    ]);
    const pem = readFileSync(certFile, 'utf8');
    const above = signer === undefined ? '' : signer.cert;
    const cert = signer === undefined ? '' : `${pem}${above}`;
    return { pem, cert, certFile, keyFile, key: readFileSync(keyFile, 'utf8') };
  }

  /** A certificate without extensions for a public key whose private one nobody needs, in PEM. */
  async certify(publicKeyPem: string, signer: OpensslCertificate): Promise<string> {
    const [keyFile, request, out] = [this.#path('pub'), this.#path('csr'), this.#path('pem')];
    writeFileSync(keyFile, publicKeyPem);
    await run('openssl', ['req', '-new', '-key', signer.keyFile, '-subj', '/CN=certified', '-out', request]);
    const by = ['-CA', signer.certFile, '-CAkey', signer.keyFile];
    await run('openssl', ['x509', '-req', '-in', request, '-force_pubkey', keyFile, ...by, '-out', out]);
    return readFileSync(out, 'utf8');
  }

  /** A certificate of another maker, to sign with. */
  adopt(made: { readonly cert: string; readonly key: string }): OpensslCertificate {
    const [certFile, keyFile] = [this.#path('pem'), this.#path('key')];
    writeFileSync(certFile, made.cert);
    writeFileSync(keyFile, made.key, { mode: 0o600 });
    return { pem: made.cert, cert: made.cert, key: made.key, certFile, keyFile };
  }

  /** An OCSP response in DER. */
  async staple(wish: OcspWish): Promise<Buffer> {
    const [index, out] = [this.#path('txt'), this.#path('der')];
    const { stdout } = await run('openssl', ['x509', '-in', wish.certificate.certFile, '-noout', '-serial']);
    const serial = stdout.trim().replace('serial=', '');
    const line = {
      good: `V\t491231235959Z\t\t${serial}\tunknown\t/CN=x\n`,
      revoked: `R\t491231235959Z\t260101000000Z\t${serial}\tunknown\t/CN=x\n`,
      unknown: '',
    }[wish.says];
    writeFileSync(index, line);
    const responder = wish.responder ?? wish.issuer;
    await run('openssl', [
      ...['ocsp', '-index', index, '-CA', wish.issuer.certFile, '-issuer', wish.issuer.certFile],
      ...(wish.idHash === undefined ? [] : [`-${wish.idHash}`]),
      ...['-cert', wish.certificate.certFile, '-rsigner', responder.certFile, '-rkey', responder.keyFile],
      ...['-respout', out, '-noverify', '-no_nonce', '-ndays', '7'],
    ]);
    return readFileSync(out);
  }

  // A self-signed certificate and those under it have keys of their own; leaves share one per kind.
  async #key(kind: KeyKind, signer: OpensslCertificate | undefined): Promise<string> {
    const shared = this.#keys.get(kind);
    if (shared !== undefined && signer !== undefined && signer.keyFile !== shared) return shared;
    const file = this.#path('key');
    const parameters = this.#path('params');
    writeFileSync(parameters, DSA_PARAMETERS);
    const { stdout } = await run('openssl', [
      ...KEY_KINDS[kind],
      ...(kind === 'dsa' ? ['-in', parameters] : []),
    ]);
    writeFileSync(file, stdout, { mode: 0o600 });
    if (signer !== undefined) this.#keys.set(kind, file);
    return file;
  }

  #path(ending: string): string {
    this.#count += 1;
    return join(this.#dir, `${this.#count}.${ending}`);
  }
}

/** DSA parameters of 2048 bits, as `openssl dsaparam 2048` made them once: it takes seconds. */
const DSA_PARAMETERS = [
  '-----BEGIN DSA PARAMETERS-----',
  'MIICKAKCAQEAviLcEAA4KZYtJJdQMMbT0MAm9A0+gwAJBRN7pL4H7qcdMDnrb1ve',
  'MxBTnZzmQzM41SbvjKh667r78gvOeUj7PN8jpJ0XF9BzK9ajDIl8oh6+5idrJ0nq',
  'IL4tOn31ZvveUFJFZJYnOhh/1SaP29YHgoJJGzMB3f9wcfv4uuSHno73HaGv+ZtS',
  '3KmpNmbW0hooUpwY1ZuAyU7L6eFGHhtv8VFwRqIz7uN+/3rLvmQtBFJpA6v9t5Hd',
  'PtgJCNFtlmVCAS211cjZO6+/SY6S3ERBeFRw85DYQ3+nOz8Fef00CVm7YDsTnJPn',
  'XfHz3JTcUFCwCCSTIJkkORls282qWJLQ8wIdAIvs8BrAZUOYEl8WXQmOLXpluw9Q',
  '3XLVKd7lbxcCggEAMi4ZX5t2XczUV4jRot5206+OPdGeCzSlU+RaR+Y25JQ+UOqP',
  'R91CYnqdR0Vsq3jM4bGQWiTxvxGCA+G8Iqgjl9BQ9fZI3xFZ5IrIF3QdYru7BUj6',
  'X+/Hjx59AewPFlnlLk8WSvy+3RKwHyA6li/Rh6arzW7UFF5oX8VNuo29CEIL/J6p',
  'CfQ7H678JtpvFFcHXhL4CTa9fgR+knAYG7V6W6peiglV1P048H6deduSidYM+Dtg',
  'pct5UAW/BMx5SYJ2B/42dD8llcUHs/neB9hO79uaiY6p8UTjezJhN/6p8Dxvd94H',
  'b8sEri5ePKREePfpxFyqomnbEnlyXhm4AC1X/A==',
  '-----END DSA PARAMETERS-----',
].join('\n');
