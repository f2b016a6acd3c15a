// Which Node may run the gate.
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { mayRun, pinnedNode } from './_pinned-node.js';

const ROWS: readonly (readonly [version: string, may: boolean])[] = [
  ['18.20.8', false],
  ['22.22.0', false],
  ['24.17.0', false],
  ['24.18.0', false],
  ['24.18.1', true],
  ['24.19.0', true],
  ['25.9.0', false],
  ['26.5.0', false],
  ['26.5.1', true],
  ['26.10.0', true],
  ['27.0.0', true],
  ['27.0.0-nightly20261101', false],
  ['', false],
];

for (const [version, may] of ROWS) {
  test(`R-58 mayRun() ${may ? 'accepts' : 'refuses'} Node ${version || '(none)'}`, () => {
    assert.equal(mayRun(version), may);
  });
}

test('pinnedNode() is null where the platform package is not installed', () => {
  assert.equal(pinnedNode('/'), null);
});

test('pinnedNode() finds the Node that package.json pins', () => {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  assert.match(pinnedNode(root) ?? 'none', /node(?:\.exe)?$/);
});
