// Facts about a CA, its certificate to hand out, and the names it lacks.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  fails,
  openssl,
  opensslCa,
  readText,
  run,
  scratch,
  testClock,
  value,
} from '../../test/support/authority-parts.ts';
import { opened } from '../../test/support/served-authority.ts';
import { importCa } from './ca-init.ts';
import { rotateCa } from './ca-rotate.ts';
import { exportCa, namesNotPermitted, showCa } from './ca-show.ts';

test('showCa() says what openssl says, without the key', async (t) => {
  const { dir } = await opened(t);
  await rm(join(dir, 'ca.key'));
  const { current, chain, next } = value(await showCa(dir));
  const fields = ['-serial', '-fingerprint', '-sha256', '-subject', '-nameopt', 'RFC2253'];
  const said = await openssl(dir, 'x509', '-in', 'ca.pem', '-noout', ...fields);
  assert.equal(/serial=([0-9A-F]+)/.exec(said)?.[1]?.toLowerCase(), current.serial);
  assert.equal(
    /Fingerprint=([0-9A-F:]+)/i.exec(said)?.[1]?.replaceAll(':', '').toLowerCase(),
    current.sha256,
  );
  assert.equal(/subject=(.*)/.exec(said)?.[1], current.subject);
  assert.equal(current.issuer, current.subject);
  assert.equal(current.key, 'EC prime256v1');
  assert.equal(current.pathLength, 0);
  assert.match(current.subjectKeyId ?? '', /^[0-9a-f]{40}$/);
  assert.match(current.sha1, /^[0-9a-f]{40}$/);
  assert.deepEqual(current.permitted, ['github.com', 'example.org', '10.9.0.0/16', '2001:db8::/32']);
  assert.deepEqual(current.excluded, []);
  assert.deepEqual(current.trustedBy, []);
  assert.deepEqual([chain, next], [[], null]);
});

test('showCa() names the stores of this machine that trust the CA', async (t) => {
  const { dir } = await opened(t);
  const code = `import { showCa } from ${JSON.stringify(import.meta.resolve('./ca-show.ts'))};
    console.log(JSON.stringify((await showCa(${JSON.stringify(dir)})).value.current.trustedBy));`;
  const env = { NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem') };
  const { text } = await run(process.execPath, ['--input-type=module-typescript', '-e', code], { env });
  assert.match(text, /\["node-extra"\]/);
});

test('showCa() shows the chain of an imported CA', async (t) => {
  const dir = await scratch(t);
  await opensslCa(dir, 'root', {
    extensions: [
      'basicConstraints=critical,CA:TRUE',
      'keyUsage=keyCertSign,cRLSign',
      'subjectKeyIdentifier=hash',
    ],
  });
  await opensslCa(dir, 'sub', { issuer: 'root' });
  const certificatePem = (await readText(dir, 'sub.pem')) + (await readText(dir, 'root.pem'));
  const store = join(dir, 'store');
  value(
    await importCa({
      dir: store,
      clock: testClock(),
      certificatePem,
      keyPem: await readText(dir, 'sub.key'),
    }),
  );
  const { current, chain } = value(await showCa(store));
  assert.equal(current.issuer, 'O=Example Corp, CN=root');
  assert.deepEqual(
    chain.map((one) => [one.subject, one.permitted, one.pathLength]),
    [['O=Example Corp, CN=root', null, null]],
  );
  const der = value(await exportCa({ dir: store, format: 'der' }));
  assert.equal(new X509Certificate(der).subject, 'O=Example Corp\nCN=root');
});

test('exportCa() gives what clients trust, in PEM and DER, and never a key', async (t) => {
  const { dir, clock } = await opened(t);
  const pem = Buffer.from(value(await exportCa({ dir, format: 'pem' }))).toString();
  assert.equal(pem, await readText(dir, 'ca.pem'));
  const der = value(await exportCa({ dir, format: 'der' }));
  assert.equal(new X509Certificate(der).toString(), pem);
  assert.equal(fails(await exportCa({ dir, format: 'der', which: 'next' })), 'ca-rotation');
  value(await rotateCa({ dir, clock, next: { kind: 'create' } }));
  const next = new X509Certificate(value(await exportCa({ dir, format: 'der', which: 'next' })));
  assert.equal(value(await exportCa({ dir, format: 'pem' })).toString(), pem + next.toString());
});

test('showCa() and exportCa() say so where there is no CA, and where it cannot be read', async (t) => {
  const dir = await scratch(t);
  assert.equal(fails(await showCa(dir)), 'ca-missing');
  assert.equal(fails(await exportCa({ dir, format: 'pem' })), 'ca-missing');
  await writeFile(join(dir, 'ca.pem'), 'no certificate');
  assert.equal(fails(await showCa(dir)), 'ca-malformed');
  assert.equal(fails(await showCa(join(dir, 'ca.pem'))), 'ca-unreadable');
});

test('R-16 namesNotPermitted() lists what the CA, or the next one, may not sign for', async (t) => {
  const { dir, clock } = await opened(t);
  const names = [
    'github.com',
    '*.github.com',
    'a-*.example.org',
    '*.githubcopilot.com',
    '10.9.1.0/24',
    '10.0.0.0/8',
  ];
  assert.deepEqual(value(await namesNotPermitted({ dir, names })), ['*.githubcopilot.com', '10.0.0.0/8']);
  value(
    await rotateCa({ dir, clock, next: { kind: 'create', permit: ['github.com', 'githubcopilot.com'] } }),
  );
  assert.deepEqual(value(await namesNotPermitted({ dir, names })), names.slice(2));
  assert.equal(fails(await namesNotPermitted({ dir, names: ['*.com'] })), 'ca-options');
});
