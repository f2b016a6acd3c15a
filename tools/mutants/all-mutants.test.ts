// The list of the mutants against the project, without planting any.
// Must not know any single mutant.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { rowsOf } from '../rules/docs.ts';
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

const REQUIREMENTS = rowsOf(textOf('docs/requirements.md'), 'id').map(({ name }) => name);
const FAULTS = rowsOf(textOf('docs/found-faults.md'), 'fault').map(({ name }) => name);

test('every requirement and every fault that was found has a mutant, and mutants hold up nothing else', () => {
  const held = new Set(ALL_MUTANTS.flatMap(({ holds }) => holds));
  assert.deepEqual([...held].sort(), [...REQUIREMENTS, ...FAULTS].sort());
});

test('every fault that was found has a test that is named for it', () => {
  const tests = globSync('{src,test,tools,bin}/**/*.test.ts', { cwd: root, exclude: ['**/node_modules'] });
  const texts = tests.map(textOf).join('\n');
  // Lines that no test noticed are not behaviour of their own: their tests are named for what they hold up.
  const unnamed = FAULTS.filter((id) => !id.startsWith('E')).filter(
    (id) => !new RegExp(`[\`'"](?:[A-Z]-?\\d+a?,? (?:and )?)*${id}[ ,:]`).test(texts),
  );
  assert.deepEqual(unnamed, []);
});
