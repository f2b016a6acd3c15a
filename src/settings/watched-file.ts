// A file that people change while the gate runs: its text, and word of each change once it has settled.
// Must not know what the text means.
import { type BigIntStats, type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** What was read: the text, or why the system would not give it. */
export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly error: unknown };

export interface WatchedFileOptions {
  readonly file: string;
  /** Called with the new content after each change; never for the content that was there at the start. */
  readonly onChange: (content: FileContent) => void;
  /** Milliseconds between two looks when the system announces nothing; default 500. */
  readonly pollMs?: number;
  /** Milliseconds a file must stay the same before it counts as written; default 100. */
  readonly settleMs?: number;
}

/**
 * Watches by name, so that it survives editors that write a new file and rename it, and Kubernetes, which swaps a
 * symbolic link above it. The folder's events are a hint only; what counts is a look at the file, made regularly too.
 * A file that is being written is left alone until it has settled: half a policy can be a valid one.
 */
export class WatchedFile {
  readonly #options: WatchedFileOptions;
  readonly #poll: NodeJS.Timeout;
  #watcher: FSWatcher | null = null;
  #settling: NodeJS.Timeout | null = null;
  #known: string;
  #candidate: string | null = null;
  #content: FileContent;

  constructor(options: WatchedFileOptions) {
    this.#options = options;
    this.#known = signature(options.file);
    this.#content = readContent(options.file);
    this.#poll = setInterval(() => this.#look(), options.pollMs ?? 500);
    this.#poll.unref();
    this.#watch();
  }

  /** The content as it was read last. */
  content(): FileContent {
    return this.#content;
  }

  /** Reads the file now, whether it changed or not; `onChange` is not called for what this returns. */
  read(): FileContent {
    this.#stopSettling();
    this.#known = signature(this.#options.file);
    this.#content = readContent(this.#options.file);
    return this.#content;
  }

  close(): void {
    clearInterval(this.#poll);
    this.#stopSettling();
    this.#watcher?.close();
    this.#watcher = null;
  }

  #watch(): void {
    try {
      // The folder, not the file: a watch on the file would follow the old inode away.
      this.#watcher = watch(dirname(this.#options.file), { persistent: false }, (_, name) => {
        // Kubernetes announces `..data`, editors their own temporary names; other files of the folder are many.
        if (name === null || name === basename(this.#options.file) || name.startsWith('..')) this.#look();
      });
      this.#watcher.on('error', () => this.#unwatch());
    } catch {
      // No folder yet, or no watches left: the poll sees it.
      this.#watcher = null;
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #look(): void {
    if (this.#settling !== null) return;
    const now = signature(this.#options.file);
    if (now === this.#known) return;
    this.#candidate = now;
    this.#settle();
  }

  #settle(): void {
    this.#settling = setTimeout(() => {
      this.#settling = null;
      const now = signature(this.#options.file);
      if (now !== this.#candidate) {
        this.#candidate = now;
        this.#settle();
        return;
      }
      this.#take(now);
    }, this.#options.settleMs ?? 100);
    this.#settling.unref();
  }

  #take(now: string): void {
    this.#known = now;
    const before = this.#content;
    this.#content = readContent(this.#options.file);
    if (!sameContent(before, this.#content)) this.#options.onChange(this.#content);
  }

  #stopSettling(): void {
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#settling = null;
  }
}

// Follows symbolic links. Nanoseconds, because two writes within a millisecond may keep the size.
function signature(file: string): string {
  try {
    const stats: BigIntStats = statSync(file, { bigint: true });
    return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  }
}

/** Reads a file once. */
export function readContent(file: string): FileContent {
  try {
    return { kind: 'text', text: readFileSync(file, 'utf8') };
  } catch (error) {
    return { kind: 'unreadable', error };
  }
}

function sameContent(a: FileContent, b: FileContent): boolean {
  if (a.kind === 'text' && b.kind === 'text') return a.text === b.text;
  return a.kind === b.kind;
}
