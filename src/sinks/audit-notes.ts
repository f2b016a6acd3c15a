// What one stream of the record says of the others: how far each had come, sealed; and what was found at the start.
// Must not know who writes the others, nor when.
import { hash as hashOf } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readMark, type StreamHead } from '../core/record/chain.ts';
import type { GateEvent } from '../core/record/events.ts';
import { type AuditFileName, auditFilesIn, readFrom, setTornLineAside } from './_audit-folder.ts';
import { sealOf } from './_seal-key.ts';

/** The detail of a `record-sealed` event. */
export function sealDetail(head: StreamHead, printKey: Uint8Array): GateEvent['detail'] {
  return { ...head, seal: sealOf(head, printKey) };
}

/** How a stream of an earlier process ended. */
export interface FoundStream extends StreamHead {
  readonly file: string;
  readonly end: 'closed' | 'open';
  /** Bytes of a torn last line that were set aside. */
  readonly tornBytes: number;
}

/**
 * The streams of the last two days of the folder, as they stand. Those of processes that are gone have their torn last
 * lines set aside; a process that still writes is left alone. Throws what the file system throws.
 */
export function findStreams(dir: string, options: { readonly except: string }): readonly FoundStream[] {
  const files = auditFilesIn(dir).filter(({ stream }) => stream !== options.except);
  const days = [...new Set(files.map(({ day }) => day))].slice(-2);
  const newest = new Map<string, AuditFileName>();
  for (const file of files) if (days.includes(file.day)) newest.set(file.stream, file);
  return [...newest.values()].flatMap(({ name, stream }) => {
    const found = endOf(join(dir, name), isAbandoned);
    return found === null || found.stream !== stream ? [] : [{ ...found, file: name }];
  });
}

/** How the stream of a process that is known to be gone ended; null when it has no file here. */
export function settleStream(dir: string, stream: string): FoundStream | null {
  const newest = auditFilesIn(dir).findLast((file) => file.stream === stream);
  const found = newest === undefined ? null : endOf(join(dir, newest.name), () => true);
  return found === null || newest === undefined ? null : { ...found, file: newest.name };
}

function endOf(path: string, isGone: (fd: number) => boolean): Omit<FoundStream, 'file'> | null {
  const fd = openSync(path, 'r+');
  try {
    const tornBytes = isGone(fd) ? setTornLineAside(fd, path, fstatSync(fd).size) : 0;
    const write = lastWrite(fd);
    return write === null ? null : { ...write, tornBytes };
  } finally {
    closeSync(fd);
  }
}

const STEP = 65_536;
/** No write is longer: what is held while the record is down, and a little. */
const LONGEST_WRITE = 32 * 1024 * 1024;

function lastWrite(fd: number): Omit<FoundStream, 'file' | 'tornBytes'> | null {
  const { size } = fstatSync(fd);
  for (let length = STEP; ; length *= 4) {
    const start = Math.max(0, size - length);
    const text = Buffer.from(readFrom(fd, start)).toString('latin1');
    const found = writeAtEnd(text.slice(0, text.lastIndexOf('\n') + 1), start > 0 ? 'middle' : 'start');
    if (found !== null || start === 0 || length > LONGEST_WRITE) return found;
  }
}

/** The write that the text ends with; null when its first line is not in the text. */
function writeAtEnd(text: string, from: 'start' | 'middle'): Omit<FoundStream, 'file' | 'tornBytes'> | null {
  const lines = text.split('\n').slice(0, -1);
  const last = lines.at(-1) ?? '';
  const mark = readMark(last);
  if (mark === null) return null;
  // The first line of a piece may be the end of one.
  const begin = lines.findLastIndex((line) => readMark(line)?.prev !== undefined);
  if (begin < (from === 'start' ? 0 : 1)) return null;
  const bytes = Buffer.from(`${lines.slice(begin).join('\n')}\n`, 'latin1');
  const end = last.includes('"kind":"gate","what":"record-closed"') ? 'closed' : 'open';
  return { stream: mark.stream, seq: mark.seq, hash: hashOf('sha256', bytes, 'hex'), end };
}

/** True when the process that the file's first line names was of this machine, and is gone. */
function isAbandoned(fd: number): boolean {
  const piece = Buffer.alloc(STEP);
  const head = piece.toString('latin1', 0, readSync(fd, piece, 0, STEP, 0));
  const found = /^\{[^\n]*"what":"record-opened","detail":\{"pid":(\d+),"host":("[^"\n]*")\}/.exec(head);
  if (found?.[2] !== JSON.stringify(hostname())) return false;
  const pid = Number(found[1]);
  // In a container the next process has the number of the one before it.
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
