// `gatewright presets` and `gatewright schema`: what the core knows, shown.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { sayTo } from '../../../test/support/command-line.ts';

test('presets lists every preset with its purpose', async () => {
  const said = await sayTo(['presets']);
  assert.equal(said.status, 0);
  for (const name of ['github', 'copilot', 'codespaces', 'enterprise:SLUG'])
    assert.match(said.stdout, new RegExp(`^${name} `, 'm'));
});

test('presets NAME --json gives the rows with their sources', async () => {
  const said = await sayTo(['presets', 'codespaces', '--json']);
  const [preset] = JSON.parse(said.stdout);
  assert.deepEqual(
    preset.rows.map((row: { readonly pattern: string }) => row.pattern),
    ['github.dev', '*.github.dev'],
  );
  assert.match(preset.rows[0].source.url, /^https:/);
});

test('presets --markdown has a table per preset', async () => {
  const said = await sayTo(['presets', 'ssh', '--markdown']);
  assert.match(said.stdout, /\| `github.com:22` \|/);
});

test('presets NAME shows each row with the number of its page', async () => {
  const said = await sayTo(['presets', 'ssh']);
  assert.match(said.stdout, /^ {2}\[1\] github\.com:22 /m);
  assert.match(said.stdout, /^ {2}\[3\] ssh\.github\.com /m);
  assert.match(said.stdout, /^ {2}\[3\] Using SSH over the HTTPS port \(\d{4}-\d\d-\d\d\)\n +https:/m);
});

test('presets --markdown prints docs/presets.md', async () => {
  const page = readFileSync(new URL('../../../docs/presets.md', import.meta.url), 'utf8');
  assert.equal((await sayTo(['presets', '--markdown'])).stdout, page);
});

test('presets fills in a parameter', async () => {
  const said = await sayTo(['presets', 'enterprise:octo-corp']);
  assert.match(said.stdout, /github\.com\/enterprises\/octo-corp\/\*/);
});

test('presets names the right spelling of an unknown one', async () => {
  const said = await sayTo(['presets', 'codespace']);
  assert.deepEqual([said.status, said.stdout], [1, '']);
  assert.match(said.stderr, /"codespace".*codespaces/);
});

for (const name of ['policy', 'include', 'tests', 'settings', 'record', 'world']) {
  test(`schema ${name} is a JSON Schema`, async () => {
    const said = await sayTo(['schema', name]);
    assert.equal(said.status, 0);
    assert.match(JSON.parse(said.stdout).$schema, /json-schema\.org/);
  });
}
