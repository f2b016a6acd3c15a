// Rotation: two CAs handed out, one that signs at any time, and no moment at which a crash loses a CA.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  fails,
  host,
  openssl,
  opensslCa,
  readText,
  scratch,
  testClock,
  value,
} from '../../test/support/authority-parts.ts';
import {
  CLIENT,
  CRL_URL,
  type Opened,
  open,
  opened,
  sentChain,
  serve,
} from '../../test/support/served-authority.ts';
import { DAY_MS } from './_lifetimes.ts';
import { openAuthority } from './authority.ts';
import { createCa } from './ca-init.ts';
import { retireCa, rotateCa } from './ca-rotate.ts';
import { showCa } from './ca-show.ts';

const CREATE = { kind: 'create' } as const;

/** A gate whose rotation to a new CA began today and is due in ten days. */
async function rotating(t: TestContext): Promise<Opened> {
  const { dir, clock } = await opened(t);
  value(await rotateCa({ dir, clock, next: CREATE, activateInDays: 10 }));
  return open(dir, clock);
}

/** The subject of the CA that signs now. */
async function signingCa(t: TestContext, gate: Opened): Promise<string | undefined> {
  const [leaf, ca] = await sentChain(await serve(t, gate, host('github.com')), 'github.com');
  assert.ok(leaf && ca);
  assert.ok(leaf.verify(ca.publicKey));
  return ca.subject;
}

test('R-16 rotateCa() hands out both CAs, and the next one signs from its day on', async (t) => {
  const gate = await rotating(t);
  const { current, next } = value(await showCa(gate.dir));
  assert.ok(next);
  assert.equal(next.activate, new Date(gate.clock.now() + 10 * DAY_MS).toISOString());
  assert.deepEqual(next.permitted, current.permitted);
  assert.notEqual(next.subject, current.subject);
  assert.deepEqual(
    gate.authority.signingPems.map((pem) =>
      new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase(),
    ),
    [current.sha256, next.sha256],
  );
  assert.equal((await stat(join(gate.dir, 'next.key'))).mode & 0o777, 0o600);
  assert.equal(await signingCa(t, gate), current.subject);
  const before = await gate.authority.crl();
  gate.clock.advance(10 * DAY_MS - 1);
  assert.equal(await signingCa(t, gate), current.subject);
  gate.clock.advance(1);
  assert.equal(await signingCa(t, gate), next.subject);
  assert.notDeepEqual(await gate.authority.crl(), before);
  await writeFile(join(gate.dir, 'crl.der'), await gate.authority.crl());
  const list = await openssl(
    gate.dir,
    'crl',
    '-inform',
    'DER',
    '-in',
    'crl.der',
    '-noout',
    '-issuer',
    '-nameopt',
    'RFC2253',
  );
  assert.equal(list.trim(), `issuer=${next.subject}`);
});

test('R-16 every leaf of a rotation is accepted with what is handed out', async (t) => {
  const gate = await rotating(t);
  for (const days of [0, 10]) {
    gate.clock.advance(days * DAY_MS);
    const [leaf] = await sentChain(await serve(t, gate, host('github.com')), 'github.com');
    assert.ok(leaf);
    await writeFile(join(gate.dir, 'leaf.pem'), leaf.toString());
    const at = ['-attime', String(Math.floor(gate.clock.now() / 1000))];
    const text = await openssl(gate.dir, 'verify', ...at, '-x509_strict', '-CAfile', 'ca.pem', 'leaf.pem');
    assert.match(text, /leaf\.pem: OK/);
  }
});

test('R-16 reload() takes a rotation into a running gate', async (t) => {
  const gate = await opened(t);
  await gate.authority.leafFor(host('github.com'), 'content', CLIENT);
  const alone = gate.authority.caPem;
  value(await rotateCa({ dir: gate.dir, clock: gate.clock, next: CREATE, activateInDays: 0 }));
  value(await gate.authority.reload());
  const { next } = value(await showCa(gate.dir));
  assert.ok(gate.authority.caPem.startsWith(alone) && gate.authority.caPem.length > alone.length);
  assert.equal(await signingCa(t, gate), next?.subject);
  await rm(join(gate.dir, 'ca.pem'));
  assert.equal(fails(await gate.authority.reload()), 'ca-missing');
  assert.equal(await signingCa(t, gate), next?.subject);
});

test('R-16 openAuthority() opens when the old CA is over and the next one signs', async (t) => {
  const dir = await scratch(t);
  const clock = testClock();
  value(await createCa({ dir, permit: ['github.com'], days: 20, clock }));
  value(await rotateCa({ dir, clock, next: CREATE, activateInDays: 10 }));
  clock.advance(21 * DAY_MS);
  assert.equal(await signingCa(t, await open(dir, clock)), value(await showCa(dir)).next?.subject);
});

test('R-16 retireCa() leaves the next CA alone, after its day and not before', async (t) => {
  const gate = await rotating(t);
  const { dir, clock } = gate;
  const { next } = value(await showCa(dir));
  assert.equal(fails(await retireCa({ dir, clock })), 'ca-rotation');
  clock.advance(10 * DAY_MS);
  const facts = value(await retireCa({ dir, clock }));
  assert.equal(facts.current.sha256, next?.sha256);
  assert.equal(facts.next, null);
  assert.deepEqual((await readdir(dir)).sort(), ['ca.key', 'ca.pem']);
  assert.equal(await signingCa(t, await open(dir, clock)), next?.subject);
  assert.equal(fails(await retireCa({ dir, clock })), 'ca-rotation');
});

test('R-16 rotateCa() begins no second rotation while one is going on, and another one afterwards', async (t) => {
  const { dir, clock } = await rotating(t);
  const key = await readText(dir, 'next.key');
  assert.equal(fails(await rotateCa({ dir, clock, next: CREATE })), 'ca-rotation');
  assert.equal(await readText(dir, 'next.key'), key);
  clock.advance(11 * DAY_MS);
  value(await retireCa({ dir, clock }));
  value(await rotateCa({ dir, clock, next: { kind: 'create', permit: ['github.com'], days: 100 } }));
  assert.deepEqual(value(await showCa(dir)).next?.permitted, ['github.com']);
});

test('R-16 rotateCa() takes an imported CA, and lints it', async (t) => {
  const { dir, clock } = await opened(t);
  const made = await scratch(t);
  await opensslCa(made, 'good');
  await opensslCa(made, 'bad', { extensions: ['basicConstraints=CA:FALSE'] });
  // They are valid from the second in which openssl made them, which may be one after the clock's own start.
  clock.advance(60_000);
  const given = async (name: string): Promise<{ certificatePem: string; keyPem: string }> => ({
    certificatePem: await readText(made, `${name}.pem`),
    keyPem: await readText(made, `${name}.key`),
  });
  assert.equal(
    fails(await rotateCa({ dir, clock, next: { kind: 'import', ...(await given('bad')) } })),
    'ca-lint',
  );
  assert.equal(value(await showCa(dir)).next, null);
  value(await rotateCa({ dir, clock, next: { kind: 'import', ...(await given('good')) } }));
  assert.equal(value(await showCa(dir)).next?.subject, 'O=Example Corp, CN=good');
});

test('R-16 rotateCa() refuses the same CA again, and a day that is none', async (t) => {
  const { dir, clock } = await opened(t);
  const same = { certificatePem: await readText(dir, 'ca.pem'), keyPem: await readText(dir, 'ca.key') };
  assert.equal(fails(await rotateCa({ dir, clock, next: { kind: 'import', ...same } })), 'ca-rotation');
  assert.equal(fails(await rotateCa({ dir, clock, next: CREATE, activateInDays: -1 })), 'ca-options');
  assert.deepEqual((await readdir(dir)).sort(), ['ca.key', 'ca.pem']);
});

interface Crash {
  readonly name: string;
  /** Undoes what had not been written yet at the moment of the crash. `before` is ca.pem before the rotation. */
  readonly undo: (dir: string, before: string) => Promise<unknown>;
}

const CRASHES_OF_ROTATE: readonly Crash[] = [
  {
    name: 'after the key',
    undo: async (dir, before) => {
      await rm(join(dir, 'rotation.json'));
      await writeFile(join(dir, 'ca.pem'), before);
    },
  },
  { name: 'after the plan', undo: (dir, before) => writeFile(join(dir, 'ca.pem'), before) },
];
for (const row of CRASHES_OF_ROTATE) {
  test(`R-16 a rotateCa() that was killed ${row.name} changed nothing, and can be repeated`, async (t) => {
    const { dir, clock } = await opened(t);
    const before = await readText(dir, 'ca.pem');
    value(await rotateCa({ dir, clock, next: CREATE, activateInDays: 0 }));
    const key = await readText(dir, 'next.key');
    await row.undo(dir, before);
    const gate = await open(dir, clock);
    assert.equal(await signingCa(t, gate), new X509Certificate(before).subject);
    value(await rotateCa({ dir, clock, next: CREATE, activateInDays: 0 }));
    assert.equal(await readText(dir, 'next.key'), key);
    value(await gate.authority.reload());
    assert.equal(await signingCa(t, gate), value(await showCa(dir)).next?.subject);
  });
}

const CRASHES_OF_RETIRE: readonly {
  readonly name: string;
  readonly until: (dir: string, after: string) => Promise<unknown>;
}[] = [
  { name: 'after the key', until: (dir) => rename(join(dir, 'next.key'), join(dir, 'ca.key')) },
  {
    name: 'after the certificate',
    until: async (dir, after) => {
      await rename(join(dir, 'next.key'), join(dir, 'ca.key'));
      await writeFile(join(dir, 'ca.pem'), after);
    },
  },
];
for (const row of CRASHES_OF_RETIRE) {
  test(`R-16 a retireCa() that was killed ${row.name} leaves a gate that signs as the next CA`, async (t) => {
    const { dir, clock } = await rotating(t);
    const both = await readText(dir, 'ca.pem');
    clock.advance(10 * DAY_MS);
    const next = value(await showCa(dir)).next?.subject;
    const after = both.slice(both.lastIndexOf('-----BEGIN'));
    await row.until(dir, after);
    assert.equal(await signingCa(t, await open(dir, clock)), next);
    const again = await retireCa({ dir, clock });
    assert.equal(value(again).current.subject, next);
    assert.deepEqual((await readdir(dir)).sort(), ['ca.key', 'ca.pem']);
    assert.equal(await signingCa(t, await open(dir, clock)), next);
  });
}

const BROKEN: readonly { readonly name: string; readonly harm: (dir: string) => Promise<unknown> }[] = [
  { name: 'a missing next key', harm: (dir) => rm(join(dir, 'next.key')) },
  {
    name: "another CA's key as the next key",
    harm: async (dir) => writeFile(join(dir, 'next.key'), await readText(dir, 'ca.key')),
  },
  {
    name: 'a plan that cannot be read',
    harm: (dir) => writeFile(join(dir, 'rotation.json'), '{"next":"x"}'),
  },
];
for (const row of BROKEN) {
  test(`R-16 openAuthority() refuses a rotation with ${row.name}`, async (t) => {
    const { dir, clock } = await rotating(t);
    await row.harm(dir);
    assert.equal(fails(await openAuthority({ dir, clock, options: { crlUrl: CRL_URL } })), 'ca-rotation');
  });
}
