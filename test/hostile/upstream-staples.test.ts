// Upstream staples an OCSP response that openssl made to its handshake: what speaks against the certificate is
// believed, what is not signed for its issuer is refused. Right ones in between must pass.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTestAuthority } from '../support/certificates.ts';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { inside, insideHttp2, startOffice } from '../support/office.ts';
import {
  CA_EXTENSIONS,
  type OpensslCertificate,
  OpensslWorkshop,
  serverExtensions,
} from '../support/openssl-certificates.ts';
import { fileScope } from '../support/test-scope.ts';
import { startTwin, type Twin } from '../support/twin.ts';

const scope = fileScope();
const shop = await OpensslWorkshop.open(scope);
const root = await shop.make({ extensions: CA_EXTENSIONS, subject: 'OpenSSL Root' });
const issuer = await shop.make({ signer: root, extensions: CA_EXTENSIONS, subject: 'Issuer' });
const stranger = await shop.make({ extensions: CA_EXTENSIONS, subject: 'Issuer' });
const other = await shop.make({ signer: issuer, extensions: serverExtensions('other.example') });
const delegate = (purpose: string): Promise<OpensslCertificate> =>
  shop.make({ signer: issuer, extensions: ['basicConstraints=CA:FALSE', `extendedKeyUsage=${purpose}`] });
const [responder, impostor] = [await delegate('OCSPSigning'), await delegate('serverAuth')];

/** RFC 6960 section 4.2.1: tryLater, which nobody signs. */
const TRY_LATER = Buffer.from('30030a0103', 'hex');

interface Row {
  readonly name: string;
  readonly staple: ((certificate: OpensslCertificate) => Promise<Buffer>) | null;
  /** Null where it passes. */
  readonly fault: string | null;
  /** `must`: the certificate demands a staple (RFC 7633). */
  readonly staplers?: 'must';
  readonly maxVersion?: 'TLSv1.2';
}

const says =
  (word: 'good' | 'revoked' | 'unknown', responderOf?: OpensslCertificate) =>
  (certificate: OpensslCertificate): Promise<Buffer> =>
    shop.staple({
      ...{ certificate, issuer, says: word },
      ...(responderOf === undefined ? {} : { responder: responderOf }),
    });

const ROWS: readonly Row[] = [
  { name: 'good', staple: says('good'), fault: null },
  { name: 'good-by-delegate', staple: says('good', responder), fault: null },
  {
    name: 'good-by-sha256',
    staple: (certificate) => shop.staple({ certificate, issuer, says: 'good', idHash: 'sha256' }),
    fault: null,
  },
  { name: 'none', staple: null, fault: null },
  { name: 'try-later', staple: async () => TRY_LATER, fault: null },
  { name: 'demanded-and-good', staple: says('good'), fault: null, staplers: 'must' },
  { name: 'revoked', staple: says('revoked'), fault: 'revoked' },
  { name: 'revoked-tls-1-2', staple: says('revoked'), fault: 'revoked', maxVersion: 'TLSv1.2' },
  { name: 'revoked-by-delegate', staple: says('revoked', responder), fault: 'revoked' },
  { name: 'unknown', staple: says('unknown'), fault: 'revoked' },
  { name: 'by-impostor', staple: says('good', impostor), fault: 'bad-staple' },
  {
    name: 'by-stranger',
    staple: (certificate) => shop.staple({ certificate, issuer, responder: stranger, says: 'good' }),
    fault: 'bad-staple',
  },
  { name: 'of-another', staple: () => says('good')(other), fault: 'bad-staple' },
  { name: 'garbage', staple: async () => Buffer.from('no response at all'), fault: 'bad-staple' },
  { name: 'demanded-and-none', staple: null, fault: 'no-staple', staplers: 'must' },
  { name: 'demanded-and-try-later', staple: async () => TRY_LATER, fault: 'no-staple', staplers: 'must' },
];

const twins = new Map<string, Twin>();
for (const { name, staple, staplers, maxVersion } of ROWS) {
  const certificate = await shop.make({
    signer: issuer,
    extensions: serverExtensions(
      `${name}.github.com`,
      staplers === 'must' ? { tlsfeature: 'status_request' } : {},
    ),
  });
  const tls = { ...certificate, ...(maxVersion === undefined ? {} : { maxVersion }) };
  const response = staple === null ? {} : { staple: await staple(certificate) };
  twins.set(name, await startTwin(scope, { tls, ...response }));
}
const authority = await createTestAuthority({ name: 'Upstream Root' });
const office = await startOffice(scope, {
  authority: { ...authority, rootPem: `${authority.rootPem}\n${root.pem}` },
  resolve: Object.fromEntries(
    [...twins].map(([name, { port }]) => [`${name}.github.com:443`, `127.0.0.1:${port}`]),
  ),
});

describe('R-22 what upstream staples is believed against it, over HTTP/1.1 and HTTP/2', () => {
  for (const { name, fault } of ROWS) {
    test(`${name} ${fault === null ? 'passes' : `is refused: ${fault}`}`, async (t) => {
      const host = `${name}.github.com`;
      const expected = fault === null ? [200, null] : [502, 'upstream-certificate'];
      const connection = await inside(t, office, { authority: `${host}:443` });
      await connection.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], expected);
      const session = await insideHttp2(t, office, { authority: `${host}:443` });
      const second = await askHttp2(session, { ':path': '/' });
      assert.deepEqual([second.status, gateSays(second.headers).code], expected);
      connection.socket.destroy();
      const { outcome } = await office.gate.pair(
        ({ destination, stage }) => destination === `${host}:443` && stage === 'connection',
      );
      assert.equal(outcome.failure?.detail.split(':')[0] ?? null, fault);
      if (fault !== null) assert.equal(twins.get(name)?.requests().length, 0);
    });
  }
});
