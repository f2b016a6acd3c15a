// `gatewright world check`: what a person and a build see of a world file.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Said, sayTo } from '../../../test/support/command-line.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';

const WORLD = `multipleEnterprises: reject
enterprises:
  - { id: "7", slug: acme-corp, shortcode: acme, restrictions: disabled }
users:
  - { login: ann_acme, enterprise: acme-corp, password: secret }
tokens:
  - { token: ghp_AnnAcme00000000000000000000000000000, user: ann_acme }
`;

async function check(t: TestContext, world: string, args: readonly string[] = []): Promise<Said> {
  const cwd = await tempDir(t);
  writeFileSync(join(cwd, 'world.yaml'), world);
  return sayTo(['world', 'check', 'world.yaml', ...args], { cwd });
}

test('world check says what is in a world, and none of its tokens', async (t) => {
  const said = await check(t, WORLD);
  assert.deepEqual([said.status, said.stderr], [0, '']);
  assert.match(said.stdout, /^world\.yaml: right\n/);
  assert.match(said.stdout, /enterprises +1: acme-corp \(7, restrictions disabled\); one in one header/);
  assert.match(said.stdout, /users +1: ann_acme \(acme-corp\)/);
  assert.match(said.stdout, /repositories +none/);
  assert.doesNotMatch(said.stdout, /ghp_|secret/);
});

test('world check --json counts what is in a world', async (t) => {
  const said = await check(t, WORLD, ['--json']);
  const { valid, faults, counts } = JSON.parse(said.stdout);
  assert.deepEqual([said.status, valid, faults], [0, true, []]);
  assert.deepEqual([counts.users, counts.repositories, counts.tokens], [1, 0, 1]);
});

const FAULTS: readonly (readonly [name: string, world: string, place: string])[] = [
  ['an unknown key', WORLD.replace('users:', 'user:'), '4:1'],
  ['a name that nobody has', WORLD.replace('user: ann_acme', 'user: bob'), '7:62'],
  ['text that is no YAML', 'users: [', '1:9'],
];

for (const [name, world, place] of FAULTS) {
  test(`world check ends with 3 and points at ${name}`, async (t) => {
    const said = await check(t, world);
    assert.deepEqual([said.status, said.stdout], [3, '']);
    assert.ok(said.stderr.startsWith(`world.yaml:${place}: `), said.stderr);
    const asked = await check(t, world, ['--json']);
    const { valid, faults } = JSON.parse(asked.stdout);
    assert.deepEqual([asked.status, valid, `${faults[0].line}:${faults[0].column}`], [3, false, place]);
  });
}

test('world check ends with 1 when there is no such file', async (t) => {
  const said = await sayTo(['world', 'check', 'wrld.yaml'], { cwd: await tempDir(t) });
  assert.deepEqual([said.status, said.stdout], [1, '']);
  assert.match(said.stderr, /"wrld\.yaml": there is no such file/);
});
