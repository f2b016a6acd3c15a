// The list of the mutants against the project, without planting any.
// Must not know any single mutant.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { ALL_MUTANTS } from './all-mutants.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const textOf = (file: string): string => {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

test('the line of every mutant stands once in its file, and changes', () => {
  const wrong = ALL_MUTANTS.filter(
    ({ file, line, becomes }) => textOf(file).split(line).length !== 2 || line === becomes,
  );
  assert.deepEqual(
    wrong.map(({ file, line }) => `${file}: ${line}`),
    [],
  );
});

test('every mutant names what it holds up, and tests in files that are there', () => {
  const wrong = ALL_MUTANTS.filter(
    ({ holds, red }) => holds.length === 0 || red.length === 0 || red.some(({ file }) => textOf(file) === ''),
  );
  assert.deepEqual(
    wrong.map(({ file, line }) => `${file}: ${line}`),
    [],
  );
});
