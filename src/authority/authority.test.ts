// The authority as clients meet it: its certificates before openssl, Python's strict checks and Node.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import * as tls from 'node:tls';
import type { Hostname } from '../core/base/hostname.ts';
import type { IpAddress } from '../core/base/ip-address.ts';
import { address, host, openssl, run, scratch, type TestClock, testClock, value } from './_support.ts';
import { type Authority, type AuthorityOptions, openAuthority } from './authority.ts';
import { createCa } from './ca-init.ts';
import type { SignedLeaf } from './signed-leaf.ts';

const CRL_URL = 'http://gate.example.com:3128/ca.crl';
const CLIENT = address('10.1.2.3');
const LONG_HOST = `${'a'.repeat(63)}.${'b'.repeat(20)}.example.org`;

interface Opened {
  readonly dir: string;
  readonly clock: TestClock;
  readonly authority: Authority;
  readonly signed: SignedLeaf[];
}

async function opened(t: TestContext, options: Partial<AuthorityOptions> = {}): Promise<Opened> {
  const dir = await scratch(t);
  const clock = testClock();
  value(
    await createCa({ dir, permit: ['github.com', '*.example.org', '10.9.0.0/16', '2001:db8::/32'], clock }),
  );
  return open(dir, clock, options);
}

async function open(dir: string, clock: TestClock, options: Partial<AuthorityOptions> = {}): Promise<Opened> {
  const signed: SignedLeaf[] = [];
  const onSigned = (leaf: SignedLeaf): void => {
    signed.push(leaf);
  };
  const authority = value(
    await openAuthority({ dir, clock, options: { crlUrl: CRL_URL, onSigned, ...options } }),
  );
  return { dir, clock, authority, signed };
}

/** A TLS server on the gate's context for one host, as the gateway runs it: a socket per connection. */
async function serve(
  t: TestContext,
  { authority }: Pick<Opened, 'authority'>,
  name: Hostname | IpAddress,
): Promise<number> {
  const context = value(await authority.leafFor(name, 'content', CLIENT));
  return serveContext(t, context);
}

async function serveContext(t: TestContext, secureContext: tls.SecureContext): Promise<number> {
  const server: Server = createServer((raw) => {
    const secure = new tls.TLSSocket(raw, { isServer: true, secureContext });
    raw.on('error', () => undefined);
    secure.on('error', () => undefined);
    secure.on('data', (data) => secure.end(data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const bound = server.address();
  assert.ok(bound !== null && typeof bound === 'object');
  return bound.port;
}

/** The chain that a server sends, leaf first. */
async function sentChain(port: number, servername: string): Promise<readonly X509Certificate[]> {
  const { text } = await run('openssl', [
    ...['s_client', '-connect', `127.0.0.1:${port}`, '-servername', servername, '-showcerts'],
  ]);
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** Writes leaf.pem, ca.crt and ca.crl (as PEM) for the openssl program. */
async function writeForOpenssl(
  t: TestContext,
  gate: Opened,
  name: Hostname | IpAddress,
): Promise<X509Certificate> {
  const port = await serve(t, gate, name);
  const [leaf] = await sentChain(port, 'example.org');
  assert.ok(leaf);
  await writeFile(join(gate.dir, 'leaf.pem'), leaf.toString());
  await writeFile(join(gate.dir, 'crl.der'), await gate.authority.crl());
  await openssl(gate.dir, 'crl', '-inform', 'DER', '-in', 'crl.der', '-out', 'crl.pem');
  return leaf;
}

const HOSTS: readonly { readonly name: string; readonly host: Hostname | IpAddress; readonly san: RegExp }[] =
  [
    { name: 'a name', host: host('github.com'), san: /Alternative Name: *\n *DNS:github\.com\n/ },
    {
      name: 'a name beneath',
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
  test(`R-14 leafFor() makes a leaf that openssl accepts strictly, with its revocation list, for ${row.name}`, async (t) => {
    const gate = await opened(t);
    await writeForOpenssl(t, gate, row.host);
    const which = row.host.includes(':') || /^[\d.]+$/.test(row.host) ? '-verify_ip' : '-verify_hostname';
    const verified = await openssl(
      gate.dir,
      ...['verify', '-x509_strict', '-crl_check', '-purpose', 'sslserver', '-verify_depth', '0'],
      ...['-CAfile', 'ca.pem', '-CRLfile', 'crl.pem', which, row.host, 'leaf.pem'],
    );
    assert.match(verified, /^leaf\.pem: OK/);
    const text = await openssl(gate.dir, 'x509', '-in', 'leaf.pem', '-noout', '-text');
    assert.match(text, row.san);
  });
}
