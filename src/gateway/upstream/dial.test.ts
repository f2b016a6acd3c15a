// Tests of what only the dialer knows: whose roots are believed, which places are the gate itself.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { connect, createServer } from 'node:tls';
import { createTestAuthority } from '../../../test/support/certificates.ts';
import { listening } from '../../../test/support/listening.ts';
import { startTwin } from '../../../test/support/twin.ts';
import { type Hostname, parseHostname } from '../../core/base/hostname.ts';
import { parseIpAddress } from '../../core/base/ip-address.ts';
import type { Resolver } from '../../ports.ts';
import { GatewayFailure } from '../failure.ts';
import { Dialer, type TlsTarget } from './dial.ts';
import { directRoute } from './direct.ts';

const host = parseHostname('github.com');
const loopback = parseIpAddress('127.0.0.1');
const CLOCK = { now: () => Date.now(), monotonic: () => performance.now() };
const limits = { handshakeTimeoutMs: 5_000 };
const route = directRoute({ connectTimeoutMs: 5_000 });

function leadsTo(...ports: readonly number[]): Resolver {
  assert.ok(loopback.ok);
  const address = loopback.value;
  const endpoints = ports.map((port) => ({ address, port, mapped: 'name' as const }));
  return { resolve: async () => ({ ok: true, value: endpoints }) };
}

test("R-20 Dialer.tls() does not believe the gate's own CA, even where it stands among the roots", async (t) => {
  assert.ok(host.ok);
  const [own, root] = [
    await createTestAuthority({ name: 'Own' }),
    await createTestAuthority({ name: 'Root' }),
  ];
  for (const [signer, isBelieved] of [
    [own, false],
    [root, true],
  ] as const) {
    const twin = await startTwin(t, { tls: await signer.issue({ names: ['github.com'] }) });
    const roots = [root.rootPem, `# ours\n${own.rootPem}`];
    const dialer = new Dialer({
      resolver: leadsTo(twin.port),
      roots,
      ownCas: () => [own.rootPem],
      clock: CLOCK,
      limits,
      route,
      isGate: () => false,
    });
    const dialed = await dialer.tls({ host: host.value, port: 443, offers: ['http/1.1'] });
    assert.equal(
      dialed instanceof GatewayFailure ? dialed.code : 'proved',
      isBelieved ? 'proved' : 'upstream-certificate',
    );
    if (!(dialed instanceof GatewayFailure)) dialed.socket.destroy();
  }
});

test('R-20 Dialer.tls() does not believe what a CA of ours signed, though a trusted root stands above it', async (t) => {
  assert.ok(host.ok);
  const company = await createTestAuthority({ name: 'Company' });
  const own = await company.subordinate({ name: 'Gate' });
  for (const [signer, code] of [
    [own, 'upstream-certificate'],
    [await own.subordinate({ name: 'Beneath' }), 'upstream-certificate'],
    [company, 'proved'],
  ] as const) {
    const twin = await startTwin(t, { tls: await signer.issue({ names: ['github.com'] }) });
    const dialed = await dialerTo(twin.port, { roots: [company.rootPem], ownCas: [own.pem] }).tls(
      target(host.value),
    );
    assert.equal(dialed instanceof GatewayFailure ? dialed.code : 'proved', code);
    if (dialed instanceof GatewayFailure) assert.match(dialed.detail, /^own-authority: github\.com: /);
    else dialed.socket.destroy();
  }
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`R-27 Dialer.tls() resumes no ${version} session, though upstream gives out tickets`, async (t) => {
    assert.ok(host.ok);
    const root = await createTestAuthority();
    const leaf = await root.issue({ names: ['github.com'] });
    const resumed: boolean[] = [];
    const server = createServer({ ...leaf, minVersion: version, maxVersion: version }, (socket) => {
      resumed.push(socket.isSessionReused());
      socket.on('error', () => {});
      socket.end('tickets come before this');
    });
    t.after(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const dialer = dialerTo(port, { roots: [root.rootPem], ownCas: [] });
    let session: Buffer | undefined;
    for (let dial = 0; dial < 3; dial += 1) {
      const dialed = await dialer.tls(target(host.value));
      assert.ok(!(dialed instanceof GatewayFailure));
      await once(dialed.socket.resume(), 'end');
      session = dialed.socket.getSession();
      dialed.socket.destroy();
    }
    // The server would have: a client that offers what it was given is resumed.
    const offering = connect({
      port,
      host: '127.0.0.1',
      servername: 'github.com',
      ca: root.rootPem,
      session,
    });
    await once(offering.resume(), 'end');
    offering.destroy();
    assert.deepEqual(resumed, [false, false, false, true]);
  });
}

test('R-26 Dialer.tls() shows no certificate to an upstream that asks for one', async (t) => {
  assert.ok(host.ok);
  const root = await createTestAuthority();
  const leaf = await root.issue({ names: ['github.com'] });
  const shown: unknown[] = [];
  const server = createServer({ ...leaf, requestCert: true, rejectUnauthorized: false }, (socket) => {
    shown.push(socket.getPeerX509Certificate()?.subject ?? null);
    socket.on('error', () => {});
    socket.end('asked');
  });
  const port = await listening(t, server);
  const dialed = await dialerTo(port, { roots: [root.rootPem], ownCas: [] }).tls(target(host.value));
  assert.ok(!(dialed instanceof GatewayFailure));
  await once(dialed.socket.resume(), 'end');
  dialed.socket.destroy();
  assert.deepEqual(shown, [null]);
});

test('R-45 Dialer.resolve() leaves out places that are the gate itself', async () => {
  assert.ok(host.ok);
  const dialer = new Dialer({
    ...{ resolver: leadsTo(3128), roots: [], ownCas: () => [], clock: CLOCK, limits, route },
    isGate: (_, port) => port === 3128,
  });
  const found = await dialer.resolve(host.value, 443, 'prove');
  assert.equal(found instanceof GatewayFailure ? found.code : null, 'address-refused');
});

test('R-45 Dialer.resolve() keeps the other places of a name that leads to the gate too', async () => {
  assert.ok(host.ok);
  const dialer = new Dialer({
    ...{ resolver: leadsTo(3128, 443, 3129), roots: [], ownCas: () => [], clock: CLOCK, limits, route },
    isGate: (_, port) => port !== 443,
  });
  const found = await dialer.resolve(host.value, 443, 'prove');
  assert.ok(!(found instanceof GatewayFailure));
  assert.deepEqual(
    found.map(({ port }) => port),
    [443],
  );
});

function target(name: Hostname): TlsTarget {
  return { host: name, port: 443, offers: ['http/1.1'] };
}

function dialerTo(
  port: number,
  trust: { readonly roots: readonly string[]; readonly ownCas: readonly string[] },
): Dialer {
  return new Dialer({
    ...{ resolver: leadsTo(port), roots: trust.roots, ownCas: () => trust.ownCas },
    ...{ clock: CLOCK, limits, route, isGate: () => false },
  });
}
