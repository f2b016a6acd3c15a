// Files replaced together: whole, with their mode and links, or not at all.
import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { untilTrue } from '../../../test/support/until.ts';
import { replaceFiles } from './_replace-files.ts';

test('replaceFiles() replaces and makes files, and keeps modes and links', async (t) => {
  const folder = await tempDir(t);
  const [old, link, made] = ['old.yaml', 'link.yaml', 'made.yaml'].map((name) => join(folder, name));
  assert.ok(old !== undefined && link !== undefined && made !== undefined);
  writeFileSync(old, 'a');
  chmodSync(old, 0o640);
  symlinkSync('old.yaml', link);
  const done = replaceFiles([
    { file: made, before: null, text: 'm' },
    { file: link, before: 'a', text: 'b' },
  ]);
  assert.equal(done.ok, true);
  assert.deepEqual([readFileSync(made, 'utf8'), readFileSync(old, 'utf8')], ['m', 'b']);
  assert.equal(statSync(old).mode & 0o777, 0o640);
  assert.equal(lstatSync(link).isSymbolicLink(), true);
  assert.deepEqual(readdirSync(folder).sort(), ['link.yaml', 'made.yaml', 'old.yaml']);
});

test('replaceFiles() leaves every file as it was when one of them cannot be replaced', async (t) => {
  const folder = await tempDir(t);
  const file = (name: string): string => join(folder, name);
  writeFileSync(file('old'), 'a');
  writeFileSync(file('other'), 'o');
  mkdirSync(join(folder, 'dir', 'full'), { recursive: true });
  for (const last of [
    // A rename onto a folder fails, after the others were done.
    { file: file('dir'), before: null, text: 'x' },
    // A folder that is missing fails before any.
    { file: file('none/x'), before: null, text: 'x' },
    // Somebody has written in the meantime, or made what was to be new.
    { file: file('other'), before: 'not this', text: 'x' },
    { file: file('other'), before: null, text: 'x' },
  ]) {
    const done = replaceFiles([
      { file: file('new'), before: null, text: 'n' },
      { file: file('old'), before: 'a', text: 'b' },
      last,
    ]);
    assert.equal(done.ok, false);
    assert.match(done.ok ? '' : done.error, /^Cannot write ".*(dir|none\/x|other)": /);
    assert.deepEqual([readFileSync(file('old'), 'utf8'), readFileSync(file('other'), 'utf8')], ['a', 'o']);
    assert.deepEqual(readdirSync(folder).sort(), ['dir', 'old', 'other']);
  }
});

test('R-65 A2 replaceFiles() writes no file in place, not even to take a change back', async (t) => {
  const folder = await tempDir(t);
  const old = join(folder, 'old');
  writeFileSync(old, 'a');
  mkdirSync(join(folder, 'dir', 'full'), { recursive: true });
  const told: string[] = [];
  const watcher = watch(folder, (event, name) => void (name === 'old' && told.push(event)));
  t.after(() => watcher.close());
  const wanted = [
    { file: old, before: 'a', text: 'b' },
    { file: join(folder, 'dir'), before: null, text: 'x' },
  ];
  assert.equal(replaceFiles(wanted).ok, false);
  await untilTrue(() => told.length >= 2, 'the system tells nothing');
  assert.deepEqual([readFileSync(old, 'utf8'), new Set(told)], ['a', new Set(['rename'])]);
});

test('replaceFiles() leaves alone what another is replacing, and says what to do when none is', async (t) => {
  const folder = await tempDir(t);
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, 'a');
  writeFileSync(`${file}.new`, 'half');
  const done = replaceFiles([
    { file: join(folder, 'made.yaml'), before: null, text: 'm' },
    { file, before: 'a', text: 'b' },
  ]);
  assert.match(done.ok ? '' : done.error, /policy\.yaml": another command is writing it\..*"\.new"/);
  assert.deepEqual(readdirSync(folder).sort(), ['policy.yaml', 'policy.yaml.new']);
  assert.deepEqual([readFileSync(file, 'utf8'), readFileSync(`${file}.new`, 'utf8')], ['a', 'half']);
});
