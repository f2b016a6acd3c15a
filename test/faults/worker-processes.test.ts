// A gate as `gatewright run` starts it, and the ends that its processes may come to: a bug, a main process that is
// killed, a worker that hangs. Must not know how they find out.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyRecord } from '../../src/sinks/audit-verify.ts';
import { readPrintKey } from '../../src/sinks/secret-printer.ts';
import { createTestAuthority } from '../support/certificates.ts';
import { type GateProcess, startGateProcess } from '../support/gate.ts';
import { officeGate, UPSTREAM_NAMES } from '../support/office.ts';
import { gatewright } from '../support/processes.ts';
import { openRaw, type RawConnection, tunnel } from '../support/raw-client.ts';
import { fileScope, type TestScope } from '../support/test-scope.ts';
import { startTwin } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';
import { askOnce, killWorker, liveWorkers, untilServing } from '../support/workers.ts';

const TOKEN = `ghp_${'s'.repeat(36)}`;
// Stands for a bug: on a signal, the worker throws where nobody catches.
const BUG = `process.on('SIGUSR2',()=>{throw new Error('a bug, with ${TOKEN} in it')})`;

const scope = fileScope();
const authority = await createTestAuthority();
const twin = await startTwin(scope, {
  tls: await authority.issue({ names: UPSTREAM_NAMES }),
  alpn: ['http/1.1'],
});
const wish = { ...officeGate(authority, twin.port), workers: 2 };

function open(t: TestScope, gate: GateProcess): Promise<RawConnection> {
  return tunnel(t, 'github.com:443', { proxyPort: gate.port(), ca: gate.caPem });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('R-55 an exception that nobody catches ends its worker, is told without secrets, and another comes', async (t) => {
  const gate = await startGateProcess(t, wish, {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(BUG)}` },
  });
  await untilServing(gate, 2);
  const [broken] = liveWorkers(gate);
  assert.ok(broken !== undefined);
  process.kill(broken.pid, 'SIGUSR2');
  const ended = await gate.event(
    (event) => event.kind === 'gate' && event.what === 'worker-ended' && event.detail['pid'] === broken.pid,
  );
  assert.ok(ended.kind === 'gate');
  assert.deepEqual([ended.detail['cause'], ended.detail['detail']], ['exit', '1']);
  await untilServing(gate, 2);
  assert.equal((await askOnce(await open(t, gate))).status, 200);
  assert.match(gate.output(), /a bug, with \[redacted\] in it/);
  assert.ok(!gate.output().includes(TOKEN));
});

test('R-53 workers whose main process is killed finish what runs, leave the port, and end', async (t) => {
  const gate = await startGateProcess(t, wish);
  await untilServing(gate, 2);
  const connection = await open(t, gate);
  assert.equal((await askOnce(connection)).status, 200);
  const workers = liveWorkers(gate);
  process.kill(gate.pid, 'SIGKILL');
  await gate.ended;
  await untilTrue(() => !workers.some(({ pid }) => isAlive(pid)), 'a worker lives on');
  await assert.rejects(openRaw(t, gate.port()), { code: 'ECONNREFUSED' });
});

test('R-53 a gate that is killed can be started again on its port at once', async (t) => {
  const gate = await startGateProcess(t, wish);
  const port = gate.port();
  const text = readFileSync(gate.settingsFile, 'utf8').replace('127.0.0.1:0', `127.0.0.1:${port}`);
  const settingsFile = join(gate.dir, 'again.yaml');
  writeFileSync(settingsFile, text);
  // Workers that are busy with a request leave as fast.
  await askOnce(await open(t, gate));
  process.kill(gate.pid, 'SIGKILL');
  const again = await startGateProcess(t, wish, { again: { dir: gate.dir, settingsFile } });
  assert.equal(again.port(), port);
  assert.equal((await askOnce(await open(t, again))).status, 200);
});

test('R-53 a gate without a worker is not ready, says why, and comes back by itself', async (t) => {
  // A worker that finds the file cannot begin; the main process has begun before.
  const script = `import { existsSync } from 'node:fs';
    if (existsSync(process.cwd() + '/broken')) throw new Error('this worker cannot begin');`;
  const gate = await startGateProcess(
    t,
    { ...wish, workers: 1 },
    { env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` } },
  );
  await untilServing(gate, 1);
  const readiness = async (): Promise<number> => (await fetch(`${gate.adminUrl}/readyz`)).status;
  assert.equal(await readiness(), 200);
  const [worker] = liveWorkers(gate);
  assert.ok(worker !== undefined);
  writeFileSync(join(gate.dir, 'broken'), '');
  await killWorker(gate, worker);
  assert.equal(await readiness(), 503);
  const slowed = await gate.event(
    (event) =>
      event.kind === 'gate' && event.what === 'worker-ended' && Number(event.detail['againInMs']) >= 100,
  );
  assert.ok(slowed.kind === 'gate' && slowed.detail['stream'] === null);
  rmSync(join(gate.dir, 'broken'));
  await untilServing(gate, 1);
  assert.equal((await askOnce(await open(t, gate))).status, 200);
  assert.equal(await readiness(), 200);
});

test('R-57 a worker that is told to end finishes and is replaced', async (t) => {
  const gate = await startGateProcess(t, wish);
  await untilServing(gate, 2);
  const [told] = liveWorkers(gate);
  assert.ok(told !== undefined);
  process.kill(told.pid, 'SIGTERM');
  const ended = await gate.event(
    (event) => event.kind === 'gate' && event.what === 'worker-ended' && event.detail['pid'] === told.pid,
  );
  assert.ok(ended.kind === 'gate');
  assert.deepEqual([ended.detail['cause'], ended.detail['detail']], ['exit', '0']);
  await untilServing(gate, 2);
  await gate.stop();
  assert.equal((await gate.ended).status, 0, gate.output());
});

test('R-51 C11 a second gate with the same folders is refused in a sentence, and the first goes on', async (t) => {
  const first = await startGateProcess(t, wish);
  const second = await gatewright(t, ['run', '--config', first.settingsFile], { cwd: first.dir });
  assert.deepEqual([second.status, second.stdout], [1, '']);
  assert.match(second.stderr, /another gate writes there \(.*\d+.*\)\. Stop it, or .* audit\.dir\./);
  assert.equal((await askOnce(await open(t, first))).status, 200);
  await first.stop();
  const key = readPrintKey(join(first.auditDir, 'print.key'));
  const { faults, streams } = await verifyRecord({ paths: [first.auditDir], key });
  assert.deepEqual(faults, []);
  assert.deepEqual(
    streams.map(({ end }) => end),
    Array(3).fill('closed'),
  );
});

test('a second gate on the same port is refused, and the first goes on', async (t) => {
  const gate = await startGateProcess(t, wish);
  const settings = readFileSync(gate.settingsFile, 'utf8')
    .replace('127.0.0.1:0', `127.0.0.1:${gate.port()}`)
    .replace('dir: audit', 'dir: second');
  const file = join(gate.dir, 'second.yaml');
  writeFileSync(file, settings);
  const second = await gatewright(t, ['run', '--config', file], { cwd: gate.dir });
  assert.deepEqual([second.status, second.stdout], [1, '']);
  assert.match(second.stderr, /Cannot listen on 127\.0\.0\.1:\d+ for "open": the port is taken/);
  assert.equal((await askOnce(await open(t, gate))).status, 200);
});
