// docs/ca.md explains every code of this room, and no other.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { AUTHORITY_FAULT_CODES, LINT_CODES } from './fault.ts';

const TABLES: readonly { readonly heading: string; readonly codes: readonly string[] }[] = [
  { heading: 'fault', codes: AUTHORITY_FAULT_CODES },
  { heading: 'finding', codes: LINT_CODES },
];
for (const row of TABLES) {
  test(`docs/ca.md has one row per ${row.heading}`, async () => {
    const page = await readFile(new URL('../../docs/ca.md', import.meta.url), 'utf8');
    const table = new RegExp(`^\\| ${row.heading} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, 'm').exec(page)?.[1];
    const rows = (table ?? '').matchAll(/^\| `([a-z-]+)` \|/gm);
    assert.deepEqual([...rows].map((match) => match[1]).sort(), [...row.codes].sort());
  });
}
