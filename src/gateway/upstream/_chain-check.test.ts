// Tests of chains that OpenSSL finds valid, or would not take for their top, as the dialer judges them in a handshake.
import assert from 'node:assert/strict';

import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, type TestContext, test } from 'node:test';
import {
  CA_EXTENSIONS,
  type OpensslCertificate,
  OpensslWorkshop,
  serverExtensions,
} from '../../../test/support/openssl-certificates.ts';
import { fileScope } from '../../../test/support/test-scope.ts';
import { startTwin } from '../../../test/support/twin.ts';
import { parseHostname } from '../../core/base/hostname.ts';
import { parseIpAddress } from '../../core/base/ip-address.ts';
import { GatewayFailure } from '../failure.ts';
import { chainFault, rootsBySubject } from './_chain-check.ts';
import { Dialer } from './dial.ts';
import { directRoute } from './direct.ts';

const shop = await OpensslWorkshop.open(fileScope());
const root = await shop.make({ extensions: CA_EXTENSIONS, subject: 'Root' });

interface Trust {
  readonly roots?: readonly OpensslCertificate[];
  readonly own?: readonly OpensslCertificate[];
}

/** Why the dialer refuses the host that shows this certificate; null where it is proved. */
async function fault(
  t: TestContext,
  shown: OpensslCertificate,
  { host = 'bar.example.com', roots = [root], own = [] }: Trust & { readonly host?: string },
): Promise<string | null> {
  const twin = await startTwin(t, {
    tls: { cert: shown.cert, key: shown.key, ciphers: 'DEFAULT@SECLEVEL=0' },
  });
  const [address, literal, name] = [parseIpAddress('127.0.0.1'), parseIpAddress(host), parseHostname(host)];
  assert.ok(address.ok);
  const target = literal.ok ? literal : name;
  assert.ok(target.ok);
  const endpoints = [{ address: address.value, port: twin.port, mapped: 'name' as const }];
  const dialer = new Dialer({
    ...{ resolver: { resolve: async () => ({ ok: true, value: endpoints }) }, isGate: () => false },
    ...{ roots: roots.map(({ pem }) => pem), ownCas: () => own.map(({ pem }) => pem) },
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    route: directRoute({ connectTimeoutMs: 5_000 }),
    limits: { handshakeTimeoutMs: 5_000 },
  });
  const dialed = await dialer.tls({ host: target.value, port: 443, offers: ['http/1.1'] });
  if (dialed instanceof GatewayFailure) return dialed.fault?.code ?? '';
  dialed.socket.destroy();
  return null;
}

const ca = (extensions: readonly string[], signer = root): Promise<OpensslCertificate> =>
  shop.make({
    signer,
    extensions: [...CA_EXTENSIONS, ...extensions],
    subject: `CA ${extensions.join(' ').replaceAll('/', '-')}`,
  });

describe('R-22 D3 constraints of names are judged against the name that is asked for', () => {
  const names = { subjectAltName: 'DNS:*.example.com,IP:127.0.0.1' };
  const rows: readonly (readonly [constraints: string, host: string, fault: string | null])[] = [
    ['excluded;DNS:bar.example.com', 'bar.example.com', 'name-constraint'],
    ['excluded;DNS:bar.example.com', 'other.example.com', null],
    ['excluded;DNS:bar.example.com', '127.0.0.1', null],
    ['excluded;DNS:BAR.example.com', 'bar.example.com', 'name-constraint'],
    ['excluded;IP:10.0.0.0/255.0.0.0', '127.0.0.1', null],
    ['permitted;DNS:example.com', 'bar.example.com', null],
  ];
  for (const [constraints, host, expected] of rows) {
    test(`${host} under ${constraints} ${expected === null ? 'passes' : 'is refused'}`, async (t) => {
      const signer = await ca([`nameConstraints=critical,${constraints}`]);
      const shown = await shop.make({ signer, extensions: serverExtensions('bar.example.com', names) });
      assert.equal(await fault(t, shown, { host }), expected);
    });
  }

  test('by a CA further up, and by the root itself', async (t) => {
    const excluded = 'nameConstraints=critical,excluded;DNS:bar.example.com';
    const extensions = serverExtensions('bar.example.com', names);
    const above = await ca([], await ca([excluded]));
    assert.equal(await fault(t, await shop.make({ signer: above, extensions }), {}), 'name-constraint');
    const strict = await shop.make({ extensions: [...CA_EXTENSIONS, excluded], subject: 'Strict Root' });
    const shown = await shop.make({ signer: strict, extensions });
    assert.equal(await fault(t, shown, { roots: [strict] }), 'name-constraint');
  });
});

describe('R-22 D4 a CA certificate in the place of a server certificate', () => {
  for (const [words, instead, expected] of [
    ['that may not sign', { basicConstraints: 'critical,CA:TRUE' }, 'is-an-authority'],
    ['without a key usage', { basicConstraints: 'critical,CA:TRUE', keyUsage: null }, 'is-an-authority'],
    ['that says it is none, is none', { basicConstraints: 'critical,CA:FALSE' }, null],
    ['without constraints at all is none', { basicConstraints: null }, null],
  ] as const) {
    test(words, async (t) => {
      const extensions = serverExtensions('bar.example.com', instead);
      assert.equal(await fault(t, await shop.make({ signer: root, extensions }), {}), expected);
    });
  }
});

describe('R-20 D5 a root that is an intermediate is trusted as given', () => {
  test('with the server sending it, and without', async (t) => {
    const given = await ca([]);
    const shown = await shop.make({ signer: given, extensions: serverExtensions('bar.example.com') });
    assert.equal(await fault(t, shown, { roots: [given] }), null);
    assert.equal(await fault(t, { ...shown, cert: shown.pem }, { roots: [given] }), null);
  });

  test('and not its siblings, nor what stands above it', async (t) => {
    const given = await ca([]);
    const extensions = serverExtensions('bar.example.com');
    const sibling = await shop.make({ signer: await ca(['1.2.3.4=DER:05:00']), extensions });
    assert.equal(await fault(t, sibling, { roots: [given] }), 'unknown-issuer');
    const straight = await shop.make({ signer: root, extensions });
    assert.equal(await fault(t, straight, { roots: [given] }), 'unknown-issuer');
  });

  test('whatever signature it carries itself', async (t) => {
    const above = await shop.make({ extensions: CA_EXTENSIONS, subject: 'Old Root', key: 'rsa' });
    const given = await shop.make({
      signer: above,
      extensions: CA_EXTENSIONS,
      hash: 'sha1',
      subject: 'Old Sub',
    });
    const shown = await shop.make({ signer: given, extensions: serverExtensions('bar.example.com') });
    assert.equal(await fault(t, shown, { roots: [given] }), null);
  });

  test("and not where it is the gate's own CA", async (t) => {
    const own = await ca([]);
    const shown = await shop.make({ signer: own, extensions: serverExtensions('bar.example.com') });
    assert.notEqual(await fault(t, shown, { roots: [own], own: [own] }), null);
    assert.equal(await fault(t, shown, { roots: [root], own: [own] }), 'own-authority');
  });
});

test("R-20 what the gate's own CA signed is refused under another name of its key, which a trusted root has signed", async (t) => {
  const own = await shop.make({ extensions: CA_EXTENSIONS, subject: 'Gate' });
  const crossed = await shop.make({
    ...{ signer: root, extensions: CA_EXTENSIONS, subject: 'Innocent', sameKeyAs: own },
  });
  const shown = await shop.make({ signer: crossed, extensions: serverExtensions('bar.example.com') });
  assert.equal(await fault(t, shown, {}), null);
  assert.equal(await fault(t, shown, { own: [own] }), 'own-authority');
});

for (const [exponent, expected] of [
  // With it everybody signs: a signature is the padded hash itself.
  ['AQ', 'weak-key'],
  ['Aw', null],
  ['AQAB', null],
] as const) {
  test(`R-22 chainFault() ${expected === null ? 'takes' : 'refuses'} an RSA key with the exponent ${exponent}`, async () => {
    const { n } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    assert.ok(n !== undefined);
    const key = createPublicKey({ key: { kty: 'RSA', n, e: exponent }, format: 'jwk' });
    const odd = await shop.certify(key.export({ type: 'spki', format: 'pem' }).toString(), root);
    const leaf = await shop.make({ signer: root, extensions: serverExtensions('bar.example.com') });
    const [host, roots] = [parseHostname('bar.example.com'), [new X509Certificate(root.pem)]];
    assert.ok(host.ok);
    const chain = [leaf.pem, odd].map((pem) => new X509Certificate(pem));
    const found = chainFault({ chain, host: host.value, roots: rootsBySubject(roots), own: [] });
    assert.equal(found?.code ?? null, expected);
  });
}
