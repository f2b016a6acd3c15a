// The record on a disk that does less than it is asked to: a sync that fails, a write that stops just before its newline,
// and a failure so long that not all outcomes can be held. Must not know the record's shape.
import assert from 'node:assert/strict';
import fs, { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { outcomeEvent } from '../../test/support/outcome-event.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { eventLine } from '../core/record/event-line.ts';
import type { GateEvent } from '../core/record/events.ts';
import type { Log } from '../ports.ts';
import { AuditFile } from './audit-file.ts';
import { verifyRecord } from './audit-verify.ts';

const silent: Log = { info() {}, warn() {}, error() {} };
const TODAY = 'audit-2026-11-21-k3f9q2.jsonl';

async function opened(t: TestContext, fsyncMs: number, prepare: (file: string) => void = () => undefined) {
  const dir = await tempDir(t);
  const file = join(dir, TODAY);
  prepare(file);
  let ms = Date.parse('2026-11-21T12:00:00.000Z');
  const clock = { now: () => ms, monotonic: () => ms };
  const audit = new AuditFile({ dir, stream: 'k3f9q2', keepMs: null, fsyncMs, clock, log: silent });
  t.after(() => audit.close());
  const pass = (by: number): void => {
    ms += by;
  };
  return { audit, dir, file, pass };
}

function note(number: number): GateEvent {
  return { v: 1, at: '2026-11-21T12:00:00.000Z', kind: 'gate', what: 'leaf-signed', detail: { number } };
}

function eventsIn(file: string): { what?: string; id?: string; detail?: { number?: number } }[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  assert.equal(lines.pop(), '');
  return lines.map((line) => JSON.parse(line));
}

/** Puts another in the place of what every module imports from node:fs, until the test is over. */
function replace<Name extends 'fdatasyncSync' | 'writeSync'>(
  t: TestContext,
  name: Name,
  by: (...args: never[]) => unknown,
): void {
  t.mock.method(fs, name, by);
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
}

test('R-46 with an interval of 0 a line is on the disk before write() returns true', async (t) => {
  const { audit } = await opened(t, 0);
  let synced = 0;
  replace(t, 'fdatasyncSync', () => {
    synced += 1;
  });
  assert.equal(audit.write(note(1)), true);
  assert.equal(synced, 1);
  assert.equal(audit.write(note(2)), true);
  assert.equal(synced, 2);
});

test('R-46 with an interval of 0 a line that the disk does not take is none', async (t) => {
  const { audit } = await opened(t, 0);
  replace(t, 'fdatasyncSync', () => {
    throw Object.assign(new Error('the disk is gone'), { code: 'EIO' });
  });
  assert.equal(audit.write(note(1)), false);
  assert.equal(audit.healthy(), false);
});

test('R-48 a line whose newline alone did not arrive is not in the record, and those before it are', async (t) => {
  const { audit, dir, file, pass } = await opened(t, 1_000);
  audit.write(outcomeEvent('k3f9q2-1a.1'));
  const { writeSync } = fs;
  let calls = 0;
  replace(t, 'writeSync', (fd: number, bytes: Uint8Array) => {
    calls += 1;
    if (calls === 1) return writeSync(fd, bytes, 0, bytes.length - 1);
    throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
  });
  assert.equal(audit.write(note(1)), false);
  t.mock.restoreAll();
  syncBuiltinESMExports();
  pass(250);
  assert.equal(audit.write(note(2)), true);
  audit.close();
  const told = eventsIn(file).flatMap(({ id, what, detail }): unknown[] =>
    what === 'leaf-signed' ? [detail?.number] : id === undefined ? [] : [id],
  );
  assert.deepEqual(told, ['k3f9q2-1a.1', 2]);
  assert.deepEqual((await verifyRecord({ paths: [dir], key: null })).faults, []);
});

test('R-47 outcomes are held up to 8 MiB while the record is down, and what is beyond is counted', async (t) => {
  const { audit, file, pass } = await opened(t, 1_000, (path) => void mkdirSync(path));
  assert.equal(audit.write(note(1)), false);
  const event = { ...outcomeEvent('k3f9q2-1a.1'), requestId: 'x'.repeat(8_000) };
  const fit = Math.floor((8 * 1024 * 1024) / eventLine(event).length);
  const refusedBefore = audit.refused();
  for (let at = 0; at < fit; at += 1) audit.write(event);
  assert.equal(audit.refused(), refusedBefore);
  audit.write(event);
  audit.write(event);
  assert.equal(audit.refused(), refusedBefore + 2);
  rmdirSync(file);
  pass(250);
  assert.equal(audit.write(note(2)), true);
  assert.equal(eventsIn(file).filter(({ id }) => id !== undefined).length, fit);
});
