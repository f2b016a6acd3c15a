// htpasswd files as people have them, and as the gate writes them.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { compareSync } from 'bcryptjs';
import { tempDir } from '../../test/support/temp-dir.ts';
import { costOf, parseHtpasswd } from './htpasswd.ts';
import { addUser, removeUser } from './htpasswd-edit.ts';

const HASH = `$2y$05$${'a'.repeat(53)}`;
const read = (text: string) => parseHtpasswd({ text, file: 'users.htpasswd' });

test('parseHtpasswd() reads bcrypt lines, comments and blank lines', () => {
  const users = read(`# people\n\ndave:${HASH}\r\ncarol@example.com:${HASH.replace('$2y', '$2b')}\n`);
  assert.ok(users.ok);
  assert.deepEqual([...users.value.keys()], ['dave', 'carol@example.com']);
  assert.equal(costOf(HASH), 5);
});

const FAULTS: readonly { name: string; line: string; user: string; column: number }[] = [
  { name: 'an MD5 hash', line: 'dave:$apr1$abcdefgh$0123456789012345678901', user: 'dave', column: 6 },
  { name: 'an SHA-1 hash', line: 'dave:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', user: 'dave', column: 6 },
  { name: 'an SHA-crypt hash', line: 'dave:$6$salt$hash', user: 'dave', column: 6 },
  { name: 'a plain password', line: 'dave:S3CRET', user: 'dave', column: 6 },
  { name: 'an empty password', line: 'dave:', user: 'dave', column: 6 },
  { name: 'a cut bcrypt hash', line: `dave:${HASH.slice(0, -1)}`, user: 'dave', column: 6 },
  {
    name: 'a cost that would hold a thread for minutes',
    line: `dave:${HASH.replace('$05$', '$31$')}`,
    user: 'dave',
    column: 6,
  },
  { name: 'a line without a colon', line: 'dave', user: '', column: 1 },
  { name: 'an empty user', line: `:${HASH}`, user: '', column: 1 },
  { name: 'a user with blanks around', line: ` dave:${HASH}`, user: ' dave', column: 1 },
  { name: 'a user twice', line: `erin:${HASH}`, user: 'erin', column: 1 },
];

describe('parseHtpasswd() refuses, with the line and without the hash,', () => {
  for (const row of FAULTS) {
    test(row.name, () => {
      const users = read(`erin:${HASH}\n${row.line}\n`);
      assert.equal(users.ok, false);
      const [fault, ...others] = users.ok ? [] : users.error;
      assert.deepEqual([fault?.line, fault?.column, fault?.value], [2, row.column, row.user]);
      assert.deepEqual(others, []);
      assert.ok(!JSON.stringify(fault).includes('S3CRET') && !JSON.stringify(fault).includes('aaaa'));
    });
  }
});

const CAUSES: readonly { name: string; text: string; mend: RegExp }[] = [
  { name: 'a byte order mark', text: `\ufeffdave:${HASH}\n`, mend: /without a byte order mark/ },
  { name: 'a third field', text: `dave:${HASH}:Dave of Sales\n`, mend: /second colon/ },
];

for (const { name, text, mend } of CAUSES) {
  test(`C10 parseHtpasswd() names ${name} and its mend`, () => {
    const users = read(text);
    const [fault] = users.ok ? [] : users.error;
    assert.deepEqual([fault?.line, fault?.value], [1, 'dave']);
    assert.match(fault?.mend ?? '', mend);
    assert.ok(!JSON.stringify(fault).includes('Sales'));
  });
}

test('addUser() adds and changes in one step, 0600, and leaves other lines alone', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'users.htpasswd');
  writeFileSync(file, `# ours\nerin:${HASH}`, { mode: 0o644 });
  assert.deepEqual(await addUser({ file, user: 'dave', password: 'one', cost: 4 }), {
    ok: true,
    value: 'added',
  });
  assert.deepEqual(await addUser({ file, user: 'dave', password: 'two', cost: 4 }), {
    ok: true,
    value: 'changed',
  });
  const text = readFileSync(file, 'utf8');
  assert.ok(text.startsWith(`# ours\nerin:${HASH}\ndave:$2b$04$`));
  const users = read(text);
  assert.ok(users.ok && compareSync('two', users.value.get('dave') ?? ''));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(dir), ['users.htpasswd']);
  assert.equal(removeUser({ file, user: 'dave' }), true);
  assert.equal(removeUser({ file, user: 'dave' }), false);
  assert.equal(readFileSync(file, 'utf8'), `# ours\nerin:${HASH}\n`);
});

test('addUser() makes the file and its folder, and keeps a symbolic link', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'new', 'users.htpasswd');
  await addUser({ file, user: 'dave', password: 'one', cost: 4 });
  mkdirSync(join(dir, 'etc'));
  symlinkSync(file, join(dir, 'etc', 'users'));
  await addUser({ file: join(dir, 'etc', 'users'), user: 'carol', password: 'one', cost: 4 });
  const users = read(readFileSync(file, 'utf8'));
  assert.deepEqual(users.ok ? [...users.value.keys()] : [], ['dave', 'carol']);
});

test('addUser() refuses what could not be used, and writes nothing', async (t) => {
  const file = join(await tempDir(t), 'users.htpasswd');
  const rows = [
    { user: 'a:b', password: 'x' },
    { user: 'a\nb', password: 'x' },
    { user: '', password: 'x' },
    { user: 'a', password: '' },
    { user: 'a', password: 'x\0y' },
    { user: 'a', password: 'é'.repeat(37) },
    { user: 'a', password: 'x', cost: 3 },
    { user: 'a', password: 'x', cost: 16 },
  ];
  for (const row of rows) assert.equal((await addUser({ file, ...row })).ok, false, JSON.stringify(row));
  assert.throws(() => statSync(file));
});

test('removeUser() removes nobody whose name only begins alike', async (t) => {
  const file = join(await tempDir(t), 'users.htpasswd');
  const text = `dave:${HASH}\nda:${HASH}\n`;
  writeFileSync(file, text);
  for (const user of ['dav', 'd', 'dave:', '']) assert.equal(removeUser({ file, user }), false, user);
  assert.equal(readFileSync(file, 'utf8'), text);
  assert.equal(removeUser({ file, user: 'da' }), true);
  assert.equal(readFileSync(file, 'utf8'), `dave:${HASH}\n`);
});

test('addUser() changes nobody whose name only begins alike', async (t) => {
  const file = join(await tempDir(t), 'users.htpasswd');
  writeFileSync(file, `dave:${HASH}\n`);
  assert.deepEqual(await addUser({ file, user: 'dav', password: 'one', cost: 4 }), {
    ok: true,
    value: 'added',
  });
  assert.ok(readFileSync(file, 'utf8').startsWith(`dave:${HASH}\ndav:`));
});

test('B9 one user is one, in whatever way the letters of the name are composed', async (t) => {
  const file = join(await tempDir(t), 'users.htpasswd');
  const [composed, apart] = ['J\u00fcrgen', 'Ju\u0308rgen'];
  writeFileSync(file, `${apart}:${HASH}\n`);
  const users = read(readFileSync(file, 'utf8'));
  assert.deepEqual(users.ok ? [...users.value.keys()] : [], [composed]);
  assert.equal(read(`${apart}:${HASH}\n${composed}:${HASH}`).ok, false);
  assert.deepEqual(await addUser({ file, user: composed, password: 'pa\u0308ss', cost: 4 }), {
    ok: true,
    value: 'changed',
  });
  const changed = read(readFileSync(file, 'utf8'));
  assert.ok(changed.ok && compareSync('p\u00e4ss', changed.value.get(composed) ?? ''));
  assert.equal(removeUser({ file, user: apart }), true);
});
