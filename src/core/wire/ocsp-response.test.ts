// OCSP responses that openssl made, read whole, cut at every byte, with more behind them, and spoilt.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CA_EXTENSIONS,
  OpensslWorkshop,
  serverExtensions,
} from '../../../test/support/openssl-certificates.ts';
import { fileScope } from '../../../test/support/test-scope.ts';
import { readCertificateFields } from './certificate-fields.ts';
import { readOcspResponse } from './ocsp-response.ts';

const shop = await OpensslWorkshop.open(fileScope());
const issuer = await shop.make({ extensions: CA_EXTENSIONS });
const certificate = await shop.make({ signer: issuer, extensions: serverExtensions('github.com') });
const der = (pem: string): Uint8Array =>
  new Uint8Array(Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64'));

describe('readOcspResponse()', () => {
  for (const status of ['good', 'revoked', 'unknown'] as const) {
    test(`reads ${status}, and for whom`, async () => {
      const before = Math.floor(Date.now() / 1000) * 1000;
      const read = readOcspResponse(await shop.staple({ certificate, issuer, says: status }));
      assert.ok(read.ok && read.value.kind === 'answers');
      const [answer, more] = read.value.answers;
      assert.ok(answer !== undefined && more === undefined);
      assert.equal(answer.status, status);
      assert.deepEqual(
        Buffer.from(answer.id.serial),
        Buffer.from(readCertificateFields(der(certificate.pem)).serial),
      );
      assert.ok(answer.thisUpdateMs >= before && answer.thisUpdateMs <= Date.now());
      assert.equal(answer.nextUpdateMs, answer.thisUpdateMs + 7 * 86_400_000);
      assert.deepEqual(
        read.value.certificates.map((one) => new Uint8Array(one)),
        [der(issuer.pem)],
      );
    });
  }

  test('reads the status of a response without an answer', () => {
    const read = readOcspResponse(Buffer.from('30030a0103', 'hex'));
    assert.deepEqual(read, { ok: true, value: { kind: 'silent', status: 3 } });
  });

  test('refuses every cut, and what has more behind it', async () => {
    const whole = await shop.staple({ certificate, issuer, says: 'good' });
    for (let length = 0; length < whole.length; length += 1)
      assert.equal(readOcspResponse(whole.subarray(0, length)).ok, false, `cut at ${length}`);
    assert.equal(readOcspResponse(Buffer.concat([whole, Buffer.of(0)])).ok, false);
  });

  test('never throws, whichever octet is spoilt', async () => {
    const whole = await shop.staple({ certificate, issuer, says: 'revoked' });
    for (const [at, octet] of whole.entries()) {
      for (const spoilt of [0x00, 0xff, octet ^ 0x20, octet ^ 0x01]) {
        const copy = Buffer.from(whole);
        copy[at] = spoilt;
        readOcspResponse(copy);
      }
    }
  });
});

test('readCertificateFields() throws RangeError on every cut', () => {
  const whole = der(certificate.pem);
  for (let length = 0; length < whole.length; length += 1)
    assert.throws(() => readCertificateFields(whole.subarray(0, length)), RangeError);
});
