// The page about the simulator and the code name the same things.
// Must not know how they work.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DEFAULT_WORLD } from '../../src/core/contract/default-world.ts';
import { CONTRACT_IDS } from '../../src/core/contract/verdict.ts';

const PAGE = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8');

/** The first cells of the table whose first heading cell is `column`, without backticks. */
function firstCells(column: string): string[] {
  const lines = PAGE.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${column} |`));
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end).map((line) => (line.split('|')[1] ?? '').trim().replaceAll('`', ''));
}

const TABLES: readonly { readonly column: string; readonly known: readonly string[] }[] = [
  { column: 'row', known: CONTRACT_IDS },
  { column: 'enterprise', known: DEFAULT_WORLD.enterprises.map((one) => one.slug) },
  { column: 'account', known: DEFAULT_WORLD.users.map((one) => one.login) },
  {
    column: 'token',
    known: [...DEFAULT_WORLD.tokens, ...DEFAULT_WORLD.installations].map((one) => one.token),
  },
  { column: 'repository', known: DEFAULT_WORLD.repositories.map((one) => one.name) },
  { column: 'part', known: Object.keys(DEFAULT_WORLD) },
];

for (const { column, known } of TABLES) {
  test(`docs/simulator.md has every ${column}, in the order of the code, and no other`, () => {
    assert.deepEqual(firstCells(column), [...known]);
  });
}
