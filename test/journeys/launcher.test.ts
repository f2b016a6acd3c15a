// What a launcher started ends with it, also when the launcher was killed and could tell nobody.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { GATEWRIGHT, type Started, start } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';

/** The launcher believes to run on an old Node, and its child does not. */
const OLD = `if (process.env.GATEWRIGHT_ON_PINNED_NODE === undefined) Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.2' } })`;
const SIMULATE = ['simulate', '--listen', '127.0.0.1:0', '--dir', 'state'];

const LAUNCHERS: readonly (readonly [
  name: string,
  command: readonly string[],
  env: Record<string, string>,
])[] = [
  [
    'the launcher on another Node',
    [
      ...[process.execPath, '--import', `data:text/javascript,${encodeURIComponent(OLD)}`],
      ...[GATEWRIGHT, ...SIMULATE],
    ],
    {},
  ],
  [
    "npm's shell",
    // Not the last command of the shell, so that it stays the parent.
    ['sh', '-c', '"$@"; true', 'sh', process.execPath, GATEWRIGHT, ...SIMULATE],
    { npm_lifecycle_event: 'start' },
  ],
];

for (const [name, command, env] of LAUNCHERS) {
  test(`C11 a process ends with ${name}, killed with SIGKILL`, { timeout: 60_000 }, async (t) => {
    const started = start(t, command, { cwd: await tempDir(t), env });
    await started.until(/127\.0\.0\.1:\d+/);
    const children = childrenOf(started);
    assert.equal(children.length, 1);
    endAfter(t, children);
    started.child.kill('SIGKILL');
    // The child writes to the same pipes: they close once it is gone too.
    await started.ended;
  });
}

function childrenOf({ child }: Started): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === child.pid)
    .map(Number);
}

function parentOf(pid: string): number | null {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return null;
  }
}

function endAfter(t: TestContext, pids: readonly number[]): readonly number[] {
  t.after(() => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It is gone, as it should be.
      }
    }
  });
  return pids;
}
