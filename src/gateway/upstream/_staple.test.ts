// When a stapled response counts: its age, by the gate's clock. What it says is tried with whole handshakes in test/hostile.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  CA_EXTENSIONS,
  OpensslWorkshop,
  serverExtensions,
} from '../../../test/support/openssl-certificates.ts';
import { requireTool } from '../../../test/support/tools.ts';
import { stapleFault } from './_staple.ts';

const DAY_MS = 86_400_000;
const ROWS: readonly {
  readonly name: string;
  readonly says: 'good' | 'revoked';
  readonly days: number;
  readonly demanded: string | null;
  readonly supplied: string | null;
}[] = [
  { name: 'of today', says: 'good', days: 0, supplied: null, demanded: null },
  { name: 'of its last day', says: 'good', days: 6.9, supplied: null, demanded: null },
  { name: 'that is over', says: 'good', days: 7.1, supplied: null, demanded: 'no-staple' },
  { name: 'of tomorrow', says: 'good', days: -1, supplied: null, demanded: 'no-staple' },
  { name: 'that revokes and is over', says: 'revoked', days: 8, supplied: 'revoked', demanded: 'revoked' },
];

for (const { name, says, days, ...expected } of ROWS) {
  for (const feature of ['supplied', 'demanded'] as const) {
    test(`R-22 stapleFault() judges a ${feature} response ${name}`, async (t) => {
      if (requireTool(t, 'openssl') === null) return;
      const shop = await OpensslWorkshop.open(t);
      const issuer = await shop.make({ extensions: CA_EXTENSIONS });
      const extensions = serverExtensions(
        'github.com',
        feature === 'demanded' ? { tlsfeature: 'status_request' } : {},
      );
      const certificate = await shop.make({ signer: issuer, extensions });
      const fault = stapleFault({
        staple: await shop.staple({ certificate, issuer, says }),
        leaf: new X509Certificate(certificate.pem),
        issuer: new X509Certificate(issuer.pem),
        nowMs: Date.now() + days * DAY_MS,
      });
      assert.equal(fault?.code ?? null, expected[feature]);
    });
  }
}

test('R-22 stapleFault() takes a delegate for as long as its certificate is valid', async (t) => {
  if (requireTool(t, 'openssl') === null) return;
  const shop = await OpensslWorkshop.open(t);
  const issuer = await shop.make({ extensions: CA_EXTENSIONS });
  const certificate = await shop.make({ signer: issuer, extensions: serverExtensions('github.com') });
  const responder = await shop.make({
    signer: issuer,
    extensions: ['basicConstraints=CA:FALSE', 'extendedKeyUsage=OCSPSigning'],
  });
  const staple = await shop.staple({ certificate, issuer, responder, says: 'good' });
  const after = (days: number): string | null =>
    stapleFault({
      ...{ staple, leaf: new X509Certificate(certificate.pem), issuer: new X509Certificate(issuer.pem) },
      nowMs: Date.now() + days * DAY_MS,
    })?.code ?? null;
  // Its own certificate is of thirty days; a response that is merely over counts as none.
  assert.deepEqual([-1, 0, 8, 31].map(after), ['bad-staple', null, null, 'bad-staple']);
});

test('R-22 stapleFault() wants the CertID to name the issuer by its key, besides its name', async (t) => {
  if (requireTool(t, 'openssl') === null) return;
  const shop = await OpensslWorkshop.open(t);
  const issuer = await shop.make({ extensions: CA_EXTENSIONS, subject: 'Issuer' });
  const certificate = await shop.make({ signer: issuer, extensions: serverExtensions('github.com') });
  const others = {
    issuer,
    otherKey: await shop.make({ extensions: CA_EXTENSIONS, subject: 'Issuer' }),
  };
  const found: Record<string, string | null> = {};
  for (const [name, named] of Object.entries(others)) {
    const staple = await shop.staple({ certificate, issuer: named, responder: issuer, says: 'good' });
    const [leaf, by] = [new X509Certificate(certificate.pem), new X509Certificate(issuer.pem)];
    found[name] = stapleFault({ staple, leaf, issuer: by, nowMs: Date.now() })?.code ?? null;
  }
  assert.deepEqual(found, { issuer: null, otherKey: 'bad-staple' });
});
