// Reading world documents: what is taken, what is refused, and where.
// Must not know who is judged.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DEFAULT_WORLD } from './default-world.ts';
import { parseWorld } from './world.ts';

const FILE = new URL('../../../test/contract/world.yaml', import.meta.url);

test('parseWorld() reads the default world from its file', () => {
  assert.deepEqual(parseWorld({ text: readFileSync(FILE, 'utf8'), file: 'world.yaml' }), {
    ok: true,
    value: DEFAULT_WORLD,
  });
});

test('parseWorld() gives an empty document every default', () => {
  const read = parseWorld({ text: '{}', file: 'world.yaml' });
  assert.ok(read.ok);
  assert.equal(read.value.multipleEnterprises, 'allow');
  assert.deepEqual(read.value.enterprises, []);
});

const ENTERPRISE = 'enterprises: [{ id: "1", slug: a-corp, shortcode: a }]\n';
const USER = `${ENTERPRISE}users: [{ login: u_a, enterprise: a-corp, password: p }]\n`;

const FAULTS: readonly {
  readonly name: string;
  readonly text: string;
  readonly at: string;
  readonly value: string;
}[] = [
  { name: 'an unknown key', text: 'enterprise: []\n', at: '1:1', value: 'enterprise' },
  {
    name: 'an ID without quotes',
    text: 'enterprises:\n  - { id: 1, slug: a, shortcode: a }\n',
    at: '2:11',
    value: '1',
  },
  {
    name: 'an ID that is no number',
    text: 'enterprises:\n  - { id: "x", slug: a, shortcode: a }\n',
    at: '2:11',
    value: 'x',
  },
  { name: 'an unknown setting', text: 'multipleEnterprises: maybe\n', at: '1:22', value: 'maybe' },
  {
    name: 'an organization of an enterprise that is not there',
    text: `${ENTERPRISE}organizations:\n  - { login: o, enterprise: b-corp }\n`,
    at: '3:29',
    value: 'b-corp',
  },
  {
    name: 'a repository without an owner',
    text: 'repositories: [{ name: nobody/x, visibility: public }]\n',
    at: '1:24',
    value: 'nobody',
  },
  {
    name: 'a repository that climbs out of its folder',
    text: 'repositories: [{ name: ../x, visibility: public }]\n',
    at: '1:24',
    value: '../x',
  },
  {
    name: 'a repository named as a parent folder',
    text: `${USER}repositories:\n  - { name: u_a/.., visibility: public }\n`,
    at: '4:13',
    value: 'u_a/..',
  },
  {
    name: 'a token of nobody',
    text: 'tokens: [{ token: ghp_0000000000000000, user: u }]\n',
    at: '1:47',
    value: 'u',
  },
  {
    name: 'a token of no known kind',
    text: `${USER}tokens:\n  - { token: glpat-00000000000000000, user: u_a }\n`,
    at: '4:14',
    value: 'glpat-00000000000000000',
  },
  {
    name: 'an installation token that is too short',
    text: `${USER}installations:\n  - { id: 1, app: bot, organization: u_a, token: ghs_short }\n`,
    at: '4:50',
    value: 'ghs_short',
  },
  {
    name: "a slug that is another enterprise's ID",
    text: 'enterprises:\n  - { id: "1", slug: a, shortcode: a }\n  - { id: "2", slug: "1", shortcode: b }\n',
    at: '3:22',
    value: '1',
  },
  {
    name: 'a user and an organization of one name',
    text: `${USER}organizations:\n  - { login: U_A }\n`,
    at: '2:18',
    value: 'u_a',
  },
];

for (const { name, text, at, value } of FAULTS) {
  test(`parseWorld() refuses ${name} and says where`, () => {
    const read = parseWorld({ text, file: 'world.yaml' });
    assert.ok(!read.ok);
    const found = read.error.map((fault) => `${fault.line}:${fault.column} ${fault.value}`);
    assert.ok(found.includes(`${at} ${value}`), `found ${JSON.stringify(found)}`);
    assert.ok(
      read.error.every((fault) => fault.file === 'world.yaml' && fault.problem !== '' && fault.mend !== ''),
    );
  });
}
