// The record on a real disk: what is written, what is refused, and how it comes back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { outcomeEvent } from '../../test/support/outcome-event.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { GateEvent, OutcomeEvent } from '../core/record/events.ts';
import type { Log } from '../ports.ts';
import { AuditFile } from './audit-file.ts';

const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const DAY_MS = 86_400_000;
const STREAM = 'k3f9q2';
const TODAY = `audit-2026-11-21-${STREAM}.jsonl`;
const TOMORROW = `audit-2026-11-22-${STREAM}.jsonl`;
const silent: Log = { info() {}, warn() {}, error() {} };

/** A clock that tests move; both of its times go on together. */
function movableClock() {
  let ms = NOON;
  return {
    now: () => ms,
    monotonic: () => ms,
    advance: (by: number) => {
      ms += by;
    },
  };
}

async function bench(
  t: TestContext,
  options: { keepMs?: number; fsyncMs?: number; prepare?: (dir: string) => void } = {},
) {
  const dir = join(await tempDir(t), 'audit');
  mkdirSync(dir);
  options.prepare?.(dir);
  const clock = movableClock();
  const audit = new AuditFile({
    dir,
    stream: STREAM,
    keepMs: options.keepMs ?? null,
    fsyncMs: options.fsyncMs ?? 1_000,
    clock,
    log: silent,
  });
  t.after(() => audit.close());
  return { dir, clock, audit, today: join(dir, TODAY) };
}

function note(number: number): GateEvent {
  return { v: 1, at: '2026-11-21T12:00:00.000Z', kind: 'gate', what: 'leaf-signed', detail: { number } };
}

function outcome(number: number): OutcomeEvent {
  return outcomeEvent(`k3f9q2-1a.${number}`);
}

/** Every line of a file but those in which the record speaks of its own files; each must be whole. */
function linesIn(
  path: string,
): { kind: string; what?: string; id?: string; detail?: Record<string, unknown> }[] {
  const text = readFileSync(path, 'utf8');
  assert.ok(text === '' || text.endsWith('\n'), 'the last line is torn');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
    .filter(({ what }) => what !== 'record-opened' && what !== 'record-closed' && what !== 'record-expired');
}

function numbersIn(path: string): unknown[] {
  return linesIn(path)
    .filter((event) => event.what === 'leaf-signed')
    .map((event) => event.detail?.['number']);
}

test('R-46 write() returns true when the line is in the kernel', async (t) => {
  const { audit, today } = await bench(t);
  for (let number = 0; number < 50; number += 1) {
    assert.equal(audit.write(note(number)), true);
    assert.equal(numbersIn(today).at(-1), number);
  }
  assert.equal(statSync(today).mode & 0o777, 0o600);
});

test('R-46 write() brings earlier outcomes along, in order, and the others by the end of the turn', async (t) => {
  const { audit, today } = await bench(t);
  assert.equal(audit.write(outcome(1)), true);
  assert.equal(audit.write(note(2)), true);
  assert.deepEqual(
    linesIn(today).map((event) => event.kind),
    ['outcome', 'gate'],
  );
  audit.write(outcome(3));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(linesIn(today).length, 3);
});

test('R-46 write() syncs each line when the interval is 0', async (t) => {
  const { audit, today } = await bench(t, { fsyncMs: 0 });
  assert.equal(audit.write(note(1)), true);
  assert.deepEqual(numbersIn(today), [1]);
});

test('close() writes what is held, and later writes return false', async (t) => {
  const { audit, today } = await bench(t);
  audit.write(outcome(1));
  audit.close();
  assert.equal(linesIn(today).length, 1);
  assert.equal(audit.write(note(2)), false);
  assert.equal(audit.healthy(), false);
});

const BREAKAGES: readonly {
  name: string;
  cause: string;
  break: (path: string) => void;
  mend: (path: string) => void;
}[] = [
  {
    name: 'the disk is full',
    cause: 'ENOSPC',
    break: (path) => symlinkSync('/dev/full', path),
    mend: (path) => rmSync(path),
  },
  {
    name: 'the file cannot be opened',
    cause: 'EISDIR',
    break: (path) => mkdirSync(path),
    mend: (path) => rmdirSync(path),
  },
];

for (const row of BREAKAGES) {
  test(`R-47 write() returns false while ${row.name}, and resumes by itself`, async (t) => {
    const { audit, clock, today } = await bench(t, { prepare: (dir) => row.break(join(dir, TODAY)) });
    assert.equal(audit.write(note(1)), false);
    assert.equal(audit.healthy(), false);
    audit.write(outcome(2));
    clock.advance(1_000);
    assert.equal(audit.write(note(3)), false);
    row.mend(today);
    assert.equal(audit.write(note(4)), false, 'it is tried again at most every 250 ms');
    clock.advance(250);
    assert.equal(audit.write(note(5)), true);
    assert.equal(audit.healthy(), true);
    const [resumed, ...others] = linesIn(today);
    assert.equal(resumed?.what, 'record-resumed');
    assert.deepEqual(resumed?.detail, { cause: row.cause, downMs: 1_250, refused: 3 });
    assert.deepEqual(
      others.map((event) => event.id ?? event.detail?.['number']),
      ['k3f9q2-1a.2', 5],
    );
    assert.equal(audit.refused(), 3);
  });
}

test('R-47 healthy() turns true again though nobody writes', async (t) => {
  const { audit, clock, today } = await bench(t, {
    prepare: (dir) => symlinkSync('/dev/full', join(dir, TODAY)),
  });
  assert.equal(audit.write(note(1)), false);
  audit.write(outcome(2));
  rmSync(today);
  clock.advance(1_000);
  for (let turn = 0; !audit.healthy() && turn < 100; turn += 1) await once(AbortSignal.timeout(20), 'abort');
  assert.equal(audit.healthy(), true);
  assert.deepEqual(
    linesIn(today).map((event) => event.id ?? event.what),
    ['record-resumed', 'k3f9q2-1a.2'],
  );
});

test('R-47 write() opens a new file when its own was removed, and brings what the removed one got since', async (t) => {
  const { audit, clock, dir, today } = await bench(t);
  audit.write(note(1));
  clock.advance(1_001);
  audit.write(note(2));
  rmSync(today);
  assert.equal(audit.write(note(3)), true, 'the removal is not seen yet');
  clock.advance(1_001);
  assert.equal(audit.write(note(4)), true);
  assert.deepEqual(numbersIn(today), [2, 3, 4]);
  rmSync(dir, { recursive: true });
  clock.advance(1_001);
  assert.equal(audit.write(note(5)), true);
  assert.deepEqual(numbersIn(today), [2, 3, 4, 5]);
});

test('R-51 write() opens a new file when its own was renamed; the renamed one keeps its lines', async (t) => {
  const { audit, clock, today } = await bench(t);
  audit.write(note(1));
  renameSync(today, `${today}.1`);
  audit.write(note(2));
  clock.advance(1_001);
  audit.write(note(3));
  assert.deepEqual(numbersIn(`${today}.1`), [1, 2]);
  assert.deepEqual(numbersIn(today), [3]);
});

test('R-51 write() begins a file for each UTC day and loses nothing, also when the clock jumps back', async (t) => {
  const { audit, clock, dir, today } = await bench(t);
  audit.write(note(1));
  audit.write(outcome(2));
  clock.advance(DAY_MS / 2 - 1);
  audit.write(note(3));
  clock.advance(1);
  audit.write(note(4));
  clock.advance(-DAY_MS);
  audit.write(note(5));
  assert.deepEqual(numbersIn(today), [1, 3, 5]);
  assert.deepEqual(numbersIn(join(dir, TOMORROW)), [4]);
});

test('R-51 files past their keep are removed at the change of the day; others stay', async (t) => {
  const old = ['audit-2026-10-01.jsonl', 'audit-2026-10-01.jsonl.torn', 'audit-2026-11-14.jsonl'];
  const kept = ['audit-2026-11-15.jsonl', 'notes.txt', 'audit-2026-99-99.jsonl'];
  const { audit, clock, dir } = await bench(t, {
    keepMs: 7 * DAY_MS,
    prepare: (folder) => {
      for (const name of [...old, ...kept]) writeFileSync(join(folder, name), '');
    },
  });
  assert.ok(readdirSync(dir).includes('audit-2026-11-14.jsonl'));
  clock.advance(DAY_MS);
  audit.write(note(1));
  assert.deepEqual(readdirSync(dir).toSorted(), [...kept, TODAY, TOMORROW].toSorted());
});

const TAILS: readonly { name: string; text: string; kept: string; torn: string | null }[] = [
  { name: 'a whole file', text: '{"a":1}\n', kept: '{"a":1}\n', torn: null },
  { name: 'a torn last line', text: '{"a":1}\n{"b":', kept: '{"a":1}\n', torn: '{"b":\n' },
  { name: 'nothing but a torn line', text: '{"b":', kept: '', torn: '{"b":\n' },
  {
    name: 'a torn line longer than one read',
    text: `{}\n${'x'.repeat(200_000)}`,
    kept: '{}\n',
    torn: `${'x'.repeat(200_000)}\n`,
  },
];

for (const { name, text, kept, torn } of TAILS) {
  test(`R-48 AuditFile sets aside what a crash left: ${name}`, async (t) => {
    const { audit, today } = await bench(t, { prepare: (dir) => writeFileSync(join(dir, TODAY), text) });
    assert.equal(audit.write(note(1)), true);
    assert.ok(readFileSync(today, 'utf8').startsWith(`${kept}{"v":1,`));
    const aside = torn === null ? null : readFileSync(`${today}.torn`, 'utf8');
    assert.equal(aside, torn);
  });
}

const CHILD = `
const { AuditFile } = await import(process.argv[1]);
const { writeSync } = await import('node:fs');
const log = { info() {}, warn() {}, error() {} };
let day = 0;
const clock = { now: () => Date.parse('2026-11-21T12:00:00.000Z') + day * 86400000, monotonic: () => performance.now() + day * 1000 };
const audit = new AuditFile({ dir: process.argv[2], stream: 'k3f9q2', keepMs: null, fsyncMs: 1000, clock, log });
const at = '2026-11-21T12:00:00.000Z';
const event = (number) => ({ v: 1, at, kind: 'gate', what: 'leaf-signed', detail: { number } });
const end = { status: 200, by: 'upstream', bytesIn: 0, bytesOut: 1, ms: 1, vendor: null, requestId: null, said: null, failure: null };
const outcome = (number) => ({ v: 1, at, id: 'k3f9q2-1a.' + number, stage: 'request', kind: 'outcome', ...end });
`;

function child(dir: string, script: string, shell: string): ReturnType<typeof spawn> {
  const module = new URL('./audit-file.ts', import.meta.url).href;
  const args = ['--input-type=module', '-e', CHILD + script, module, dir];
  return spawn('/bin/sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('R-48 after kill -9 at any moment the record has every line that write() said it has', async (t) => {
  const dir = await tempDir(t);
  for (const lines of [1, 50, 700, 5_000]) {
    const writer = child(
      dir,
      `for (let n = 0; ; n += 1) if (audit.write(event(n))) writeSync(1, n + '\\n');`,
      '',
    );
    let said = '';
    for await (const chunk of writer.stdout ?? []) {
      said += chunk;
      if (said.split('\n').length > lines) writer.kill('SIGKILL');
    }
    const promised = said.slice(0, said.lastIndexOf('\n')).split('\n').map(Number);
    const audit = new AuditFile({
      dir,
      stream: STREAM,
      keepMs: null,
      fsyncMs: 1_000,
      clock: movableClock(),
      log: silent,
    });
    audit.close();
    const recorded = numbersIn(join(dir, TODAY));
    assert.ok(recorded.length >= promised.length);
    assert.deepEqual(recorded.slice(0, promised.length), promised);
    rmSync(join(dir, TODAY));
  }
});

test('R-47 a line that only half fits is refused and set aside; no other is lost or written twice', async (t) => {
  const dir = await tempDir(t);
  const script = `
    const said = { yes: [], no: [] };
    for (let n = 0; n < 200; n += 1) {
      for (let part = 0; part < 9; part += 1) audit.write(outcome(n * 9 + part));
      said[audit.write(event(n)) ? 'yes' : 'no'].push(n);
    }
    day = 1;
    said[audit.write(event(200)) ? 'yes' : 'no'].push(200);
    day = 0;
    audit.write(event(201));
    audit.close();
    console.log(JSON.stringify(said));
  `;
  // The limit on a file's size stands for a full disk: the write that crosses it is short, the next one fails.
  const writer = child(dir, script, 'trap "" XFSZ; ulimit -f 450;');
  let text = '';
  for await (const chunk of writer.stdout ?? []) text += chunk;
  const said: { yes: number[]; no: number[] } = JSON.parse(text);
  assert.ok(said.yes.length > 10 && said.no.length > 10);
  assert.equal(said.yes.at(-1), 200);
  const audit = new AuditFile({
    dir,
    stream: STREAM,
    keepMs: null,
    fsyncMs: 1_000,
    clock: movableClock(),
    log: silent,
  });
  audit.close();
  const files = [join(dir, TODAY), join(dir, TOMORROW)];
  assert.deepEqual(files.flatMap(numbersIn), said.yes);
  const ids = files.flatMap(linesIn).flatMap((event) => event.id ?? []);
  assert.deepEqual(
    ids,
    Array.from({ length: 1_800 }, (_, at) => `k3f9q2-1a.${at}`),
  );
});
