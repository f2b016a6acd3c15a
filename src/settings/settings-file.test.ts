// gatewright.yaml on a real disk.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { readSettingsFile } from './settings-file.ts';

test('readSettingsFile() takes relative paths from the folder of the file', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'gatewright.yaml');
  writeFileSync(
    file,
    'policy: rules/policy.yaml\nlisteners: [{ name: a, proxy: "127.0.0.1:0" }]\naudit: { dir: /var/audit }\nupstream: { roots: [corp.pem] }\n',
  );
  const settings = readSettingsFile(file);
  assert.ok(settings.ok);
  assert.equal(settings.value.policy, join(dir, 'rules/policy.yaml'));
  assert.equal(settings.value.audit.dir, '/var/audit');
  assert.deepEqual(settings.value.upstream.roots, [join(dir, 'corp.pem')]);
});

test('readSettingsFile() says which file is missing or wrong, and where', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'gatewright.yaml');
  const missing = readSettingsFile(file);
  assert.equal(missing.ok ? '' : missing.error[0]?.value, file);
  const folder = readSettingsFile(dir);
  assert.equal(folder.ok ? '' : folder.error[0]?.file, dir);
  writeFileSync(file, 'polcy: x\n');
  const wrong = readSettingsFile(file);
  assert.equal(wrong.ok ? '' : wrong.error.map(({ value }) => value).includes('polcy'), true);
});
