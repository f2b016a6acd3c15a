// Making a CA: its certificate, its files, and what is never overwritten.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  fails,
  openssl,
  readText,
  run,
  scratch,
  testClock,
  value,
} from '../../test/support/authority-parts.ts';
import { DAY_MS } from './_lifetimes.ts';
import { openAuthority } from './authority.ts';
import { createCa, importCa } from './ca-init.ts';

const PERMIT = ['github.com', '*.githubcopilot.com', 'copilot-*.b01.azurefd.net'];
const OPTIONS = { crlUrl: 'http://127.0.0.1:3128/ca.crl' };

test('R-16 createCa() makes a CA with exactly the fields of its profile', async (t) => {
  const dir = join(await scratch(t), 'new', 'ca');
  const clock = testClock();
  const { facts, warnings } = value(await createCa({ dir, permit: PERMIT, clock }));
  assert.deepEqual(warnings, []);
  const text = await openssl(dir, 'x509', '-in', 'ca.pem', '-noout', '-text');
  assert.match(text, /Basic Constraints: critical\n *CA:TRUE, pathlen:0\n/);
  assert.match(text, /Key Usage: critical\n *Certificate Sign, CRL Sign\n/);
  assert.match(text, /Extended Key Usage: *\n *TLS Web Server Authentication\n/);
  assert.match(text, /Name Constraints: critical\n *Permitted:\n/);
  assert.match(text, /ASN1 OID: prime256v1/);
  assert.match(facts.current.subject, /^CN=Gatewright CA [0-9a-f]{8}$/);
  assert.deepEqual(facts.current.permitted, ['github.com', 'githubcopilot.com', 'b01.azurefd.net']);
  assert.deepEqual(facts.current.excluded, ['0.0.0.0/0', '::/0']);
  assert.equal(Date.parse(facts.current.notAfter), Math.floor((clock.now() + 730 * DAY_MS) / 1000) * 1000);
  assert.match(await openssl(dir, 'verify', '-x509_strict', '-CAfile', 'ca.pem', 'ca.pem'), /ca\.pem: OK/);
});

test('R-16 createCa() makes a CA that openssl holds to its names', async (t) => {
  const dir = await scratch(t);
  value(await createCa({ dir, permit: PERMIT, clock: testClock() }));
  const verdicts: [string, boolean][] = [];
  for (const name of ['DNS:github.com', 'DNS:x.github.com', 'DNS:gitlab.com', 'IP:10.0.0.1', 'IP:::1']) {
    const config = `[req]\ndistinguished_name=dn\n[dn]\n[leaf]\nsubjectAltName=${name}\n`;
    await writeFile(join(dir, 'leaf.cnf'), config);
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'l.key'];
    await openssl(dir, 'req', '-new', ...curve, '-subj', '/O=x', '-config', 'leaf.cnf', '-out', 'l.csr');
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1'];
    const made = ['-extfile', 'leaf.cnf', '-extensions', 'leaf', '-out', 'l.pem'];
    await openssl(dir, 'x509', '-req', '-in', 'l.csr', ...signing, ...made);
    verdicts.push([
      name,
      (await run('openssl', ['verify', '-CAfile', 'ca.pem', 'l.pem'], { cwd: dir })).status === 0,
    ]);
  }
  assert.deepEqual(verdicts, [
    ['DNS:github.com', true],
    ['DNS:x.github.com', true],
    ['DNS:gitlab.com', false],
    ['IP:10.0.0.1', false],
    ['IP:::1', false],
  ]);
});

test('R-16 createCa() makes a key, a name and a serial number of its own each time', async (t) => {
  const top = await scratch(t);
  const clock = testClock();
  const made = [];
  for (const name of ['a', 'b']) {
    const dir = join(top, name);
    value(await createCa({ dir, permit: PERMIT, commonName: 'Example GitHub gate', clock }));
    made.push(new X509Certificate(await readText(dir, 'ca.pem')));
  }
  const [first, second] = made;
  assert.ok(first && second);
  assert.match(first.subject ?? '', /^CN=Example GitHub gate [0-9a-f]{8}$/);
  assert.notEqual(first.subject, second.subject);
  assert.notEqual(first.serialNumber, second.serialNumber);
  assert.ok(!first.publicKey.equals(second.publicKey));
});

test('R-16 createCa() keeps the key to its owner and the certificate to all, whatever the umask', async (t) => {
  const dir = join(await scratch(t), 'ca');
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  value(await createCa({ dir, permit: PERMIT, clock: testClock() }));
  const modes = await Promise.all(
    ['.', 'ca.key', 'ca.pem'].map(async (name) => (await stat(join(dir, name))).mode & 0o777),
  );
  assert.deepEqual(modes, [0o700, 0o600, 0o644]);
  assert.deepEqual((await readdir(dir)).sort(), ['ca.key', 'ca.pem']);
});

test('R-16 createCa() and importCa() never touch a CA that is there', async (t) => {
  const dir = await scratch(t);
  const clock = testClock();
  value(await createCa({ dir, permit: PERMIT, clock }));
  const before = [await readText(dir, 'ca.key'), await readText(dir, 'ca.pem')];
  const [keyPem = '', certificatePem = ''] = before;
  assert.equal(fails(await createCa({ dir, permit: PERMIT, clock })), 'ca-exists');
  assert.equal(fails(await importCa({ dir, keyPem, certificatePem, clock })), 'ca-exists');
  assert.deepEqual([await readText(dir, 'ca.key'), await readText(dir, 'ca.pem')], before);
});

test('R-16 of ten createCa() at once one makes the CA, and it opens', async (t) => {
  const dir = await scratch(t);
  const clock = testClock();
  const made = await Promise.all(Array.from({ length: 10 }, () => createCa({ dir, permit: PERMIT, clock })));
  assert.deepEqual(
    made.filter((one) => !one.ok).map(fails),
    Array.from({ length: 9 }, () => 'ca-exists'),
  );
  value(await openAuthority({ dir, clock, options: OPTIONS }));
  assert.deepEqual((await readdir(dir)).sort(), ['ca.key', 'ca.pem']);
});

test('R-16 createCa() goes on with the key of an attempt that was killed before its certificate', async (t) => {
  const dir = await scratch(t);
  const clock = testClock();
  value(await createCa({ dir, permit: PERMIT, clock }));
  const key = await readText(dir, 'ca.key');
  await rm(join(dir, 'ca.pem'));
  await writeFile(join(dir, '.ca.pem.0123456789ab.tmp'), '-----BEGIN CERT');
  assert.equal(fails(await openAuthority({ dir, clock, options: OPTIONS })), 'ca-missing');
  value(await createCa({ dir, permit: PERMIT, clock }));
  assert.equal(await readText(dir, 'ca.key'), key);
  value(await openAuthority({ dir, clock, options: OPTIONS }));
});

test('R-16 importCa() does not replace the key of an attempt that was killed before its certificate', async (t) => {
  const top = await scratch(t);
  const clock = testClock();
  const [dir, other] = [join(top, 'a'), join(top, 'b')];
  value(await createCa({ dir, permit: PERMIT, clock }));
  value(await createCa({ dir: other, permit: PERMIT, clock }));
  const own = { certificatePem: await readText(dir, 'ca.pem'), keyPem: await readText(dir, 'ca.key') };
  const foreign = {
    certificatePem: await readText(other, 'ca.pem'),
    keyPem: await readText(other, 'ca.key'),
  };
  await rm(join(dir, 'ca.pem'));
  assert.equal(fails(await importCa({ dir, clock, ...foreign })), 'ca-exists');
  value(await importCa({ dir, clock, ...own }));
});

const WRONG: readonly {
  readonly name: string;
  readonly wanted: { permit?: readonly string[]; days?: number; commonName?: string };
}[] = [
  { name: 'nothing to sign for', wanted: { permit: [] } },
  { name: 'a public suffix', wanted: { permit: ['*.com'] } },
  { name: 'no life', wanted: { days: 0 } },
  { name: 'a life of a century', wanted: { days: 36_500 } },
  { name: 'an empty name', wanted: { commonName: '' } },
  { name: 'a name with a line break', wanted: { commonName: 'a\nb' } },
  { name: 'a name too long for a common name', wanted: { commonName: 'a'.repeat(51) } },
];
for (const row of WRONG) {
  test(`createCa() refuses ${row.name}, and leaves nothing behind`, async (t) => {
    const dir = await scratch(t);
    assert.equal(
      fails(await createCa({ dir, permit: PERMIT, clock: testClock(), ...row.wanted })),
      'ca-options',
    );
    assert.deepEqual(await readdir(dir), []);
  });
}

test('createCa() says so when it cannot write', async (t) => {
  const dir = await scratch(t);
  await writeFile(join(dir, 'file'), '');
  const clock = testClock();
  assert.equal(
    fails(await createCa({ dir: join(dir, 'file', 'ca'), permit: PERMIT, clock })),
    'ca-unwritable',
  );
});

interface Damage {
  readonly name: string;
  readonly code: string;
  readonly harm: (dir: string) => Promise<unknown>;
}

const DAMAGES: readonly Damage[] = [
  {
    name: 'a key that the group may read',
    code: 'ca-mode',
    harm: (dir) => chmod(join(dir, 'ca.key'), 0o640),
  },
  { name: 'a key that all may read', code: 'ca-mode', harm: (dir) => chmod(join(dir, 'ca.key'), 0o604) },
  { name: 'a directory that others may write to', code: 'ca-mode', harm: (dir) => chmod(dir, 0o777) },
  { name: 'a missing key', code: 'ca-missing', harm: (dir) => rm(join(dir, 'ca.key')) },
  { name: 'a missing certificate', code: 'ca-missing', harm: (dir) => rm(join(dir, 'ca.pem')) },
  { name: 'a key that is none', code: 'ca-malformed', harm: (dir) => writeFile(join(dir, 'ca.key'), 'x') },
  {
    name: 'a certificate that is none',
    code: 'ca-malformed',
    harm: (dir) => writeFile(join(dir, 'ca.pem'), 'x'),
  },
  {
    name: 'a key of another CA',
    code: 'ca-malformed',
    harm: async (dir) => {
      const other = join(dir, 'other');
      value(await createCa({ dir: other, permit: PERMIT, clock: testClock() }));
      await writeFile(join(dir, 'ca.key'), await readText(other, 'ca.key'));
    },
  },
  {
    name: 'a directory in the place of the key',
    code: 'ca-mode',
    harm: async (dir) => {
      await rm(join(dir, 'ca.key'));
      await mkdir(join(dir, 'ca.key'), { mode: 0o755 });
    },
  },
];
for (const row of DAMAGES) {
  test(`R-16 openAuthority() refuses ${row.name}`, async (t) => {
    const dir = await scratch(t);
    const clock = testClock();
    value(await createCa({ dir, permit: PERMIT, clock }));
    await row.harm(dir);
    assert.equal(fails(await openAuthority({ dir, clock, options: OPTIONS })), row.code);
  });
}
