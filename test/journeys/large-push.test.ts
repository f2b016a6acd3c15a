// A large push by the real git through a gate in a process of its own: it streams, so the process hardly grows.
// Must not know how the gate works. For a larger one: GATEWRIGHT_PUSH_MEGABYTES=300 npm test large-push
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { startDemoProcess } from '../support/demo.ts';
import { gitOf } from '../support/git.ts';
import { tempDir } from '../support/temp-dir.ts';
import { requireTool } from '../support/tools.ts';

// More than the gate may grow, so that one that held the push would be seen.
const MEGABYTES = Number(process.env['GATEWRIGHT_PUSH_MEGABYTES'] ?? '100');
const GROWTH_KB = 64 * 1024;
const MEMBER = 'ghp_MonaOctoClassic000000000000000000000';

test(`a push of ${MEGABYTES} MB grows the gate by less than 64 MB`, { timeout: 600_000 }, async (t) => {
  if (requireTool(t, 'git') === null) return;
  const demo = await startDemoProcess(t);
  const git = gitOf(t, demo, { proxy: demo.office, token: MEMBER });
  const folder = await tempDir(t);
  await git.must(['clone', '--quiet', 'https://github.com/octo-org/app', folder]);
  // The first push brings what every push needs into memory.
  await addRandomFile(folder, 2);
  await git.must(['add', '.'], folder);
  await git.must(['commit', '--quiet', '--message', 'Small'], folder);
  await git.must(['push', '--quiet', 'origin', 'HEAD:main'], folder);
  await addRandomFile(folder, MEGABYTES);
  await git.must(['add', '.'], folder);
  await git.must(['commit', '--quiet', '--message', 'Large'], folder);

  // 5 sets the peak back to what is in use now (proc(5), /proc/PID/clear_refs).
  await writeFile(`/proc/${demo.pid}/clear_refs`, '5');
  const before = await kilobytes(demo.pid, 'VmRSS');
  await git.must(['push', '--quiet', 'origin', 'HEAD:main'], folder);
  const grown = (await kilobytes(demo.pid, 'VmHWM')) - before;

  const pushed = await git.must(['ls-remote', 'origin', 'refs/heads/main'], folder);
  assert.ok(pushed.startsWith((await git.must(['rev-parse', 'HEAD'], folder)).trim()));
  const { outcome } = await demo.recorded(
    (one) => one.outcome.bytesIn > MEGABYTES * 1_000_000 && one.outcome.stage === 'request',
  );
  assert.deepEqual([outcome.status, outcome.by, outcome.failure], [200, 'upstream', null]);
  t.diagnostic(`grew by ${grown} kB over ${before} kB in ${Math.round(outcome.ms)} ms`);
  assert.ok(grown < GROWTH_KB, `grew by ${grown} kB`);
});

async function addRandomFile(folder: string, megabytes: number): Promise<void> {
  const file = await open(join(folder, `${megabytes}-MB`), 'w');
  for (let written = 0; written < megabytes; written += 1) await file.write(randomBytes(1_000_000));
  await file.close();
}

async function kilobytes(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
}
