// An authority and a server certificate for the upstream of the benchmark, as PEM files.
// Must not know who serves or trusts them.
import 'reflect-metadata';
import { KeyObject, type webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** Files in PEM. */
export interface CertificateFiles {
  readonly ca: string;
  readonly caKey: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes both; the leaf is for the names, for a day. Keys are P-256, the fastest that all proxies take. */
export async function writeCertificates(dir: string, names: readonly string[]): Promise<CertificateFiles> {
  const validity = {
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 86_400_000),
  };
  const caKeys = await newKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: '01',
    name: 'CN=Benchmark Root',
    keys: caKeys,
    signingAlgorithm: SIGNING,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const keys = await newKeys();
  const leaf = await X509CertificateGenerator.create({
    ...validity,
    serialNumber: '02',
    subject: `CN=${names[0] ?? ''}`,
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))],
  });
  const write = (file: string, text: string): string => {
    const path = join(dir, file);
    writeFileSync(path, `${text.trimEnd()}\n`);
    return path;
  };
  return {
    ca: write('root.pem', root.toString('pem')),
    caKey: write('root.key', pem(caKeys.privateKey)),
    cert: write('origin.pem', leaf.toString('pem')),
    key: write('origin.key', pem(keys.privateKey)),
  };
}

const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
}

function pem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
