// docs/admin-api.md against the routes and refusals of the code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const page = read('../../docs/admin-api.md');
const code = read('./admin-server.ts') + read('./_guard.ts');

test('docs/admin-api.md names every route and no other', () => {
  const inCode = [...code.matchAll(/method: '(GET|POST)',\s+url: '([^']+)'/g)].map(
    (found) => `${found[1]} ${found[2]}`,
  );
  const named = [...page.matchAll(/^\| `((?:GET|POST) [^`?]+)[^`]*` \|/gm)].map((found) => found[1] ?? '');
  assert.ok(inCode.length >= 9);
  assert.deepEqual(new Set(named), new Set(inCode));
});

test('docs/admin-api.md names every refusal and no other', () => {
  const inCode = [...code.matchAll(/code: (?:status < 500 \? )?'([a-z-]+)'(?: : '([a-z-]+)')?/g)].flatMap(
    (found) => [found[1], found[2]].filter((each) => each !== undefined),
  );
  const named = [...page.matchAll(/^\| \d{3} \| `([a-z-]+)` \|/gm)].map((found) => found[1] ?? '');
  assert.deepEqual(new Set(named), new Set(inCode));
});
