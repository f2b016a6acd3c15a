// Importing a company's own CA: what is taken, what is refused, what is warned of. The CAs are made with openssl.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  CA_EXTENSIONS,
  fails,
  type OpensslCa,
  openssl,
  opensslCa,
  readText,
  scratch,
  testClock,
  value,
} from '../../test/support/authority-parts.ts';
import { DAY_MS } from './_lifetimes.ts';
import { openAuthority } from './authority.ts';
import { importCa } from './ca-init.ts';
import type { LintCode } from './fault.ts';

const ROOT: OpensslCa = {
  extensions: [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=critical,keyCertSign,cRLSign',
    'subjectKeyIdentifier=hash',
  ],
};

/** CA_EXTENSIONS with some lines replaced, by the word they begin with. */
function extensions(...lines: readonly string[]): readonly string[] {
  const kind = (line: string): string => line.split('=')[0] ?? '';
  const replaced = new Set(lines.map(kind));
  return [...CA_EXTENSIONS.filter((line) => !replaced.has(kind(line))), ...lines];
}

interface Row {
  readonly name: string;
  /** CAs made with openssl before, by name; a later one may be signed by an earlier one. */
  readonly made: Readonly<Record<string, OpensslCa>>;
  /** Names whose certificates are given, in this order; default all that were made, last first. */
  readonly given?: readonly string[];
  /** Whose key is given; default the last that was made. */
  readonly key?: string;
  readonly findings: readonly LintCode[];
  /** Days that the gate's clock is ahead. */
  readonly laterDays?: number;
}

const RSA = (bits: number): readonly string[] => ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`];

const REFUSED: readonly Row[] = [
  {
    name: 'a certificate that is no CA',
    made: { a: { extensions: extensions('basicConstraints=CA:FALSE') } },
    findings: ['not-a-ca', 'path-unlimited'],
  },
  {
    name: 'a certificate without basicConstraints',
    made: { a: { extensions: ['subjectKeyIdentifier=hash'] } },
    findings: ['not-a-ca', 'path-unlimited', 'no-key-usage', 'unconstrained'],
  },
  {
    name: 'a CA without keyCertSign',
    made: { a: { extensions: extensions('keyUsage=cRLSign') } },
    findings: ['no-cert-sign'],
  },
  {
    name: 'a CA without cRLSign',
    made: { a: { extensions: extensions('keyUsage=keyCertSign') } },
    findings: ['no-crl-sign'],
  },
  {
    name: 'a CA for mail',
    made: { a: { extensions: extensions('extendedKeyUsage=emailProtection') } },
    findings: ['usage-not-server'],
  },
  { name: 'a CA that expired', made: { a: {} }, laterDays: 301, findings: ['expired'] },
  { name: 'a CA that is not valid yet', made: { a: {} }, laterDays: -2, findings: ['not-yet-valid'] },
  {
    name: "a CA with another one's key",
    made: { a: {}, b: {} },
    given: ['a'],
    key: 'b',
    findings: ['key-differs'],
  },
  { name: 'an Ed25519 CA', made: { a: { key: ['-algorithm', 'ED25519'] } }, findings: ['key-kind'] },
  {
    name: 'a CA on secp256k1',
    made: { a: { key: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1'] } },
    findings: ['key-kind'],
  },
  { name: 'an RSA key of 1024 bits', made: { a: { key: RSA(1024) } }, findings: ['key-size'] },
  {
    name: 'a CA that was signed with SHA-1',
    made: { root: ROOT, a: { issuer: 'root', digest: '-sha1' } },
    findings: ['signature-weak'],
  },
  {
    name: 'a CA beneath one that allows none',
    made: {
      root: { extensions: extensions('basicConstraints=critical,CA:TRUE,pathlen:0') },
      a: { issuer: 'root' },
    },
    findings: ['path-too-short'],
  },
  {
    name: 'a stranger in the chain',
    made: { root: ROOT, other: ROOT, a: { issuer: 'root' } },
    findings: ['chain-broken'],
  },
  {
    name: 'a chain whose root expired',
    made: { root: { ...ROOT, life: ['-days', '2'] }, a: { issuer: 'root' } },
    laterDays: 3,
    findings: ['expired'],
  },
  {
    name: 'several things at once, refusals first',
    made: {
      a: {
        extensions: ['basicConstraints=CA:TRUE', 'keyUsage=digitalSignature', 'subjectKeyIdentifier=none'],
      },
    },
    findings: ['no-cert-sign', 'no-crl-sign', 'path-unlimited', 'no-subject-key-id', 'unconstrained'],
  },
];

const TAKEN: readonly Row[] = [
  { name: 'a CA as it should be', made: { a: {} }, findings: [] },
  { name: 'a CA with its root', made: { root: ROOT, a: { issuer: 'root' } }, findings: [] },
  {
    name: 'a CA with its root above it',
    made: { root: ROOT, a: { issuer: 'root' } },
    given: ['root', 'a'],
    findings: ['chain-order'],
  },
  { name: 'a CA without its root', made: { root: ROOT, a: { issuer: 'root' } }, given: ['a'], findings: [] },
  {
    name: 'a CA for servers only',
    made: { a: { extensions: extensions('extendedKeyUsage=serverAuth') } },
    findings: [],
  },
  {
    name: 'a CA for every name',
    made: { a: { extensions: CA_EXTENSIONS.slice(0, 3) } },
    findings: ['unconstrained'],
  },
  {
    name: 'a CA that may make CAs',
    made: { a: { extensions: extensions('basicConstraints=critical,CA:TRUE') } },
    findings: ['path-unlimited'],
  },
  {
    name: 'a CA without keyUsage',
    made: { a: { extensions: CA_EXTENSIONS.filter((line) => !line.startsWith('keyUsage')) } },
    findings: ['no-key-usage'],
  },
  {
    name: 'a CA without a key identifier',
    made: { a: { extensions: extensions('subjectKeyIdentifier=none') } },
    findings: ['no-subject-key-id'],
  },
  {
    name: 'a root that is signed with SHA-1',
    made: { a: { key: RSA(2048), digest: '-sha1' } },
    findings: ['signature-weak'],
  },
  { name: 'a CA that ends this month', made: { a: {} }, laterDays: 280, findings: ['expires-soon'] },
];

async function attempt(
  t: TestContext,
  row: Row,
): Promise<{ dir: string; done: Awaited<ReturnType<typeof importCa>> }> {
  const top = await scratch(t);
  for (const [name, ca] of Object.entries(row.made)) await opensslCa(top, name, ca);
  const names = Object.keys(row.made).reverse();
  const pems = await Promise.all((row.given ?? names).map((name) => readText(top, `${name}.pem`)));
  const keyPem = await readText(top, `${row.key ?? names[0]}.key`);
  const dir = join(top, 'store');
  const clock = testClock(Date.now() + (row.laterDays ?? 0) * DAY_MS);
  return { dir, done: await importCa({ dir, certificatePem: pems.join(''), keyPem, clock }) };
}

for (const row of REFUSED) {
  test(`R-16 importCa() refuses ${row.name}`, async (t) => {
    const { dir, done } = await attempt(t, row);
    assert.equal(fails(done), 'ca-lint');
    assert.deepEqual(done.ok ? [] : done.error.findings.map((one) => one.code), row.findings);
    assert.deepEqual(await readdir(dir), []);
  });
}

for (const row of TAKEN) {
  test(`R-16 importCa() takes ${row.name}${row.findings.length > 0 ? `, and warns: ${row.findings}` : ''}`, async (t) => {
    const { dir, done } = await attempt(t, row);
    const { facts, warnings } = value(done);
    assert.deepEqual(
      warnings.map((one) => [one.code, one.level]),
      row.findings.map((code) => [code, 'warn']),
    );
    assert.equal(facts.current.subject, 'O=Example Corp, CN=a');
    const clock = testClock(Date.now() + (row.laterDays ?? 0) * DAY_MS);
    value(await openAuthority({ dir, clock, options: { crlUrl: 'http://127.0.0.1/ca.crl' } }));
  });
}

const PASSPHRASES: readonly {
  readonly name: string;
  readonly passphrase?: string;
  readonly code: string | null;
}[] = [
  { name: 'its passphrase', passphrase: 'a long secret', code: null },
  { name: 'a wrong passphrase', passphrase: 'another', code: 'ca-malformed' },
  { name: 'no passphrase', code: 'ca-malformed' },
];
for (const row of PASSPHRASES) {
  test(`importCa() ${row.code === null ? 'opens' : 'refuses'} an encrypted key with ${row.name}`, async (t) => {
    const dir = await scratch(t);
    await opensslCa(dir, 'a');
    await openssl(dir, 'pkcs8', '-topk8', '-in', 'a.key', '-passout', 'pass:a long secret', '-out', 'e.key');
    const [certificatePem, keyPem] = [await readText(dir, 'a.pem'), await readText(dir, 'e.key')];
    const passphrase = row.passphrase === undefined ? {} : { passphrase: row.passphrase };
    const done = await importCa({
      dir: join(dir, 's'),
      clock: testClock(),
      certificatePem,
      keyPem,
      ...passphrase,
    });
    assert.equal(done.ok ? null : fails(done), row.code);
    if (done.ok) assert.doesNotMatch(await readText(join(dir, 's'), 'ca.key'), /ENCRYPTED/);
  });
}

const UNREADABLE: readonly {
  readonly name: string;
  readonly certificatePem?: string;
  readonly keyPem?: string;
}[] = [
  { name: 'no certificate', certificatePem: '' },
  {
    name: 'a broken certificate',
    certificatePem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  },
  { name: 'no key', keyPem: '' },
  { name: 'a broken key', keyPem: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' },
];
for (const row of UNREADABLE) {
  test(`importCa() refuses ${row.name}`, async (t) => {
    const dir = await scratch(t);
    await opensslCa(dir, 'a');
    const good = { certificatePem: await readText(dir, 'a.pem'), keyPem: await readText(dir, 'a.key') };
    const done = await importCa({ dir: join(dir, 's'), clock: testClock(), ...good, ...row });
    assert.equal(fails(done), 'ca-malformed');
  });
}
