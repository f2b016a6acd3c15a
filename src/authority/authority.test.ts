// The authority's certificates before openssl, Python's strict checks and Node.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as tls from 'node:tls';
import {
  address,
  CA_EXTENSIONS,
  fails,
  host,
  openssl,
  opensslCa,
  readText,
  run,
  scratch,
  testClock,
  value,
} from '../../test/support/authority-parts.ts';
import {
  CLIENT,
  CRL_URL,
  type Opened,
  open,
  opened,
  sentChain,
  serve,
} from '../../test/support/served-authority.ts';
import type { Hostname } from '../core/base/hostname.ts';
import type { IpAddress } from '../core/base/ip-address.ts';
import { DAY_MS } from './_lifetimes.ts';
import { openAuthority } from './authority.ts';
import { createCa, importCa } from './ca-init.ts';

const LONG_HOST = `${'a'.repeat(63)}.${'b'.repeat(20)}.example.org`;

/** Writes leaf.pem and crl.pem beside the gate's ca.pem, and gives the leaf back. */
async function writeForOpenssl(
  t: TestContext,
  gate: Opened,
  name: Hostname | IpAddress,
): Promise<X509Certificate> {
  const [leaf] = await sentChain(await serve(t, gate, name), 'example.org');
  assert.ok(leaf);
  await writeFile(join(gate.dir, 'leaf.pem'), leaf.toString());
  await writeFile(join(gate.dir, 'crl.der'), await gate.authority.crl());
  await openssl(gate.dir, 'crl', '-inform', 'DER', '-in', 'crl.der', '-out', 'crl.pem');
  return leaf;
}

/** A client of Python's ssl module with every strict check, the revocation list included. */
const PYTHON_CLIENT = `
import socket, ssl, sys
port, name, ca, crl = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
context = ssl.create_default_context(cafile=ca)
context.load_verify_locations(cafile=crl)
context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_CRL_CHECK_LEAF
with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw, server_hostname=name) as secure:
    print(secure.version(), secure.getpeercert()["subjectAltName"])
`;

const HOSTS: readonly { readonly name: string; readonly host: Hostname | IpAddress; readonly san: RegExp }[] =
  [
    { name: 'a name', host: host('github.com'), san: /Alternative Name: *\n *DNS:github\.com\n/ },
    {
      name: 'a name beneath a permitted one',
      host: host('api.github.com'),
      san: /Alternative Name: *\n *DNS:api\.github\.com\n/,
    },
    {
      name: 'a name longer than a common name may be',
      host: host(LONG_HOST),
      san: new RegExp(`Alternative Name: critical\\n *DNS:${LONG_HOST}\\n`),
    },
    {
      name: 'IPv4',
      host: address('10.9.8.7'),
      san: /Alternative Name: critical\n *IP Address:10\.9\.8\.7\n/,
    },
    { name: 'IPv6', host: address('2001:db8::7'), san: /critical\n *IP Address:2001:DB8:0:0:0:0:0:7\n/ },
  ];

for (const row of HOSTS) {
  test(`R-14 leafFor() makes a leaf that strict clients accept for ${row.name}`, async (t) => {
    const gate = await opened(t);
    await writeForOpenssl(t, gate, row.host);
    const isAddress = row.host.includes(':') || /^[\d.]+$/.test(row.host);
    const verified = await openssl(
      gate.dir,
      ...['verify', '-x509_strict', '-crl_check', '-purpose', 'sslserver', '-auth_level', '2'],
      ...['-CAfile', 'ca.pem', '-CRLfile', 'crl.pem'],
      ...[isAddress ? '-verify_ip' : '-verify_hostname', row.host, 'leaf.pem'],
    );
    assert.match(verified, /^leaf\.pem: OK/);
    assert.match(await openssl(gate.dir, 'x509', '-in', 'leaf.pem', '-noout', '-text'), row.san);
    const port = await serve(t, gate, row.host);
    const files = [join(gate.dir, 'ca.pem'), join(gate.dir, 'crl.pem')];
    const python = await run('python3', ['-c', PYTHON_CLIENT, String(port), row.host, ...files]);
    assert.equal(python.status, 0, python.text);
    assert.match(python.text, /^TLSv1\.3 /);
    const servername = isAddress ? '' : row.host;
    const node = tls.connect({
      port,
      host: '127.0.0.1',
      servername,
      ca: gate.authority.caPem,
      checkServerIdentity: (_, peer) => tls.checkServerIdentity(row.host, peer),
    });
    t.after(() => node.destroy());
    await once(node, 'secureConnect');
    assert.ok(node.authorized);
  });
}

test('R-14 leafFor() makes a leaf with exactly the fields of its profile', async (t) => {
  const gate = await opened(t);
  const leaf = await writeForOpenssl(t, gate, host('github.com'));
  const text = await openssl(gate.dir, 'x509', '-in', 'leaf.pem', '-noout', '-text');
  const ca = new X509Certificate(gate.authority.caPem);
  const caText = await openssl(gate.dir, 'x509', '-in', 'ca.pem', '-noout', '-text');
  const ski = /Subject Key Identifier: *\n *([0-9A-F:]+)/.exec(caText)?.[1];
  assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.ok(!leaf.publicKey.equals(ca.publicKey));
  assert.equal(leaf.subjectAltName, 'DNS:github.com');
  assert.match(text, /Version: 3 /);
  assert.match(text, /Basic Constraints: critical\n *CA:FALSE\n/);
  assert.match(text, /Key Usage: critical\n *Digital Signature\n/);
  assert.match(text, /Extended Key Usage: *\n *TLS Web Server Authentication\n/);
  assert.match(text, new RegExp(`Authority Key Identifier: *\\n *(?:keyid:)?${ski}\\n`));
  assert.doesNotMatch(text, /Subject Key Identifier/);
  assert.match(
    text,
    /CRL Distribution Points: *\n(?: *\n)? *Full Name:\n *URI:http:\/\/gate\.example\.com:3128\/ca\.crl\n/,
  );
  assert.equal(text.match(/ X509v3 \w/g)?.length, 7);
});

test('R-14 leafFor() gives every leaf a positive random serial number of at least 64 bits', async (t) => {
  const gate = await opened(t);
  for (let at = 0; at < 40; at += 1)
    await gate.authority.leafFor(host(`h${at}.github.com`), 'content', CLIENT);
  const serials = gate.signed.map((leaf) => leaf.serial);
  assert.equal(new Set(serials).size, 40);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9a-f]{31}$/);
});

const LIVES: readonly { readonly name: string; readonly leafDays?: number; readonly days: number }[] = [
  { name: 'seven days unless said otherwise', days: 7 },
  { name: 'one day', leafDays: 1, days: 1 },
  { name: 'at most 47 days', leafDays: 47, days: 47 },
];
for (const row of LIVES) {
  test(`R-14 leafFor() makes a leaf for ${row.name}, and one day in the past`, async (t) => {
    const gate = await opened(t, row.leafDays === undefined ? {} : { leafDays: row.leafDays });
    const leaf = await writeForOpenssl(t, gate, host('github.com'));
    const now = gate.clock.now();
    assert.equal(leaf.validToDate.getTime(), Math.floor((now + row.days * DAY_MS) / 1000) * 1000);
    assert.equal(leaf.validFromDate.getTime(), Math.floor((now - DAY_MS) / 1000) * 1000);
    assert.ok(leaf.validToDate.getTime() - leaf.validFromDate.getTime() <= 200 * DAY_MS);
  });
}

const WRONG_OPTIONS: readonly {
  readonly name: string;
  readonly options: { crlUrl?: string; leafDays?: number };
}[] = [
  { name: 'a life of 48 days', options: { leafDays: 48 } },
  { name: 'a life of no day', options: { leafDays: 0 } },
  { name: 'a life of half a day', options: { leafDays: 0.5 } },
  { name: 'a revocation list over TLS', options: { crlUrl: 'https://gate.example.com/ca.crl' } },
  { name: 'a revocation list nowhere', options: { crlUrl: '' } },
  { name: 'a line break in the address', options: { crlUrl: 'http://gate/\nca.crl' } },
];
for (const row of WRONG_OPTIONS) {
  test(`R-14 openAuthority() refuses ${row.name}`, async (t) => {
    const { dir, clock } = await opened(t);
    const options = { crlUrl: CRL_URL, ...row.options };
    assert.equal(fails(await openAuthority({ dir, clock, options })), 'ca-options');
  });
}

test('R-14 leafFor() never makes a leaf that outlives its CA, and none when the CA is over', async (t) => {
  const dir = await scratch(t);
  const clock = testClock();
  value(await createCa({ dir, permit: ['github.com'], days: 3, clock }));
  const gate = await open(dir, clock);
  const leaf = await writeForOpenssl(t, gate, host('github.com'));
  assert.equal(leaf.validToDate.getTime(), new X509Certificate(gate.authority.caPem).validToDate.getTime());
  clock.advance(4 * DAY_MS);
  assert.equal(fails(await gate.authority.leafFor(host('a.github.com'), 'content', CLIENT)), 'leaf-failed');
  assert.equal(fails(await openAuthority({ dir, clock, options: { crlUrl: CRL_URL } })), 'ca-expired');
});

test('R-14 leafFor() never makes a leaf that outlives a CA above its own', async (t) => {
  const made = await scratch(t);
  const above = ['basicConstraints=critical,CA:TRUE', ...CA_EXTENSIONS.slice(1, 3)];
  await opensslCa(made, 'root', { extensions: above, life: ['-days', '2'] });
  await opensslCa(made, 'sub', { issuer: 'root' });
  const dir = join(made, 'store');
  const clock = testClock();
  const certificatePem = (await readText(made, 'sub.pem')) + (await readText(made, 'root.pem'));
  value(await importCa({ dir, certificatePem, keyPem: await readText(made, 'sub.key'), clock }));
  const gate = await open(dir, clock);
  const leaf = await writeForOpenssl(t, gate, host('www.example.org'));
  const root = new X509Certificate(await readText(made, 'root.pem'));
  assert.equal(leaf.validToDate.getTime(), root.validToDate.getTime());
});

test('R-14 leafFor() repeats the stored key identifier of an imported CA, and sends its whole chain', async (t) => {
  const made = await scratch(t);
  await opensslCa(made, 'root', {
    extensions: [
      'basicConstraints=critical,CA:TRUE',
      'keyUsage=critical,keyCertSign,cRLSign',
      'subjectKeyIdentifier=hash',
    ],
  });
  await opensslCa(made, 'sub', {
    issuer: 'root',
    extensions: [
      ...CA_EXTENSIONS.filter((line) => !line.startsWith('subjectKey')),
      'subjectKeyIdentifier=0102030405',
      'authorityKeyIdentifier=keyid',
    ],
  });
  const dir = join(made, 'store');
  const clock = testClock();
  const certificatePem = (await readText(made, 'sub.pem')) + (await readText(made, 'root.pem'));
  value(await importCa({ dir, certificatePem, keyPem: await readText(made, 'sub.key'), clock }));
  const gate = await open(dir, clock);
  await writeForOpenssl(t, gate, host('www.example.org'));
  const text = await openssl(dir, 'x509', '-in', 'leaf.pem', '-noout', '-text');
  assert.match(text, /Authority Key Identifier: *\n *(?:keyid:)?01:02:03:04:05\n/);
  const chain = await sentChain(await serve(t, gate, host('www.example.org')), 'www.example.org');
  assert.deepEqual(
    chain.map((one) => one.subject),
    ['CN=www.example.org', 'O=Example Corp\nCN=sub', 'O=Example Corp\nCN=root'],
  );
  const args = ['verify', '-x509_strict', '-crl_check', '-CRLfile', 'crl.pem', '-untrusted', 'ca.pem'];
  assert.match(await openssl(dir, ...args, '-CAfile', '../root.pem', 'leaf.pem'), /^leaf\.pem: OK/);
});

const ODD_CAS: readonly {
  readonly name: string;
  readonly extensions: readonly string[];
  readonly strict: boolean;
  readonly expect: RegExp;
  readonly key?: readonly string[];
  readonly digest?: string;
}[] = [
  {
    name: 'without a key identifier is pointed to by issuer and serial',
    extensions: [
      ...CA_EXTENSIONS.filter((line) => !line.startsWith('subjectKey')),
      'subjectKeyIdentifier=none',
    ],
    strict: false,
    expect: /Authority Key Identifier: *\n *DirName:.*\n *serial:/,
  },
  {
    name: 'with permitted directories gets leaves with an empty subject',
    extensions: [
      ...CA_EXTENSIONS.slice(0, 3),
      'nameConstraints=critical,permitted;DNS:example.org,permitted;dirName:dir',
      '[dir]',
      'O=Example Corp',
    ],
    strict: true,
    expect: /Subject: *\n[\s\S]*Alternative Name: critical/,
  },
  {
    name: 'with an RSA key signs',
    extensions: CA_EXTENSIONS,
    strict: true,
    key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
    expect: /Signature Algorithm: sha256WithRSAEncryption/,
  },
  {
    name: 'with a P-384 key signs',
    extensions: CA_EXTENSIONS,
    strict: true,
    key: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
    expect: /Signature Algorithm: ecdsa-with-SHA384/,
  },
];
for (const row of ODD_CAS) {
  test(`R-14 leafFor() makes leaves that openssl accepts: a CA ${row.name}`, async (t) => {
    const made = await scratch(t);
    await opensslCa(made, 'odd', row);
    const dir = join(made, 'store');
    const clock = testClock();
    const [certificatePem, keyPem] = [await readText(made, 'odd.pem'), await readText(made, 'odd.key')];
    value(await importCa({ dir, certificatePem, keyPem, clock }));
    await writeForOpenssl(t, await open(dir, clock), host('www.example.org'));
    const strict = row.strict ? ['-x509_strict'] : [];
    const args = ['verify', ...strict, '-crl_check', '-CRLfile', 'crl.pem', '-CAfile', 'ca.pem'];
    assert.match(await openssl(dir, ...args, 'leaf.pem'), /^leaf\.pem: OK/);
    assert.match(await openssl(dir, 'x509', '-in', 'leaf.pem', '-noout', '-text'), row.expect);
  });
}

const FORBIDDEN: readonly (Hostname | IpAddress)[] = [
  host('gitlab.com'),
  host('notgithub.com'),
  host('com'),
  address('10.8.0.1'),
  address('2001:db9::1'),
];
for (const name of FORBIDDEN) {
  test(`R-16 leafFor() refuses ${name}, which the CA may not sign for`, async (t) => {
    const gate = await opened(t);
    assert.ok(!gate.authority.permits(name));
    assert.equal(fails(await gate.authority.leafFor(name, 'content', CLIENT)), 'leaf-not-permitted');
    assert.deepEqual(gate.signed, []);
  });
}

test('R-16 every leaf is reported before it is used, and is not used when the report fails', async (t) => {
  const gate = await opened(t);
  const leaf = await writeForOpenssl(t, gate, host('github.com'));
  assert.deepEqual(gate.signed, [
    {
      host: 'github.com',
      purpose: 'content',
      serial: leaf.serialNumber.toLowerCase(),
      notAfter: leaf.validToDate.toISOString(),
      issuer: new X509Certificate(gate.authority.caPem).fingerprint256.replaceAll(':', '').toLowerCase(),
    },
  ]);
  const onSigned = (): void => {
    throw new Error('the disk is full');
  };
  const deaf = await open(gate.dir, gate.clock, { onSigned });
  assert.equal(fails(await deaf.authority.leafFor(host('github.com'), 'content', CLIENT)), 'leaf-failed');
});

test('R-16 nothing that an Authority shows has a private key in it', async (t) => {
  const { authority } = await opened(t);
  assert.doesNotMatch(authority.caPem, /PRIVATE/);
  assert.deepEqual(Object.keys(authority), []);
  assert.deepEqual(authority.signingPems, [new X509Certificate(authority.caPem).toString()]);
});
