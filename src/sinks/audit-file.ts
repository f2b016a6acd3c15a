// The record as JSON lines in one file per UTC day; a decision is in the kernel before `write` returns true.
// Must not know what an event means, nor what the gate does when the record cannot be written.
import { closeSync, fdatasync, fdatasyncSync, fstatSync, statSync } from 'node:fs';
import { eventLine } from '../core/record/event-line.ts';
import type { AuditEvent } from '../core/record/events.ts';
import type { AuditSink, Clock, Log } from '../ports.ts';
import { DAY_MS, type OpenAudit, openAudit, readFrom, removeOld, writeWhole } from './_audit-folder.ts';

export interface AuditFileOptions {
  readonly dir: string;
  /** Files of days that ended longer ago are removed; null keeps everything. */
  readonly keepMs: number | null;
  /** Milliseconds between two fdatasync; 0 syncs within every write. */
  readonly fsyncMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Appends events. Decisions and gate events are written at once; outcomes wait for the next of these or for the
 * end of the current turn of the event loop, whichever comes first, so that a busy gate makes one system call of many.
 * When the record cannot be written, `write` returns false and the file is opened again at most every 250 ms;
 * outcomes are held meanwhile (up to 8 MiB) and written when the record is back, after a `record-resumed` event.
 * Never throws.
 */
export class AuditFile implements AuditSink {
  readonly #options: AuditFileOptions;
  readonly #timer: NodeJS.Timeout;
  #open: OpenAudit | null = null;
  #down: Down | null = null;
  /** Whole lines that are not in the kernel yet. */
  #held = '';
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
    this.#syncedAt = options.clock.monotonic();
    this.#openFirst();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  write(event: AuditEvent): boolean {
    if (this.#closed) return false;
    const line = `${eventLine(event)}\n`;
    if (event.kind !== 'outcome') return this.#flush(line);
    this.#hold(line);
    return this.#down === null;
  }

  healthy(): boolean {
    return this.#down === null && !this.#closed;
  }

  /** Events that were not in the record when they were due, since the start. */
  refused(): number {
    return this.#refused;
  }

  /** Writes and syncs what is held, then closes; later writes return false. */
  close(): void {
    if (this.#closed) return;
    this.#flush('');
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#open !== null) this.#closeFile(this.#open);
    this.#open = null;
  }

  #hold(line: string): void {
    if (this.#held.length + line.length > HELD_LIMIT) {
      this.#refused += 1;
      return;
    }
    this.#held += line;
    if (this.#flushDue || this.#down !== null) return;
    this.#flushDue = true;
    setImmediate(() => {
      this.#flushDue = false;
      if (!this.#closed) this.#flush('');
    });
  }

  /** Writes what is held and then this line; false when the line is not in the kernel. */
  #flush(line: string): boolean {
    if (!this.#ready()) {
      if (line !== '') this.#refused += 1;
      return false;
    }
    const text = this.#held + line;
    if (text === '' || this.#append(text)) return true;
    // The refused line is not held: whoever asked has been told, and acts on it.
    if (line !== '') this.#refused += 1;
    return false;
  }

  #append(text: string): boolean {
    const open = this.#open;
    if (open === null) return false;
    const bytes = this.#encode(text);
    const { written, error } = writeWhole(open.fd, bytes);
    if (error === null) {
      this.#held = '';
      this.#unsynced = true;
      return this.#options.fsyncMs > 0 || this.#syncNow(open);
    }
    // Lines that arrived whole must not be written twice; the piece after them is set aside when the file is reopened.
    const whole = text.lastIndexOf('\n', written - 1) + 1;
    this.#held = this.#held.slice(whole);
    this.#fail(error);
    return false;
  }

  #encode(text: string): Uint8Array {
    if (text.length > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(2 * text.length);
    // Lines are ASCII, so characters are bytes.
    return this.#buffer.subarray(0, this.#buffer.write(text, 0, 'latin1'));
  }

  #ready(): boolean {
    const { clock } = this.#options;
    const at = clock.monotonic();
    if (this.#down !== null) return at >= this.#down.retryAt && this.#resume();
    const open = this.#open;
    if (open === null) return false;
    const into = clock.now() - open.dayStartMs;
    if (into < 0 || into >= DAY_MS) return this.#rotate(open);
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
      if (removed)
        this.#held = Buffer.from(readFrom(open.fd, this.#seenSize)).toString('latin1') + this.#held;
      this.#adopt(openAudit(this.#options.dir, this.#options.clock.now()));
      this.#closeFile(open);
      this.#options.log.warn('The record file was moved or removed; a new one was opened.', {
        file: open.path,
      });
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #rotate(old: OpenAudit): boolean {
    try {
      this.#adopt(openAudit(this.#options.dir, this.#options.clock.now()));
      this.#closeFile(old);
      this.#dropOld();
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  #openFirst(): void {
    try {
      this.#adopt(openAudit(this.#options.dir, this.#options.clock.now()));
      this.#dropOld();
    } catch (error) {
      this.#fail(error);
    }
  }

  #resume(): boolean {
    const down = this.#down;
    if (down === null) return true;
    const { clock, dir, log } = this.#options;
    down.retryAt = clock.monotonic() + RETRY_MS;
    try {
      const fresh = openAudit(dir, clock.now());
      const downMs = Math.round(clock.monotonic() - down.since);
      const detail = { cause: down.cause, downMs, refused: this.#refused - down.refusedBefore };
      const at = new Date(clock.now()).toISOString();
      const line = `${eventLine({ v: 1, at, kind: 'gate', what: 'record-resumed', detail })}\n`;
      const { error } = writeWhole(fresh.fd, Buffer.from(line));
      if (error !== null) {
        closeSync(fresh.fd);
        return false;
      }
      this.#adopt(fresh);
      this.#down = null;
      log.info('The record can be written again.', { dir, ...detail });
      return true;
    } catch {
      return false;
    }
  }

  #adopt(open: OpenAudit): void {
    this.#open = open;
    this.#saw(fstatSync(open.fd).size);
  }

  #saw(size: number): void {
    this.#seenSize = size;
    this.#lookedAt = this.#options.clock.monotonic();
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
    if (this.#held !== '') this.#flush('');
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
      if (removed.length > 0) log.info('Removed record files that are past their keep.', { dir, removed });
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
