// Tests of what only the dialer knows: whose roots are believed, which places are the gate itself.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createTestAuthority } from '../../test/support/certificates.ts';
import { startTwin } from '../../test/support/twin.ts';
import { parseHostname } from '../core/base/hostname.ts';
import { parseIpAddress } from '../core/base/ip-address.ts';
import type { Resolver } from '../ports.ts';
import { Dialer } from './dial.ts';
import { GatewayFailure } from './failure.ts';

const host = parseHostname('github.com');
const loopback = parseIpAddress('127.0.0.1');
const limits = { connectTimeoutMs: 5_000, handshakeTimeoutMs: 5_000 };

function leadsTo(port: number): Resolver {
  assert.ok(loopback.ok);
  const endpoints = [{ address: loopback.value, port, mapped: 'name' as const }];
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
      ownCaPem: own.rootPem,
      limits,
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

test('R-45 Dialer.resolve() leaves out places that are the gate itself', async () => {
  assert.ok(host.ok);
  const dialer = new Dialer({
    ...{ resolver: leadsTo(3128), roots: [], ownCaPem: '', limits },
    isGate: (_, port) => port === 3128,
  });
  const found = await dialer.resolve(host.value, 443, 'prove');
  assert.equal(found instanceof GatewayFailure ? found.code : null, 'address-refused');
});
