// A record that was written by the real writer, and then spoilt in every way that a text can be.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { outcomeEvent } from '../../test/support/outcome-event.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { GateEvent } from '../core/record/events.ts';
import type { Log } from '../ports.ts';
import { AuditFile } from './audit-file.ts';
import { findStreams, sealDetail } from './audit-notes.ts';
import { verifyRecord } from './audit-verify.ts';

const KEY = Buffer.alloc(32, 7);
const OTHER_KEY = Buffer.alloc(32, 8);
const NOON = Date.parse('2026-11-21T12:00:00.000Z');
const DAY_MS = 86_400_000;
const silent: Log = { info() {}, warn() {}, error() {} };

function event(what: GateEvent['what'], detail: GateEvent['detail']): GateEvent {
  return { v: 1, at: '2026-11-21T12:00:00.000Z', kind: 'gate', what, detail };
}

const note = (number: number): GateEvent => event('leaf-signed', { number });

/** Two streams over two days; the first one seals both. Every write but the fourth has one line. */
async function writtenRecord(
  t: TestContext,
): Promise<{ dir: string; file: (day: 1 | 2, stream: string) => string }> {
  const dir = await tempDir(t);
  let ms = NOON;
  const clock = { now: () => ms, monotonic: () => ms };
  const open = (stream: string): AuditFile =>
    new AuditFile({ dir, stream, keepMs: null, fsyncMs: 1_000, clock, log: silent });
  const [main, worker] = [open('main'), open('work')];
  for (let number = 1; number <= 5; number += 1) worker.write(note(number));
  worker.write(outcomeEvent('work-1'));
  worker.write(note(6));
  ms += DAY_MS;
  for (let number = 7; number <= 12; number += 1) worker.write(note(number));
  main.write(note(1));
  for (const each of [worker, main]) {
    const head = each.head();
    assert.ok(head !== null);
    main.write(event('record-sealed', sealDetail(head, KEY)));
  }
  worker.close();
  main.close();
  return { dir, file: (day, stream) => join(dir, `audit-2026-11-2${day}-${stream}.jsonl`) };
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

function put(file: string, lines: readonly string[]): void {
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
}

async function codesOf(dir: string, key: Uint8Array | null = KEY): Promise<string[]> {
  const { faults } = await verifyRecord({ paths: [dir], key });
  return [...new Set(faults.map(({ code }) => code))].sort();
}

test('verifyRecord() finds a record whole as it was written', async (t) => {
  const { dir } = await writtenRecord(t);
  const report = await verifyRecord({ paths: [dir], key: KEY });
  assert.deepEqual(report.faults, []);
  assert.deepEqual(
    report.streams.map(({ stream, first, last, end, sealedTo }) => [stream, first, last, end, sealedTo]),
    [
      ['main', 1, 6, 'closed', 4],
      ['work', 1, 16, 'closed', 15],
    ],
  );
  assert.deepEqual(report.seals, { right: 2, unchecked: 0 });
  assert.deepEqual([report.files, report.lines, report.torn], [4, 22, []]);
});

/** Lines of the worker's first day: 1 opened, 2 to 6 notes, 7 an outcome and 8 a note in one write. */
const SPOILS: readonly {
  name: string;
  spoil: (file: (day: 1 | 2, stream: string) => string) => void;
  codes: readonly string[];
}[] = [
  {
    name: 'a line edited',
    spoil: (file) => edit(file(1, 'work'), (lines) => lines.with(3, change(lines[3]))),
    codes: ['lines-changed'],
  },
  {
    name: 'a line within a write edited',
    spoil: (file) => edit(file(1, 'work'), (lines) => lines.with(7, change(lines[7]))),
    codes: ['lines-changed'],
  },
  {
    name: 'the last sealed line edited',
    spoil: (file) => edit(file(2, 'work'), (lines) => lines.with(6, change(lines[6]))),
    codes: ['lines-changed', 'rewritten'],
  },
  {
    name: 'a line taken out',
    spoil: (file) => edit(file(1, 'work'), (lines) => lines.toSpliced(3, 1)),
    codes: ['lines-missing'],
  },
  {
    name: 'a line put in',
    spoil: (file) => edit(file(1, 'work'), (lines) => lines.toSpliced(3, 0, '{"v":1,"kind":"gate"}')),
    codes: ['not-a-line'],
  },
  {
    name: 'a line copied',
    spoil: (file) => edit(file(1, 'work'), (lines) => lines.toSpliced(3, 0, lines[3] ?? '')),
    codes: ['lines-repeated'],
  },
  {
    name: 'two lines exchanged',
    spoil: (file) => edit(file(1, 'work'), (lines) => lines.with(3, lines[4] ?? '').with(4, lines[3] ?? '')),
    codes: ['lines-missing', 'lines-repeated'],
  },
  {
    name: 'a carriage return put in',
    spoil: (file) => edit(file(1, 'work'), (lines) => lines.with(3, `${lines[3]}\r`)),
    codes: ['lines-missing', 'not-a-line'],
  },
  {
    name: 'the last lines cut off',
    spoil: (file) => edit(file(2, 'work'), (lines) => lines.slice(0, 3)),
    codes: ['end-missing'],
  },
  { name: 'the first file gone', spoil: (file) => rmSync(file(1, 'work')), codes: ['start-missing'] },
  { name: 'the last file gone', spoil: (file) => rmSync(file(2, 'work')), codes: ['end-missing'] },
  {
    name: 'a whole stream gone',
    spoil: (file) => {
      rmSync(file(1, 'work'));
      rmSync(file(2, 'work'));
    },
    codes: ['stream-missing'],
  },
  {
    name: 'a file in the place of another',
    spoil: (file) => writeFileSync(file(1, 'work'), readFileSync(file(2, 'work'))),
    codes: ['lines-repeated', 'start-missing'],
  },
  {
    name: 'a file of something else',
    spoil: (file) => writeFileSync(file(1, 'else'), '{"v":1}\n'),
    codes: ['not-a-line'],
  },
  {
    name: 'lines of another stream behind its own',
    spoil: (file) => appendFileSync(file(2, 'work'), readFileSync(file(1, 'main'))),
    codes: ['other-stream'],
  },
  {
    name: 'everything written anew by somebody who knows how, but not the key',
    spoil: (file) => {
      rewriteChain([file(1, 'work'), file(2, 'work')], (line) => line.replace('"number":3', '"number":33'));
    },
    codes: ['rewritten'],
  },
];

function edit(file: string, change: (lines: string[]) => string[]): void {
  put(file, change(linesOf(file)));
}

function change(line = ''): string {
  return line.replace('"v":1', '"v":2');
}

/** Makes a chain right again after a change, as anybody can. */
function rewriteChain(files: readonly string[], change: (line: string) => string): void {
  let hash = '';
  for (const file of files) {
    const lines = linesOf(file).map(change);
    let write: string[] = [];
    const fresh = lines.map((line, at) => {
      if (/"prev":/.test(line) && write.length > 0) {
        hash = createHash('sha256').update(write.join('')).digest('hex');
        write = [];
      }
      const linked = hash === '' ? line : line.replace(/"prev":"[0-9a-f]+"/, `"prev":"${hash}"`);
      write.push(`${linked}\n`);
      if (at === lines.length - 1) hash = createHash('sha256').update(write.join('')).digest('hex');
      return linked;
    });
    put(file, fresh);
  }
}

for (const { name, spoil, codes } of SPOILS) {
  test(`verifyRecord() finds ${name}`, async (t) => {
    const { dir, file } = await writtenRecord(t);
    spoil(file);
    assert.deepEqual(await codesOf(dir), codes);
  });
}

test('verifyRecord() says the file and the line', async (t) => {
  const { dir, file } = await writtenRecord(t);
  edit(file(1, 'work'), (lines) => lines.toSpliced(3, 1));
  const { faults } = await verifyRecord({ paths: [dir], key: KEY });
  assert.deepEqual(
    faults.map(({ file: where, line }) => [where, line]),
    [[file(1, 'work'), 4]],
  );
});

test('verifyRecord() knows a seal of another key, and checks none without a key', async (t) => {
  const { dir } = await writtenRecord(t);
  assert.deepEqual(await codesOf(dir, OTHER_KEY), ['seal-wrong']);
  assert.deepEqual((await verifyRecord({ paths: [dir], key: null })).seals, { right: 0, unchecked: 2 });
});

test('verifyRecord() reads files that were rotated, in whatever order they are given', async (t) => {
  const { dir, file } = await writtenRecord(t);
  renameSync(file(1, 'work'), `${file(1, 'work')}.1`);
  assert.deepEqual(await codesOf(dir), []);
  const paths = readdirSync(dir).map((name) => join(dir, name));
  assert.deepEqual((await verifyRecord({ paths: paths.toReversed(), key: KEY })).faults, []);
});

test('R-48 verifyRecord() tells a torn last line from a broken record', async (t) => {
  const { dir, file } = await writtenRecord(t);
  edit(file(2, 'main'), (lines) => lines.slice(0, -1));
  appendFileSync(file(2, 'main'), '{"v":1,"at":"2026');
  const report = await verifyRecord({ paths: [dir], key: KEY });
  assert.deepEqual([report.faults, report.torn], [[], [{ file: file(2, 'main'), line: 5 }]]);
  assert.equal(report.streams.find(({ stream }) => stream === 'main')?.end, 'open');
});

test('R-51 verifyRecord() misses nothing of days that were past their keep', async (t) => {
  const { dir } = await writtenRecord(t);
  const ms = NOON + 9 * DAY_MS;
  const clock = { now: () => ms, monotonic: () => ms };
  const later = new AuditFile({
    dir,
    stream: 'late',
    keepMs: 8 * DAY_MS - 1,
    fsyncMs: 1_000,
    clock,
    log: silent,
  });
  later.close();
  assert.equal(readdirSync(dir).filter((name) => name.includes('2026-11-21')).length, 0);
  assert.deepEqual(await codesOf(dir), []);
});

test('R-48 findStreams() sets aside what a process that is gone left, and says where its stream ended', async (t) => {
  const { dir, file } = await writtenRecord(t);
  const whole = await verifyRecord({ paths: [dir], key: KEY });
  appendFileSync(file(2, 'work'), '{"v":1,"at":"2026');
  const found = findStreams(dir, { except: 'main' });
  const work = whole.streams.find(({ stream }) => stream === 'work');
  assert.deepEqual(found, [
    {
      ...{ stream: 'work', seq: work?.last, hash: work?.hash, end: 'closed' },
      ...{ file: 'audit-2026-11-22-work.jsonl', tornBytes: 17 },
    },
  ]);
  assert.equal(readFileSync(`${file(2, 'work')}.torn`, 'utf8'), '{"v":1,"at":"2026\n');
  assert.deepEqual(await codesOf(dir), []);
});

test('R-48 findStreams() leaves alone what a process that lives is writing', async (t) => {
  const { dir, file } = await writtenRecord(t);
  const text = readFileSync(file(2, 'work'), 'utf8');
  // The parent of this process outlives the test.
  const torn = `${text.replace(`"pid":${process.pid}`, `"pid":${process.ppid}`)}{"v":1,"at":"2026`;
  writeFileSync(file(2, 'work'), torn);
  assert.equal(findStreams(dir, { except: 'main' })[0]?.tornBytes, 0);
  assert.equal(readFileSync(file(2, 'work'), 'utf8'), torn);
});

/** A stream that was killed after its first line, which another stream had sealed by then. */
async function oneLine(t: TestContext): Promise<{ dir: string; file: string }> {
  const dir = await tempDir(t);
  const clock = { now: () => NOON, monotonic: () => NOON };
  const open = (stream: string): AuditFile =>
    new AuditFile({ dir, stream, keepMs: null, fsyncMs: 1_000, clock, log: silent });
  const [main, solo] = [open('main'), open('solo')];
  const head = solo.head();
  assert.equal(head?.seq, 1);
  main.write(event('record-sealed', sealDetail(head, KEY)));
  const file = join(dir, 'audit-2026-11-21-solo.jsonl');
  const killed = readFileSync(file);
  solo.close();
  main.close();
  writeFileSync(file, killed);
  return { dir, file };
}

test('R-51 verifyRecord() knows a stream of one line that is sealed at line 1', async (t) => {
  const { dir, file } = await oneLine(t);
  const whole = await verifyRecord({ paths: [dir], key: KEY });
  assert.deepEqual([whole.faults, whole.streams.find(({ stream }) => stream === 'solo')?.sealedTo], [[], 1]);
  const [line = ''] = linesOf(file);
  put(file, [line.replace('"pid":', '"pid":1')]);
  const { faults, streams } = await verifyRecord({ paths: [dir], key: KEY });
  assert.deepEqual(
    faults.map(({ code }) => code),
    ['rewritten'],
  );
  assert.equal(streams.find(({ stream }) => stream === 'solo')?.sealedTo, 0);
});

test('R-51 verifyRecord() claims no seal where the record does not agree with it', async (t) => {
  const { dir, file } = await writtenRecord(t);
  const path = file(2, 'work');
  put(path, linesOf(path).slice(0, 3));
  const { faults, streams } = await verifyRecord({ paths: [dir], key: KEY });
  assert.deepEqual([...new Set(faults.map(({ code }) => code))], ['end-missing']);
  assert.equal(streams.find(({ stream }) => stream === 'work')?.sealedTo, 0);
});
