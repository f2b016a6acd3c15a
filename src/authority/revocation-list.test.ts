// The revocation list as openssl reads it, and how long one is held.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { host, openssl, run, value } from '../../test/support/authority-parts.ts';
import { type Opened, open, opened, sentChain, serve } from '../../test/support/served-authority.ts';
import { DAY_MS } from './_lifetimes.ts';

async function listText({ dir, authority }: Opened): Promise<string> {
  await writeFile(join(dir, 'crl.der'), await authority.crl());
  await openssl(dir, 'crl', '-inform', 'DER', '-in', 'crl.der', '-out', 'crl.pem');
  return openssl(dir, 'crl', '-in', 'crl.pem', '-noout', '-text', '-CAfile', 'ca.pem');
}

test('R-14 crl() is a signed, empty version 2 list with a number, an authority key and a week of life', async (t) => {
  const gate = await opened(t);
  const text = await listText(gate);
  assert.match(text, /Version 2 /);
  assert.match(text, /verify OK/);
  assert.match(text, /No Revoked Certificates/);
  const ca = await openssl(gate.dir, 'x509', '-in', 'ca.pem', '-noout', '-text');
  const ski = /Subject Key Identifier: *\n *([0-9A-F:]+)/.exec(ca)?.[1];
  assert.match(text, new RegExp(`Authority Key Identifier: *\\n *(?:keyid:)?${ski}\\n`));
  assert.match(text, new RegExp(`CRL Number: *\\n *${Math.floor(gate.clock.now() / 1000)}\\n`));
  const at = (field: string): number => Date.parse(new RegExp(`${field} Update: (.*)`).exec(text)?.[1] ?? '');
  const now = Math.floor(gate.clock.now() / 1000) * 1000;
  assert.deepEqual([at('Last'), at('Next')], [now - DAY_MS, now + 7 * DAY_MS]);
});

test('R-14 crl() holds a list for half its week, makes one for all who ask at once, and a higher number each time', async (t) => {
  const { authority, clock } = await opened(t);
  const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => authority.crl()));
  for (const other of others) assert.equal(other, first);
  clock.advance(3.5 * DAY_MS - 1);
  assert.equal(await authority.crl(), first);
  clock.advance(1);
  const second = await authority.crl();
  assert.notEqual(second, first);
  // A clock that is set back: the list would not be valid yet.
  clock.advance(-DAY_MS - 1);
  assert.notEqual(await authority.crl(), second);
});

test('R-14 crl() lists what revoked.txt names, and openssl then refuses that leaf and no other', async (t) => {
  const gate = await opened(t);
  const leaves = ['github.com', 'api.github.com'].map(host);
  for (const [at, name] of leaves.entries()) {
    const [leaf] = await sentChain(await serve(t, gate, name), name);
    assert.ok(leaf);
    await writeFile(join(gate.dir, `leaf${at}.pem`), leaf.toString());
  }
  const serial = gate.signed[0]?.serial;
  await writeFile(join(gate.dir, 'revoked.txt'), `# stolen\n\n${serial} 2026-01-31T12:00:00Z # laptop 7\n`);
  value(await gate.authority.reload());
  assert.match(await listText(gate), new RegExp(`Serial Number: ${serial}`, 'i'));
  const check = ['verify', '-crl_check', '-x509_strict', '-CAfile', 'ca.pem', '-CRLfile', 'crl.pem'];
  const revoked = await run('openssl', [...check, 'leaf0.pem'], { cwd: gate.dir });
  assert.match(revoked.text, /certificate revoked/);
  assert.match(await openssl(gate.dir, ...check, 'leaf1.pem'), /leaf1\.pem: OK/);
});

const WRONG: readonly { readonly name: string; readonly text: string }[] = [
  { name: 'a serial number that is none', text: 'xyz 2027-01-31T12:00:00Z\n' },
  { name: 'a time that is none', text: '4f2a tomorrow\n' },
  { name: 'a third word', text: '4f2a 2027-01-31T12:00:00Z why\n' },
];
for (const row of WRONG) {
  test(`crl() is not made from a revoked.txt with ${row.name}`, async (t) => {
    const { dir, clock } = await opened(t);
    await writeFile(join(dir, 'revoked.txt'), row.text);
    const { authority } = await open(dir, clock);
    await assert.rejects(authority.crl(), /revoked\.txt.*line 1 /);
  });
}
