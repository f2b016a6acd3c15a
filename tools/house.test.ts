// The house as tests of the same run: rules, types and lint.
// Must not know any rule's inside.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { findingsOf } from './rules/all-rules.ts';
import { readTree } from './rules/source-tree.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

test('house rules hold: npm run rules', () => assert.deepEqual(findingsOf(readTree(root)), []));

for (const project of ['.', 'bin']) {
  test(`types hold: tsc -p ${project}`, () =>
    holds('typescript/bin/tsc', ['--noEmit', '--pretty', 'false', '-p', project]));
}

test('lint and format hold: biome check', () =>
  holds('@biomejs/biome/bin/biome', ['check', '--max-diagnostics=50']));

/** Runs a package's command with this Node and fails with what it printed. */
function holds(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(root, 'node_modules', command), ...args],
      { cwd: root },
      (error, stdout, stderr) => {
        if (error === null) resolve();
        else reject(Object.assign(new Error(`\n${stdout}${stderr}`), { stack: '' }));
      },
    );
  });
}
