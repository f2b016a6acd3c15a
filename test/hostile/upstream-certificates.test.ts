// Upstream presents a certificate with one flaw: the client never gets content on a leaf it trusts, and is told why.
// A good certificate in between must pass.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { CERTIFICATE_FLAWS, createFlawed, createTestAuthority } from '../support/certificates.ts';
import { gateSays } from '../support/gate-answers.ts';
import { askHttp2 } from '../support/http2-client.ts';
import { inside, insideHttp2, startOffice, UPSTREAM_NAMES } from '../support/office.ts';
import { fileScope } from '../support/test-scope.ts';
import { startTwin, type Twin } from '../support/twin.ts';

const scope = fileScope();
const authority = await createTestAuthority();
const good = await authority.issue({ names: UPSTREAM_NAMES });

/** Each faulty upstream is a host of its own. */
const FAULTY: readonly { name: string; tls: TlsOptions; code: string }[] = [
  ...(await Promise.all(
    CERTIFICATE_FLAWS.map(async (name) => ({
      ...{ name, code: 'upstream-certificate' },
      tls: await createFlawed(name, `${name}.github.com`, authority),
    })),
  )),
  { name: 'tls-1-0', tls: { ...good, ...only('TLSv1') }, code: 'upstream-tls' },
  { name: 'tls-1-1', tls: { ...good, ...only('TLSv1.1') }, code: 'upstream-tls' },
  {
    name: 'cbc',
    tls: { ...good, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' },
    code: 'upstream-tls',
  },
];

function only(version: 'TLSv1' | 'TLSv1.1'): TlsOptions {
  return { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
}

const twins = new Map<string, Twin>();
for (const { name, tls } of FAULTY) twins.set(name, await startTwin(scope, { tls }));
const asks = await startTwin(scope, { tls: { ...good, requestCert: true, rejectUnauthorized: false } });
const resolve = Object.fromEntries(
  [...twins].map(([name, twin]) => [`${name}.github.com:443`, `127.0.0.1:${twin.port}`]),
);
const office = await startOffice(scope, {
  authority,
  resolve: { ...resolve, 'asks.github.com:443': `127.0.0.1:${asks.port}` },
});

describe('R-15, R-20, R-21, R-22 and R-25 a flawed upstream is answered 502 inside the tunnel, and says why', () => {
  for (const { name, code } of FAULTY) {
    test(`${name} over HTTP/1.1`, async (t) => {
      const host = `${name}.github.com`;
      const connection = await inside(t, office, { authority: `${host}:443` });
      await connection.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const answer = await connection.readAnswer();
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, code]);
      assert.equal(twins.get(name)?.requests().length, 0);
      const outcome = await office.gate.event(
        (event) => event.kind === 'gate' && event.what === 'leaf-signed' && event.detail['host'] === host,
      );
      assert.equal(outcome.kind === 'gate' && outcome.detail['purpose'], 'refusal');
    });

    test(`${name} over HTTP/2`, async (t) => {
      const host = `${name}.github.com`;
      const session = await insideHttp2(t, office, { authority: `${host}:443` });
      const answer = await askHttp2(session, { ':path': '/' });
      assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, code]);
    });
  }

  test('a good one passes', async (t) => {
    const connection = await inside(t, office);
    await connection.send('GET / HTTP/1.1\r\nHost: github.com\r\n\r\n');
    assert.equal((await connection.readAnswer()).status, 200);
  });
});

test('R-26 a request for a client certificate gets none, and the rest goes on', async (t) => {
  const connection = await inside(t, office, { authority: 'asks.github.com:443' });
  await connection.send('GET / HTTP/1.1\r\nHost: asks.github.com\r\n\r\n');
  assert.equal((await connection.readAnswer()).status, 200);
});

test('R-15 what was proved and then goes bad is not content any more', async (t) => {
  const connection = await inside(t, office, { authority: 'gist.github.com:443' });
  await connection.send('GET / HTTP/1.1\r\nHost: gist.github.com\r\nConnection: close\r\n\r\n');
  assert.equal((await connection.readAnswer()).status, 200);
  const expired = await createFlawed('expired', 'gist.github.com', authority);
  office.twin.present(expired);
  const again = await inside(t, office, { authority: 'gist.github.com:443', user: 'dave' });
  await again.send('GET / HTTP/1.1\r\nHost: gist.github.com\r\n\r\n');
  const answer = await again.readAnswer();
  office.twin.present(good);
  assert.deepEqual([answer.status, gateSays(answer.headers).code], [502, 'upstream-certificate']);
});
