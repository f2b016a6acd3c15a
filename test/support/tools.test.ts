// The tools that tests name are those that the build machine installs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { ROOT } from './processes.ts';
import { findTool, SYSTEM_TOOLS } from './tools.ts';

test('.ci/run installs the package of every tool that a test may ask for', () => {
  const list =
    /^packages=\((.*)\)$/m.exec(readFileSync(join(ROOT, '.ci', 'run'), 'utf8'))?.[1]?.split(' ') ?? [];
  for (const name of Object.values(SYSTEM_TOOLS)) assert.ok(list.includes(name), name);
});

test('findTool() leads to a program on the path', () => {
  assert.match(findTool('git') ?? findTool('curl') ?? '/missing', /^\//);
});
