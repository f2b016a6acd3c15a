// The certificates of the kit are what they say: clients that trust the authority take the good and refuse the rest.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect, createServer } from 'node:tls';
import {
  CERTIFICATE_FLAWS,
  type CertificateFlaw,
  createFlawed,
  createTestAuthority,
  type TestCertificate,
} from './certificates.ts';

test('issue() makes leaves that a client accepts when it trusts the root, also below an intermediate', async (t) => {
  const authority = await createTestAuthority();
  const below = await authority.subordinate();
  for (const issuer of [authority, below]) {
    const leaf = await issuer.issue({ names: ['github.com'] });
    assert.equal(await handshake(t, leaf, authority.rootPem), null);
  }
});

test('createFlawed() makes what a client refuses although it trusts the root', async (t) => {
  const authority = await createTestAuthority();
  for (const flaw of CERTIFICATE_FLAWS) {
    const certificate = await createFlawed(flaw, 'github.com', authority);
    await t.test(flaw, async (t) => {
      const code = await handshake(t, certificate, authority.rootPem);
      assert.equal(code, NODE_SAYS[flaw]);
    });
  }
});

/** `UNSPECIFIED` is OpenSSL's answer to an invalid authority and to a weak hash. */
const NODE_SAYS: Readonly<Record<CertificateFlaw, string | null>> = {
  expired: 'CERT_HAS_EXPIRED',
  'not-yet-valid': 'CERT_NOT_YET_VALID',
  'wrong-host': 'ERR_TLS_CERT_ALTNAME_INVALID',
  'self-signed': 'DEPTH_ZERO_SELF_SIGNED_CERT',
  'untrusted-root': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'same-name-root': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'incomplete-chain': 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'expired-intermediate': 'CERT_HAS_EXPIRED',
  'not-an-authority': 'UNSPECIFIED',
  'sha1-leaf': 'UNSPECIFIED',
  'sha1-intermediate': 'UNSPECIFIED',
  // Node falls back to the common name where no SAN names a host; the gate must not.
  'common-name-only': null,
  'address-only': null,
  'wildcard-beside': 'ERR_TLS_CERT_ALTNAME_INVALID',
  'client-only': 'INVALID_PURPOSE',
};

/** The error with which a Node client refuses the certificate for github.com; null when it takes it. */
async function handshake(t: TestContext, certificate: TestCertificate, ca: string): Promise<string | null> {
  const server = createServer({ ...certificate }, (socket) => socket.end());
  server.on('tlsClientError', () => {});
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = (server.address() as AddressInfo).port;
  const socket = connect({ host: '127.0.0.1', port, servername: 'github.com', ca });
  t.after(() => socket.destroy());
  try {
    await once(socket, 'secureConnect');
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
