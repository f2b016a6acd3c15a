// Fingerprints: equal for equal secrets, keyed, and no way back.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { KeyedPrinter, loadPrintKey } from './secret-printer.ts';

const clock = { now: () => 0, monotonic: () => 0 };

test('R-50 KeyedPrinter prints equal secrets alike under one key only', () => {
  const one = new KeyedPrinter({ key: new Uint8Array(32).fill(1), clock });
  const two = new KeyedPrinter({ key: new Uint8Array(32).fill(2), clock });
  assert.match(one.print('ghp_x'), /^[0-9a-f]{12}$/);
  assert.equal(one.print('ghp_x'), one.print('ghp_x'));
  assert.notEqual(one.print('ghp_x'), one.print('ghp_y'));
  assert.notEqual(one.print('ghp_x'), two.print('ghp_x'));
  const first = one.print('secret-0');
  for (let at = 0; at < 2_000; at += 1) one.print(`secret-${at}`);
  assert.equal(one.print('secret-0'), first);
});

test('R-50 loadPrintKey() makes one key per installation, 0600, and keeps it', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'keys', 'print.key');
  const key = loadPrintKey(file);
  assert.equal(key.length, 32);
  assert.deepEqual(loadPrintKey(file), key);
  chmodSync(file, 0o644);
  loadPrintKey(file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(dir, 'keys')), ['print.key']);
  assert.ok(!readFileSync(file, 'utf8').includes('undefined'));
});

test('loadPrintKey() refuses a damaged key', async (t) => {
  const file = join(await tempDir(t), 'print.key');
  writeFileSync(file, 'short\n');
  assert.throws(() => loadPrintKey(file), /64 hexadecimal digits/);
});
