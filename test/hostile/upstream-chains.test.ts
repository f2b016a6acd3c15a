// Upstream presents a chain with one flaw that openssl was told to make: the client gets no content on a leaf it
// trusts, is told why, and the record says which flaw it was. Right chains of every kind in between must pass.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createTestAuthority, type TestCertificate } from '../support/certificates.ts';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { inside, insideHttp2, startOffice } from '../support/office.ts';
import {
  CA_EXTENSIONS,
  type OpensslCertificate,
  type OpensslWish,
  OpensslWorkshop,
  serverExtensions,
} from '../support/openssl-certificates.ts';
import { fileScope } from '../support/test-scope.ts';
import { startTwin, type Twin } from '../support/twin.ts';
import { until } from '../support/until.ts';

const scope = fileScope();
const shop = await OpensslWorkshop.open(scope);
const root = await shop.make({ extensions: CA_EXTENSIONS, subject: 'OpenSSL Root' });
const ca = (wish: Partial<OpensslWish> = {}): Promise<OpensslCertificate> =>
  shop.make({ signer: root, extensions: CA_EXTENSIONS, ...wish });
const [sub, rsa] = [await ca({ subject: 'Sub' }), await ca({ key: 'rsa', subject: 'RSA Sub' })];

type Maker = (host: string) => Promise<TestCertificate>;
const leaf =
  (wish: Partial<OpensslWish> = {}, instead: Readonly<Record<string, string | null>> = {}): Maker =>
  (host) =>
    shop.make({ signer: sub, extensions: serverExtensions(host, instead), ...wish });
/** A right leaf under an odd CA. */
const under =
  (wish: Partial<OpensslWish>): Maker =>
  async (host) =>
    leaf({ signer: await ca(wish) })(host);
const named = (subjectAltName: string): Maker => leaf({}, { subjectAltName });
const constrained = (constraint: string): Maker =>
  under({ extensions: [...CA_EXTENSIONS, `nameConstraints=critical,${constraint}`] });

/** dNSNames with octets that no configuration file can say. */
const namedOddly =
  (...names: readonly string[]): Maker =>
  (host) => {
    const entries = names.map((name) => {
      const octets = Buffer.from(name.replace('HOST', host), 'latin1');
      return Buffer.concat([Buffer.of(0x82, octets.length), octets]);
    });
    const all = Buffer.concat(entries);
    const der = Buffer.concat([Buffer.of(0x30, all.length), all]);
    return leaf({}, { subjectAltName: `DER:${der.toString('hex')}` })(host);
  };

const tampered: Maker = async (host) => {
  const made = await leaf()(host);
  const der = Buffer.from(new X509Certificate(made.cert).raw);
  der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  return { ...made, cert: `${pem}${sub.cert}` };
};

const REFUSED: readonly { readonly name: string; readonly make: Maker; readonly fault: string }[] = [
  { name: 'rsa-1024', make: leaf({ key: 'rsa1024' }), fault: 'weak-key' },
  { name: 'rsa-1024-intermediate', make: under({ key: 'rsa1024' }), fault: 'weak-key' },
  { name: 'dsa-intermediate', make: under({ key: 'dsa' }), fault: 'weak-signature' },
  { name: 'secp256k1-intermediate', make: under({ key: 'secp256k1' }), fault: 'weak-key' },
  { name: 'brainpool-intermediate', make: under({ key: 'brainpool' }), fault: 'weak-key' },
  { name: 'ed25519-intermediate', make: under({ key: 'ed25519' }), fault: 'weak-signature' },
  { name: 'p192-intermediate', make: under({ key: 'p192' }), fault: 'weak-key' },
  { name: 'md5', make: leaf({ signer: rsa, hash: 'md5' }), fault: 'weak-signature' },
  { name: 'md5-intermediate', make: under({ signer: rsa, hash: 'md5' }), fault: 'weak-signature' },
  { name: 'sha1-rsa', make: leaf({ signer: rsa, hash: 'sha1' }), fault: 'weak-signature' },
  {
    name: 'sha1-rsa-pss',
    make: leaf({ signer: rsa, hash: 'sha1', padding: 'pss' }),
    fault: 'weak-signature',
  },
  { name: 'tampered', make: tampered, fault: 'bad-signature' },
  { name: 'not-permitted', make: constrained('permitted;DNS:elsewhere.example'), fault: 'name-constraint' },
  { name: 'excluded', make: constrained('excluded;DNS:github.com'), fault: 'name-constraint' },
  {
    name: 'critical-extension',
    make: leaf({}, { '1.2.3.4.5': 'critical,DER:05:00' }),
    fault: 'critical-extension',
  },
  {
    name: 'critical-extension-intermediate',
    make: under({ extensions: [...CA_EXTENSIONS, '1.2.3.4.5=critical,DER:05:00'] }),
    fault: 'critical-extension',
  },
  {
    name: 'intermediate-for-clients',
    make: under({ extensions: [...CA_EXTENSIONS, 'extendedKeyUsage=clientAuth'] }),
    fault: 'wrong-purpose',
  },
  { name: 'code-signing', make: leaf({}, { extendedKeyUsage: 'codeSigning' }), fault: 'wrong-purpose' },
  {
    name: 'key-encipherment',
    make: leaf({ key: 'rsa' }, { keyUsage: 'critical,keyEncipherment' }),
    fault: 'wrong-purpose',
  },
  {
    name: 'authority-as-leaf',
    make: leaf(
      {},
      { basicConstraints: 'critical,CA:TRUE', keyUsage: 'critical,digitalSignature,keyCertSign' },
    ),
    fault: 'is-an-authority',
  },
  {
    name: 'leaf-as-authority',
    make: async (host) =>
      leaf({ signer: await shop.make({ signer: sub, extensions: serverExtensions('sub.example') }) })(host),
    fault: 'not-an-authority',
  },
  {
    name: 'authority-that-signs-not',
    make: under({ extensions: ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,digitalSignature'] }),
    fault: 'not-an-authority',
  },
  {
    name: 'path-length',
    make: async (host) => {
      const short = await ca({
        extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=keyCertSign'],
      });
      return leaf({ signer: await ca({ signer: short }) })(host);
    },
    fault: 'path-length',
  },
  { name: 'nul-in-name', make: namedOddly('HOST\0.evil.example'), fault: 'wrong-host' },
  // OpenSSL takes the first; a certificate with a name that could be read as two is refused whole.
  { name: 'two-names-in-one', make: namedOddly('HOST', 'a.example, DNS:b.example'), fault: 'wrong-host' },
  { name: 'not-ascii', make: namedOddly('HOST\xe9', '\xe9.github.com'), fault: 'wrong-host' },
  { name: 'no-names', make: leaf({}, { subjectAltName: null }), fault: 'wrong-host' },
  { name: 'email-only', make: (host) => named(`email:${host}`)(host), fault: 'wrong-host' },
  { name: 'uri-only', make: (host) => named(`URI:https://${host}/`)(host), fault: 'wrong-host' },
  { name: 'other-dot', make: (host) => named(`DNS:${host}.`)(host), fault: 'wrong-host' },
  { name: 'leading-dot', make: named('DNS:.github.com'), fault: 'wrong-host' },
  { name: 'wildcard-alone', make: named('DNS:*'), fault: 'wrong-host' },
  { name: 'wildcard-of-all', make: named('DNS:*.com'), fault: 'wrong-host' },
  { name: 'wildcard-partly', make: named('DNS:wild*.github.com'), fault: 'wrong-host' },
  { name: 'wildcard-within', make: named('DNS:wildcard-within.*.com'), fault: 'wrong-host' },
  { name: 'address-as-name', make: named('DNS:127.0.0.1, IP:127.0.0.1'), fault: 'wrong-host' },
];

/** Leaves whose kind of key the gate does not even offer to take: the handshake fails. */
const NO_HANDSHAKE: readonly { readonly name: string; readonly make: Maker }[] = [
  { name: 'dsa', make: leaf({ key: 'dsa' }) },
  { name: 'p192', make: leaf({ key: 'p192' }) },
  { name: 'secp256k1', make: leaf({ key: 'secp256k1' }) },
  { name: 'brainpool', make: leaf({ key: 'brainpool' }) },
  { name: 'ed25519', make: leaf({ key: 'ed25519' }) },
];

const PASSED: readonly { readonly name: string; readonly make: Maker }[] = [
  { name: 'ecdsa', make: leaf() },
  { name: 'rsa', make: leaf({ key: 'rsa', signer: rsa }) },
  { name: 'rsa-pss', make: leaf({ signer: rsa, padding: 'pss' }) },
  { name: 'p521-intermediate', make: under({ key: 'p521' }) },
  { name: 'straight-from-root', make: leaf({ signer: root }) },
  { name: 'wildcard', make: named('DNS:*.github.com') },
  { name: 'no-purpose', make: leaf({}, { extendedKeyUsage: null, keyUsage: null }) },
  { name: 'permitted', make: constrained('permitted;DNS:github.com') },
  {
    name: 'root-sent-too',
    make: async (host) => {
      const made = await leaf()(host);
      return { ...made, cert: `${made.cert}${root.pem}` };
    },
  },
  {
    // Node reads every certificate that was sent, and crashes on such a curve where it makes objects of them.
    name: 'odd-curve-beside',
    make: async (host) => {
      const made = await leaf()(host);
      const odd = await ca({ key: 'secp256k1', subject: 'Sub' });
      return { ...made, cert: made.cert.replace(sub.cert, `${odd.pem}${sub.cert}`) };
    },
  },
];

const ALL = [...REFUSED, ...NO_HANDSHAKE, ...PASSED];
const twins = new Map<string, Twin>();
for (const { name, make } of ALL) {
  const { cert, key } = await make(`${name}.github.com`);
  // A server that shows what it has, however weak.
  const tls = { cert, key, ciphers: 'DEFAULT@SECLEVEL=0' };
  twins.set(name, await startTwin(scope, { tls }));
}
const own = await startTwin(scope, { tls: await leaf()('own.github.com') });
const authority = await createTestAuthority({ name: 'Upstream Root' });
const office = await startOffice(scope, {
  authority: { ...authority, rootPem: `${authority.rootPem}\n${root.pem}` },
  resolve: Object.fromEntries(
    [...twins, ['own', own] as const].map(([name, { port }]) => [
      `${name}.github.com:443`,
      `127.0.0.1:${port}`,
    ]),
  ),
});

interface Seen {
  readonly status: number;
  readonly code: string | null;
  /** The fault that the page tells of; null where it tells of none. */
  readonly told: string | null;
}

/** Asks over HTTP/1.1 and over HTTP/2, and leaves. */
async function askBoth(t: TestContext, host: string): Promise<readonly Seen[]> {
  const connection = await inside(t, office, { authority: `${host}:443` });
  await connection.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const first = await connection.readAnswer();
  connection.socket.destroy();
  const session = await insideHttp2(t, office, { authority: `${host}:443` });
  const second = await askHttp2(session, { ':path': '/' });
  session.destroy();
  return [first, second].map(({ status, headers, body }) => ({
    status,
    code: gateSays(headers).code,
    told: /\(([a-z-]+): \S+\.github\.com: /.exec(body.toString())?.[1] ?? null,
  }));
}

/** The failures that the record has of the host's first two connections, as `CODE FAULT`. */
async function recordedFailures(host: string): Promise<readonly string[]> {
  const ended = (): string[] => {
    const events = office.gate.events();
    const ids = events.flatMap((event) =>
      event.kind === 'decision' && event.destination === `${host}:443` && event.stage === 'connection'
        ? [event.id]
        : [],
    );
    return events.flatMap((event) =>
      event.kind === 'outcome' && ids.includes(event.id)
        ? [`${event.failure?.code ?? 'none'} ${event.failure?.detail.split(':')[0] ?? ''}`]
        : [],
    );
  };
  return until(() => (ended().length < 2 ? null : ended()), `no two outcomes for ${host}`);
}

describe('R-15, R-21 and R-22 a flawed chain is answered 502 over HTTP/1.1 and HTTP/2, and the record says which flaw', () => {
  for (const { name, fault } of REFUSED) {
    test(name, async (t) => {
      const host = `${name}.github.com`;
      const refusal = { status: 502, code: 'upstream-certificate', told: fault };
      assert.deepEqual(await askBoth(t, host), [refusal, refusal]);
      const recorded = `upstream-certificate ${fault}`;
      assert.deepEqual(await recordedFailures(host), [recorded, recorded]);
      assert.equal(twins.get(name)?.requests().length, 0);
      const leaves = office.gate
        .events()
        .flatMap((event) =>
          event.kind === 'gate' && event.detail['host'] === host ? [event.detail['purpose']] : [],
        );
      assert.deepEqual([...new Set(leaves)], ['refusal']);
    });
  }

  for (const { name } of NO_HANDSHAKE) {
    test(`${name}, whose key is not even offered`, async (t) => {
      const refusal = { status: 502, code: 'upstream-tls', told: null };
      assert.deepEqual(await askBoth(t, `${name}.github.com`), [refusal, refusal]);
    });
  }

  for (const { name } of PASSED) {
    test(`${name} is right, and passes`, async (t) => {
      const passed = { status: 200, code: null, told: null };
      assert.deepEqual(await askBoth(t, `${name}.github.com`), [passed, passed]);
    });
  }
});

test("R-20 what the gate's own CA signed is not believed, though it says what a leaf says", async (t) => {
  const host = 'own.github.com';
  const folder = join(office.gate.dir, 'ca');
  const gateCa = shop.adopt({
    cert: readFileSync(join(folder, 'ca.pem'), 'utf8'),
    key: readFileSync(join(folder, 'ca.key'), 'utf8'),
  });
  own.present(await shop.make({ signer: gateCa, extensions: serverExtensions(host) }));
  const refusal = { status: 502, code: 'upstream-certificate', told: 'untrusted-root' };
  assert.deepEqual(await askBoth(t, host), [refusal, refusal]);
});
