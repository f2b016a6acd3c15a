// The folder of the record: names of its files, what is too old, torn last lines.
// Must not know events, nor when anything is written.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../core/base/make-folder.ts';

/** A UTC day has no leap seconds in this reckoning. */
export const DAY_MS = 86_400_000;

/** An open file of the record, and what was true when it was last looked at. */
export interface OpenAudit {
  readonly fd: number;
  readonly path: string;
  readonly dayStartMs: number;
  readonly device: number;
  readonly inode: number;
}

/** What a file of the record is called: a UTC day and a stream, `audit-2026-11-21-k3f9q2.jsonl`. */
export interface AuditFileName {
  readonly name: string;
  readonly day: string;
  readonly stream: string;
}

/** The name of the file that holds the UTC day of this moment for a stream. */
function auditFileName(ms: number, stream: string): string {
  return `audit-${new Date(ms).toISOString().slice(0, 10)}-${stream}.jsonl`;
}

/** The files of the record in a folder, by day and stream; torn pieces and all else left out. */
export function auditFilesIn(dir: string): readonly AuditFileName[] {
  return readdirSync(dir)
    .toSorted()
    .flatMap((name) => {
      const found = /^audit-(\d{4}-\d{2}-\d{2})-([0-9a-z]{1,16})\.jsonl$/.exec(name);
      const [, day, stream] = found ?? [];
      return day === undefined || stream === undefined ? [] : [{ name, day, stream }];
    });
}

/** The start of the UTC day of this moment, in milliseconds. */
function dayStart(ms: number): number {
  return ms - (((ms % DAY_MS) + DAY_MS) % DAY_MS);
}

/**
 * Opens the day's file for appending, 0600, in a folder of 0700; both are made when missing.
 * A last line without its newline is moved to `NAME.torn` first. Throws what the file system throws.
 */
export function openAudit(dir: string, nowMs: number, stream: string): OpenAudit {
  makeFolder(dir, { mkdir: (path) => mkdirSync(path, { mode: 0o700 }), parentOf: dirname });
  const path = join(dir, auditFileName(nowMs, stream));
  // Readable too: a torn line, and what a removed file still holds, are read back through this descriptor.
  const fd = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
  try {
    const stats = fstatSync(fd);
    if (stats.isFile()) setTornLineAside(fd, path, stats.size);
    return { fd, path, dayStartMs: dayStart(nowMs), device: stats.dev, inode: stats.ino };
  } catch (fault) {
    closeSync(fd);
    throw fault;
  }
}

/** Writes all of the bytes; returns how many reached the kernel, and the error that stopped it, if any. */
export function writeWhole(
  fd: number,
  bytes: Uint8Array,
): { readonly written: number; readonly error: unknown } {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written, bytes.length - written);
    return { written, error: null };
  } catch (error) {
    return { written, error };
  }
}

/** The bytes of an open file from an offset to its end. */
export function readFrom(fd: number, offset: number): Uint8Array {
  const size = fstatSync(fd).size;
  const bytes = new Uint8Array(Math.max(0, size - offset));
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(fd, bytes, filled, bytes.length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** Removes files of days that ended more than `keepMs` ago; other files stay. Returns the names removed. */
export function removeOld(dir: string, nowMs: number, keepMs: number): readonly string[] {
  return readdirSync(dir).filter((name) => {
    const day = /^audit-(\d{4}-\d{2}-\d{2})(?:-[0-9a-z]{1,16})?\.jsonl(?:\.torn|\.\d+)?$/.exec(name)?.[1];
    if (day === undefined) return false;
    const end = Date.parse(`${day}T00:00:00.000Z`) + DAY_MS;
    if (!(nowMs - end > keepMs)) return false;
    rmSync(join(dir, name), { force: true });
    return true;
  });
}

const NEWLINE = 0x0a;
const TAIL_STEP = 65_536;

/** Moves a last line without its newline to `PATH.torn`; returns how many bytes it had. */
export function setTornLineAside(fd: number, path: string, size: number): number {
  const keep = endOfLastLine(fd, size);
  if (keep === size) return 0;
  const torn = openSync(`${path}.torn`, 'a', 0o600);
  try {
    const tail = readFrom(fd, keep);
    const line = new Uint8Array(tail.length + 1);
    line.set(tail);
    line[tail.length] = NEWLINE;
    const { error } = writeWhole(torn, line);
    if (error !== null) throw error;
  } finally {
    closeSync(torn);
  }
  ftruncateSync(fd, keep);
  return size - keep;
}

function endOfLastLine(fd: number, size: number): number {
  const step = new Uint8Array(TAIL_STEP);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - TAIL_STEP);
    const count = readSync(fd, step, 0, end - start, start);
    const newline = step.subarray(0, count).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}
