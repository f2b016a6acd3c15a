// The record as JSON lines in one file per UTC day; a decision is in the kernel before `write` returns true.
// Must not know what an event means, nor what the gate does when the record cannot be written.
import { closeSync, fdatasync, fdatasyncSync, fstatSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import type { StreamHead } from '../core/record/chain.ts';
import { eventLine } from '../core/record/event-line.ts';
import type { AuditEvent, GateEvent } from '../core/record/events.ts';
import type { AuditSink, Clock, Log } from '../ports.ts';
import { DAY_MS, type OpenAudit, openAudit, readFrom, removeOld, writeWhole } from './_audit-folder.ts';
import { Chain } from './_chain.ts';

export interface AuditFileOptions {
  readonly dir: string;
  /** Name of this process's own stream; no other process may write under it. */
  readonly stream: string;
  /** Files of days that ended longer ago are removed, whoever wrote them; null removes nothing. */
  readonly keepMs: number | null;
  /** Milliseconds between two fdatasync; 0 syncs within every write. */
  readonly fsyncMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Appends events as one ordered stream, chained write by write (core/record/chain.ts). Decisions and gate events are
 * written at once; outcomes wait for the next of these or for the end of the current turn of the event loop, whichever
 * comes first, so that a busy gate makes one system call of many.
 * When the record cannot be written, `write` returns false and the file is opened again at most every 250 ms;
 * outcomes are held meanwhile (up to 8 MiB) and written when the record is back, after a `record-resumed` event.
 * Never throws.
 */
export class AuditFile implements AuditSink {
  readonly #options: AuditFileOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #chain: Chain;
  #open: OpenAudit | null = null;
  #down: Down | null = null;
  /** Marked lines of a file that was removed: they are written again as they were. */
  #again = '';
  /** Events that are not in the kernel yet. */
  #held: string[] = [];
  #heldLength = 0;
  #flushDue = false;
  #refused = 0;
  #unsynced = false;
  #buffer = Buffer.allocUnsafe(FIRST_BUFFER);
  #lookedAt = 0;
  /** Bytes of the file when it was last seen in its place. */
  #seenSize = 0;
  #syncedAt = 0;
  #closed = false;

  constructor(options: AuditFileOptions) {
    this.#options = options;
    this.#chain = new Chain(options.stream);
    this.#syncedAt = options.clock.monotonic();
    if (this.#enter([])) this.#dropOld();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  write(event: AuditEvent): boolean {
    if (this.#closed) return false;
    const json = eventLine(event);
    if (event.kind !== 'outcome') return this.#flush(json);
    this.#hold(json);
    return this.#down === null;
  }

  healthy(): boolean {
    return this.#down === null && !this.#closed;
  }

  /** Events that were not in the record when they were due, since the start. */
  refused(): number {
    return this.#refused;
  }

  /** What is written so far; null before the first line. */
  head(): StreamHead | null {
    return this.#chain.head();
  }

  /** Writes and syncs what is held, then closes; later writes return false. */
  close(): void {
    if (this.#closed) return;
    this.#flush(this.#own('record-closed', {}));
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#open !== null) this.#closeFile(this.#open);
    this.#open = null;
  }

  #hold(json: string): void {
    if (this.#heldLength + json.length > HELD_LIMIT) {
      this.#refused += 1;
      return;
    }
    this.#held.push(json);
    this.#heldLength += json.length;
    if (this.#flushDue || this.#down !== null) return;
    this.#flushDue = true;
    setImmediate(() => {
      this.#flushDue = false;
      if (!this.#closed) this.#flush(null);
    });
  }

  /** Writes what is held and then this event; false when the event is not in the kernel. */
  #flush(json: string | null): boolean {
    if (this.#ready() && this.#open !== null && this.#append(this.#open, json)) return true;
    // The refused event is not held: whoever asked has been told, and acts on it.
    if (json !== null) this.#refused += 1;
    return false;
  }

  #append(open: OpenAudit, json: string | null): boolean {
    const events = json === null ? this.#held : [...this.#held, json];
    if (events.length === 0 && this.#again === '') return true;
    const { lines, error } = this.#put(open.fd, events);
    this.#held = lines >= this.#held.length ? [] : this.#held.slice(lines);
    this.#heldLength = this.#held.reduce((sum, each) => sum + each.length, 0);
    if (error === null) return this.#options.fsyncMs > 0 || this.#syncNow(open);
    this.#fail(error);
    return false;
  }

  /**
   * One write. Lines that arrived whole are counted and must not be written twice; the piece after them is set aside
   * when the file is reopened.
   */
  #put(fd: number, events: readonly string[]): { readonly lines: number; readonly error: unknown } {
    const before = this.#again.length;
    const text = this.#again + this.#chain.compose(events);
    const bytes = this.#encode(text);
    const { written, error } = writeWhole(fd, bytes);
    this.#unsynced ||= written > 0;
    const whole = error === null ? text.length : text.lastIndexOf('\n', written - 1) + 1;
    this.#again = this.#again.slice(whole);
    if (whole <= before) return { lines: 0, error };
    const lines = error === null ? events.length : text.slice(before, whole).split('\n').length - 1;
    this.#chain.commit(bytes.subarray(before, whole), lines);
    return { lines, error };
  }

  #encode(text: string): Uint8Array {
    if (text.length > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(2 * text.length);
    // Lines are ASCII, so characters are bytes.
    return this.#buffer.subarray(0, this.#buffer.write(text, 0, 'latin1'));
  }

  #ready(): boolean {
    const { clock } = this.#options;
    const at = clock.monotonic();
    if (this.#down !== null) return at >= this.#down.retryAt && this.#resume(this.#down);
    const open = this.#open;
    if (open === null) return false;
    const into = clock.now() - open.dayStartMs;
    if (into < 0 || into >= DAY_MS) return this.#rotate();
    return at - this.#lookedAt < LOOK_MS || this.#look(open);
  }

  /** Is the file still where it was? When not: a new one, and what a removed file got since the last look. */
  #look(open: OpenAudit): boolean {
    try {
      const inPlace = statSync(open.path, { throwIfNoEntry: false });
      if (inPlace?.ino === open.inode && inPlace.dev === open.device) {
        this.#saw(inPlace.size);
        return true;
      }
      const removed = fstatSync(open.fd).nlink === 0;
      if (removed) this.#again += Buffer.from(readFrom(open.fd, this.#seenSize)).toString('latin1');
    } catch (error) {
      this.#fail(error);
      return false;
    }
    if (!this.#enter([])) return false;
    this.#options.log.warn('The record file was moved or removed; a new one was opened.', {
      file: open.path,
    });
    return true;
  }

  #rotate(): boolean {
    if (!this.#enter([])) return false;
    this.#dropOld();
    return true;
  }

  #resume(down: Down): boolean {
    const { clock, dir, log } = this.#options;
    down.retryAt = clock.monotonic() + RETRY_MS;
    const downMs = Math.round(clock.monotonic() - down.since);
    const detail = { cause: down.cause, downMs, refused: this.#refused - down.refusedBefore };
    if (!this.#enter([this.#own('record-resumed', detail)])) return false;
    this.#down = null;
    log.info('The record can be written again.', { dir, ...detail });
    return true;
  }

  /** Opens the day's file in place of the one before, and begins it with word of who writes it. */
  #enter(events: readonly string[]): boolean {
    const { clock, dir, stream } = this.#options;
    try {
      const fresh = openAudit(dir, clock.now(), stream);
      const { size } = fstatSync(fresh.fd);
      const opened = this.#own('record-opened', { pid: process.pid, host: hostname() });
      const { error } = this.#put(fresh.fd, [opened, ...events]);
      if (error !== null) {
        closeSync(fresh.fd);
        throw error;
      }
      const before = this.#open;
      this.#open = fresh;
      this.#saw(size);
      if (before !== null) this.#closeFile(before);
      return true;
    } catch (error) {
      if (this.#down === null) this.#fail(error);
      return false;
    }
  }

  #saw(size: number): void {
    this.#seenSize = size;
    this.#lookedAt = this.#options.clock.monotonic();
  }

  #own(what: GateEvent['what'], detail: GateEvent['detail']): string {
    const at = new Date(this.#options.clock.now()).toISOString();
    return eventLine({ v: 1, at, kind: 'gate', what, detail });
  }

  #fail(error: unknown): void {
    const { clock, dir, log } = this.#options;
    const cause = errorCode(error);
    const at = clock.monotonic();
    this.#down ??= { since: at, retryAt: at + RETRY_MS, cause, refusedBefore: this.#refused };
    if (this.#open !== null) this.#closeFile(this.#open);
    this.#open = null;
    log.error('Cannot write the record; audited traffic stops until it can be written.', { dir, cause });
  }

  #tick(): void {
    if (!this.#ready()) return;
    if (this.#held.length > 0 || this.#again !== '') this.#flush(null);
    const { clock, fsyncMs } = this.#options;
    if (!this.#unsynced || fsyncMs === 0 || clock.monotonic() - this.#syncedAt < fsyncMs) return;
    const open = this.#open;
    if (open === null) return;
    this.#unsynced = false;
    this.#syncedAt = clock.monotonic();
    fdatasync(open.fd, (error) => {
      if (isSyncLoss(error) && this.#open === open && !this.#closed) this.#fail(error);
    });
  }

  #syncNow(open: OpenAudit): boolean {
    try {
      fdatasyncSync(open.fd);
      this.#unsynced = false;
      return true;
    } catch (error) {
      if (!isSyncLoss(error)) return true;
      this.#fail(error);
      return false;
    }
  }

  #closeFile(open: OpenAudit): void {
    try {
      if (this.#unsynced) fdatasyncSync(open.fd);
    } catch {
      // The lines are in the kernel; what could not be synced is reported by the write that follows.
    }
    this.#unsynced = false;
    closeSync(open.fd);
  }

  #dropOld(): void {
    const { clock, dir, keepMs, log } = this.#options;
    if (keepMs === null) return;
    try {
      const removed = removeOld(dir, clock.now(), keepMs);
      if (removed.length === 0) return;
      log.info('Removed record files that are past their keep.', { dir, removed });
      for (const file of removed) this.#flush(this.#own('record-expired', { file }));
    } catch (error) {
      log.warn('Cannot remove record files that are past their keep.', { dir, cause: errorCode(error) });
    }
  }
}

interface Down {
  readonly since: number;
  retryAt: number;
  readonly cause: string;
  readonly refusedBefore: number;
}

const RETRY_MS = 250;
const TICK_MS = 250;
const LOOK_MS = 1_000;
const HELD_LIMIT = 8 * 1024 * 1024;
const FIRST_BUFFER = 65_536;

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

// A character device or a pipe cannot be synced, which loses nothing that a file would have kept.
function isSyncLoss(error: unknown): boolean {
  return error !== null && errorCode(error) !== 'EINVAL' && errorCode(error) !== 'EROFS';
}
