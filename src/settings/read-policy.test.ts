// Policies of several files on a real disk: names, places and revisions.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { readPolicyFiles } from './read-policy.ts';

type Files = Readonly<Record<string, string>>;

async function folderOf(t: TestContext, files: Files): Promise<string> {
  const folder = await tempDir(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const TREE: Files = {
  'etc/policy.yaml': 'version: 1\notherwise: block\ninclude: [rules/a.yaml, ../common/b.yaml]\n',
  'etc/rules/a.yaml': 'version: 1\ninclude: more/c.yaml\nallow: [a.example.org]\n',
  'etc/rules/more/c.yaml': 'version: 1\nallow: [c.example.org]\n',
  'common/b.yaml': 'version: 1\nallow: [b.example.org]\n',
};

function read(folder: string, file: string) {
  return readPolicyFiles({ file, folder, timeZone: 'UTC' });
}

test('readPolicyFiles() counts a path from the folder of the including file, and names files as the first was named', async (t) => {
  const folder = await folderOf(t, TREE);
  const relative = read(folder, 'etc/policy.yaml');
  assert.ok(relative.ok, JSON.stringify(relative));
  const names = ['etc/policy.yaml', 'etc/rules/a.yaml', 'etc/rules/more/c.yaml', 'common/b.yaml'];
  assert.deepEqual(
    relative.value.texts,
    names.map((file) => ({ file, text: TREE[file] })),
  );
  assert.deepEqual(relative.value.policy.document.files, names);
  const absolute = read('/', join(folder, 'etc/policy.yaml'));
  assert.deepEqual(
    absolute.ok && absolute.value.policy.document.files,
    names.map((name) => join(folder, name)),
  );
});

test('readPolicyFiles() takes an absolute path as it stands', async (t) => {
  const folder = await folderOf(t, TREE);
  const other = join(folder, 'common', 'b.yaml');
  writeFileSync(join(folder, 'p.yaml'), `version: 1\notherwise: block\ninclude: ${other}\n`);
  const found = read(folder, 'p.yaml');
  assert.deepEqual(found.ok && found.value.policy.document.files, ['p.yaml', other]);
});

test('readPolicyFiles() names a revision that changes with any file, and that sha256sum gives too', async (t) => {
  const folder = await folderOf(t, TREE);
  const revision = (): string => {
    const found = read(folder, 'etc/policy.yaml');
    assert.ok(found.ok);
    return found.value.policy.revision;
  };
  const shell = (line: string): string =>
    execFileSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' }).trim();
  const before = revision();
  assert.equal(revision(), before);
  assert.equal(
    shell(`sha256sum ${Object.keys(TREE).join(' ')} | cut -c 1-64 | sha256sum | cut -c 1-12`),
    before,
  );
  for (const file of Object.keys(TREE)) {
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, file), `${text}# more\n`);
    assert.notEqual(revision(), before, file);
    writeFileSync(join(folder, file), text);
    assert.equal(revision(), before, file);
  }
  writeFileSync(join(folder, 'alone.yaml'), 'version: 1\notherwise: block\n');
  const alone = read(folder, 'alone.yaml');
  assert.equal(alone.ok && alone.value.policy.revision, shell('sha256sum alone.yaml | cut -c 1-12'));
});

const REFUSALS: readonly {
  readonly name: string;
  readonly spoil: (folder: string) => void;
  readonly at: string;
  readonly value: string;
}[] = [
  {
    name: 'a folder',
    spoil: (folder) => mkdirSync(join(folder, 'x.yaml')),
    at: 'p.yaml:3:11',
    value: 'x.yaml',
  },
  {
    name: 'a pipe, without waiting for its writer',
    spoil: (folder) => execFileSync('mkfifo', [join(folder, 'x.yaml')]),
    at: 'p.yaml:3:11',
    value: 'x.yaml',
  },
  {
    name: 'bytes that are no UTF-8',
    spoil: (folder) => writeFileSync(join(folder, 'x.yaml'), Buffer.from([0xff])),
    at: 'p.yaml:3:11',
    value: 'x.yaml',
  },
  {
    name: 'a link into the void',
    spoil: (folder) => symlinkSync('void', join(folder, 'x.yaml')),
    at: 'p.yaml:3:11',
    value: 'x.yaml',
  },
  {
    name: 'the policy itself by another name',
    spoil: (folder) => symlinkSync('p.yaml', join(folder, 'x.yaml')),
    at: 'p.yaml:3:11',
    value: 'x.yaml',
  },
  {
    name: 'another file by a second name',
    spoil: (folder) => symlinkSync('y.yaml', join(folder, 'x.yaml')),
    at: 'p.yaml:3:19',
    value: 'y.yaml',
  },
];

describe('readPolicyFiles() refuses to include', () => {
  for (const { name, spoil, at, value } of REFUSALS) {
    test(name, async (t) => {
      const folder = await folderOf(t, {
        'p.yaml': 'version: 1\notherwise: block\ninclude: [x.yaml, y.yaml]\n',
        'y.yaml': 'version: 1\n',
      });
      spoil(folder);
      const found = read(folder, 'p.yaml');
      assert.ok(!found.ok);
      assert.equal(found.error.kind, 'invalid');
      assert.deepEqual(
        found.error.faults.map((fault) => [`${fault.file}:${fault.line}:${fault.column}`, fault.value]),
        [[at, value]],
      );
    });
  }
});

test('readPolicyFiles() tells a policy that cannot be read from one that is wrong', async (t) => {
  const folder = await folderOf(t, { 'wrong.yaml': 'version: 1\n' });
  const kinds = ['none.yaml', 'wrong.yaml'].map((file) => {
    const found = read(folder, file);
    return found.ok ? 'read' : found.error.kind;
  });
  assert.deepEqual(kinds, ['unreadable', 'invalid']);
});

test('readPolicyFiles() reads a policy from a pipe once, with includes beside the name it was given', async (t) => {
  const folder = await folderOf(t, TREE);
  const text = TREE['etc/policy.yaml'];
  const found = readPolicyFiles({ file: 'etc/draft.yaml', text, folder, timeZone: 'UTC' });
  assert.deepEqual(found.ok && found.value.policy.document.allow.map(({ name }) => name), [
    'a.example.org',
    'c.example.org',
    'b.example.org',
  ]);
});
