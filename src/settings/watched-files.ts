// Files that people change while something depends on them: read once all of them have settled, and watched.
// Must not know what the texts mean.
import fs, { type BigIntStats, type FSWatcher, lstatSync, statSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { FileContent, ReadFile } from '../core/base/file-content.ts';
import { readRegularFile } from '../core/base/regular-file.ts';

export interface WatchTimes {
  /** Milliseconds between two looks when the system announces nothing; default 500. */
  readonly pollMs?: number;
  /** Milliseconds between the two reads that must agree; default 1,000. */
  readonly settleMs?: number;
  /** Milliseconds after which a reading of files that keep changing ends; default 30,000 and twice `settleMs`. */
  readonly limitMs?: number;
  /** Waits; a test brings its own. */
  readonly pause?: (ms: number, closed: AbortSignal) => Promise<unknown>;
  /** Reads a file; a test brings its own. */
  readonly readFile?: ReadFile;
}

export interface WatchedFilesOptions extends WatchTimes {
  /** Called when some file is not what the last reading found; the answer to it is another reading. */
  readonly onChange: () => void;
}

/** `unsettled`: a file kept changing until the limit, or the watch was closed; the result is of no moment at all. */
export type Settled<T> =
  | { readonly kind: 'settled'; readonly result: T }
  | { readonly kind: 'unsettled'; readonly file: string };

/**
 * Watches by name, so that it survives editors that write a new file and rename it, and Kubernetes, which swaps a
 * symbolic link above it. Events of the folders are a hint only; what counts is a look at the files, made regularly too.
 * A file that is being written is no version of it: half a policy can be a valid one.
 */
export class WatchedFiles {
  readonly #options: WatchedFilesOptions;
  readonly #poll: NodeJS.Timeout;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #arrivals = new Arrivals();
  readonly #closing = new AbortController();
  #seen: ReadonlyMap<string, Seen> = new Map();
  #isReading = false;

  constructor(options: WatchedFilesOptions) {
    this.#options = options;
    this.#poll = setInterval(() => this.#look(), options.pollMs ?? 500);
    this.#poll.unref();
  }

  /**
   * Runs `pass` until all the files that it reads were the same, bytes and times, in two reads `settleMs` apart: they are
   * one unit, and stood on the disk together. Files that came to their names by a rename settle at once. The files that
   * were read are watched from then on, missing ones too, and no others. One reading at a time.
   */
  async settled<T>(pass: (read: ReadFile) => T): Promise<Settled<T>> {
    const { settleMs = SETTLE_MS, limitMs = LIMIT_MS + 2 * settleMs, pause = pauseFor } = this.#options;
    const endMs = performance.now() + limitMs;
    this.#isReading = true;
    try {
      for (;;) {
        const { result, seen } = this.#read(pass);
        this.#watchFolders([...this.#seen.keys(), ...seen.keys()]);
        const waitedMs = this.#patience(seen, settleMs);
        await pause(waitedMs, this.#closing.signal);
        // What the system has to tell of these files is heard before they are read again.
        await turn();
        const again = new Map([...seen.keys()].map((file) => [file, this.#see(file)]));
        const changed = [...seen].find(([file, before]) => !isSame(before, again.get(file)));
        if (changed === undefined && this.#patience(seen, settleMs) <= waitedMs) {
          this.#take(again);
          return { kind: 'settled', result };
        }
        if (this.#closing.signal.aborted || performance.now() >= endMs)
          return { kind: 'unsettled', file: changed?.[0] ?? '' };
      }
    } finally {
      this.#isReading = false;
    }
  }

  close(): void {
    this.#closing.abort();
    clearInterval(this.#poll);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#seen = new Map();
  }

  #take(seen: ReadonlyMap<string, Seen>): void {
    if (this.#closing.signal.aborted) return;
    this.#seen = seen;
    this.#arrivals.forget();
    this.#watchFolders(seen.keys());
  }

  #read<T>(pass: (read: ReadFile) => T): { readonly result: T; readonly seen: ReadonlyMap<string, Seen> } {
    const seen = new Map<string, Seen>();
    const result = pass((file) => {
      const found = seen.get(file) ?? this.#see(file);
      seen.set(file, found);
      return found.content;
    });
    return { result, seen };
  }

  #see(file: string): Seen {
    const { readFile = readContent } = this.#options;
    const { signature, changedMs } = markOf(file);
    return { signature, ageMs: Date.now() - changedMs, content: readFile(file) };
  }

  /** What could not be read is read again at every look: its times do not tell when it can be (EMFILE, EACCES, EIO). */
  #isOver(file: string, seen: Seen): boolean {
    if (seen.content.kind === 'unreadable') return !isSame(this.#see(file), seen);
    return markOf(file).signature !== seen.signature;
  }

  /** How long the two reads of these files are apart. */
  #patience(seen: ReadonlyMap<string, Seen>, settleMs: number): number {
    const waits = [...seen].map(([file, now]) => {
      const before = this.#seen.get(file);
      if (isSame(now, before)) return 0;
      if (before === undefined && now.ageMs >= settleMs) return 0;
      return this.#arrivals.isWhole(file, now.content) ? Math.min(ARRIVAL_MS, settleMs) : settleMs;
    });
    return Math.max(0, ...waits);
  }

  // The folders, not the files: a watch on a file would follow the old inode away.
  #watchFolders(files: Iterable<string>): void {
    const folders = new Set([...files].map((file) => dirname(file)));
    for (const folder of this.#watchers.keys()) if (!folders.has(folder)) this.#unwatch(folder);
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watchFolder(folder);
  }

  #watchFolder(folder: string): void {
    if (this.#closing.signal.aborted) return;
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) => {
        if (name !== null) this.#arrivals.hear(event, join(folder, name));
        if (name === null || this.#concerns(folder, name)) this.#look();
      });
      watcher.on('error', () => this.#unwatch(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // No folder yet, or no watches left: the poll sees it.
    }
  }

  // Kubernetes announces `..data`, editors their own temporary names; other files of the folder are many.
  #concerns(folder: string, name: string): boolean {
    return name.startsWith('..') || this.#seen.has(join(folder, name));
  }

  #unwatch(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #look(): void {
    if (this.#isReading || this.#closing.signal.aborted) return;
    if ([...this.#seen].some(([file, seen]) => this.#isOver(file, seen))) this.#options.onChange();
  }
}

/** Reads a regular file once, as UTF-8; it waits for nobody. */
export function readContent(file: string): FileContent {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readRegularFile(file, fs));
    return { kind: 'text', text };
  } catch (error) {
    return { kind: 'unreadable', code: codeOf(error) };
  }
}

/** Reads files once they have settled; where they keep changing, none of them can be read (UNSETTLED). */
export async function settledContents(
  files: readonly string[],
  settleMs: number,
): Promise<ReadonlyMap<string, FileContent>> {
  const watched = new WatchedFiles({ settleMs, onChange: () => undefined });
  const settled = await watched.settled((read) => new Map(files.map((file) => [file, read(file)])));
  watched.close();
  if (settled.kind === 'settled') return settled.result;
  return new Map(files.map((file) => [file, { kind: 'unreadable', code: 'UNSETTLED' }]));
}

const SETTLE_MS = 1_000;
const LIMIT_MS = 30_000;
/** For a file that was renamed to its place: time for word of a write to it, and for others that are renamed with it. */
const ARRIVAL_MS = 50;

/**
 * What the system told of names since the last reading. A name that was only ever moved to has a file that was written
 * under another name; of one that was made here, and of one that is still written after the move, writes are told too.
 * Where nothing is told (network file systems, folders above), nothing counts as whole.
 */
class Arrivals {
  readonly #told = new Map<string, 'moved' | 'written'>();

  hear(event: 'rename' | 'change', file: string): void {
    if (this.#told.size >= TOLD_LIMIT) this.#told.clear();
    if (event === 'change') this.#told.set(file, 'written');
    else if (!this.#told.has(file)) this.#told.set(file, 'moved');
  }

  isWhole(file: string, content: FileContent): boolean {
    if (this.#told.get(file) !== 'moved' || content.kind !== 'text' || content.text === '') return false;
    // Of the file that a link leads to nothing is told here.
    return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === false;
  }

  forget(): void {
    this.#told.clear();
  }
}

const TOLD_LIMIT = 1_000;

interface Seen {
  /** Taken before the reading, so that a change during it is noticed. */
  readonly signature: string;
  /** Milliseconds since anything about the file changed; negative where its clock is ahead. */
  readonly ageMs: number;
  readonly content: FileContent;
}

// Follows symbolic links. Nanoseconds, because two writes within a millisecond may keep the size.
function markOf(file: string): { readonly signature: string; readonly changedMs: number } {
  try {
    const stats: BigIntStats = statSync(file, { bigint: true });
    const changedMs = Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs));
    return {
      signature: `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`,
      changedMs,
    };
  } catch (error) {
    return { signature: codeOf(error), changedMs: Number.POSITIVE_INFINITY };
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function isSame(a: Seen, b: Seen | undefined): boolean {
  return b !== undefined && a.signature === b.signature && sameContent(a.content, b.content);
}

/** Whether two readings found the same bytes, or could not read for the same reason. */
export function sameContent(a: FileContent, b: FileContent): boolean {
  if (a.kind === 'text') return b.kind === 'text' && a.text === b.text;
  return b.kind === 'unreadable' && a.code === b.code;
}

function pauseFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}
