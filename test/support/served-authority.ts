// A gate's authority in a test: opened on a fresh CA, and served by TLS sockets as the gateway does it.
// Must not be imported by anything but tests.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';
import { type Authority, type AuthorityOptions, openAuthority } from '../../src/authority/authority.ts';
import { createCa } from '../../src/authority/ca-init.ts';
import type { SignedLeaf } from '../../src/authority/signed-leaf.ts';
import type { Hostname } from '../../src/core/base/hostname.ts';
import type { IpAddress } from '../../src/core/base/ip-address.ts';
import { address, run, scratch, type TestClock, testClock, value } from './authority-parts.ts';

export const CRL_URL: string = 'http://gate.example.com:3128/ca.crl';
export const CLIENT: IpAddress = address('10.1.2.3');

export interface Opened {
  readonly dir: string;
  readonly clock: TestClock;
  readonly authority: Authority;
  readonly signed: SignedLeaf[];
}

/** Opens a new CA that may sign for github.com, example.org, 10.9.0.0/16 and 2001:db8::/32. */
export async function opened(t: TestContext, options: Partial<AuthorityOptions> = {}): Promise<Opened> {
  const dir = await scratch(t);
  const clock = testClock();
  value(
    await createCa({ dir, permit: ['github.com', '*.example.org', '10.9.0.0/16', '2001:db8::/32'], clock }),
  );
  return open(dir, clock, options);
}

/** Opens the CA that stands in `dir`. */
export async function open(
  dir: string,
  clock: TestClock,
  options: Partial<AuthorityOptions> = {},
): Promise<Opened> {
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
export async function serve(
  t: TestContext,
  { authority }: Pick<Opened, 'authority'>,
  name: Hostname | IpAddress,
): Promise<number> {
  const context = value(await authority.leafFor(name, 'content', CLIENT));
  return serveContext(t, context);
}

export async function serveContext(t: TestContext, secureContext: tls.SecureContext): Promise<number> {
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
export async function sentChain(port: number, servername: string): Promise<readonly X509Certificate[]> {
  const { text } = await run('openssl', [
    ...['s_client', '-connect', `127.0.0.1:${port}`, '-servername', servername, '-showcerts'],
  ]);
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
