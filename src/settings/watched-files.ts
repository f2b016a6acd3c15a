// Files that people change while something depends on them: word of a change once all of them have settled.
// Must not know what the texts mean.
import { type BigIntStats, type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FileContent, ReadFile } from '../core/base/file-content.ts';

export interface WatchTimes {
  /** Milliseconds between two looks when the system announces nothing; default 500. */
  readonly pollMs?: number;
  /** Milliseconds the files must stay the same before they count as written; default 100. */
  readonly settleMs?: number;
}

export interface WatchedFilesOptions extends WatchTimes {
  /** Called when the content of some file differs from what the last pass read; the answer to it is another pass. */
  readonly onChange: () => void;
}

/**
 * Watches by name, so that it survives editors that write a new file and rename it, and Kubernetes, which swaps a
 * symbolic link above it. Events of the folders are a hint only; what counts is a look at the files, made regularly too.
 * Files that are being written are left alone until they have settled: half a policy can be a valid one.
 */
export class WatchedFiles {
  readonly #options: WatchedFilesOptions;
  readonly #poll: NodeJS.Timeout;
  readonly #watchers = new Map<string, FSWatcher>();
  #seen: ReadonlyMap<string, Seen> = new Map();
  #settling: NodeJS.Timeout | null = null;

  constructor(options: WatchedFilesOptions) {
    this.#options = options;
    this.#poll = setInterval(() => this.#look(), options.pollMs ?? 500);
    this.#poll.unref();
  }

  /**
   * Runs `pass`: the files that it reads are watched from then on, missing ones too, and no others.
   * It runs again when a file changed under it, so that what it read stood on the disk together.
   */
  pass<T>(pass: (read: ReadFile) => T): T {
    this.#stopSettling();
    for (let attempt = 1; ; attempt += 1) {
      const seen = new Map<string, Seen>();
      const result = pass((file) => {
        const found = seen.get(file) ?? see(file);
        seen.set(file, found);
        return found.content;
      });
      if (attempt < MAX_ATTEMPTS && signatureOf(seen.keys()) !== knownSignature(seen)) continue;
      this.#seen = seen;
      this.#watchFolders();
      return result;
    }
  }

  close(): void {
    clearInterval(this.#poll);
    this.#stopSettling();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#seen = new Map();
  }

  // The folders, not the files: a watch on a file would follow the old inode away.
  #watchFolders(): void {
    const folders = new Set([...this.#seen.keys()].map((file) => dirname(file)));
    for (const folder of this.#watchers.keys()) if (!folders.has(folder)) this.#unwatch(folder);
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watchFolder(folder);
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
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
    if (name.startsWith('..')) return true;
    return [...this.#seen.keys()].some((file) => basename(file) === name && dirname(file) === folder);
  }

  #unwatch(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #look(): void {
    if (this.#settling !== null) return;
    const now = signatureOf(this.#seen.keys());
    if (now !== knownSignature(this.#seen)) this.#settle(now);
  }

  #settle(candidate: string): void {
    this.#settling = setTimeout(() => {
      this.#settling = null;
      const now = signatureOf(this.#seen.keys());
      if (now === candidate) this.#take();
      else this.#settle(now);
    }, this.#options.settleMs ?? 100);
    this.#settling.unref();
  }

  #take(): void {
    const before = this.#seen;
    this.#seen = new Map([...before.keys()].map((file) => [file, see(file)]));
    const changed = [...before].some(([file, { content }]) => !sameContent(content, this.#seen.get(file)));
    if (changed) this.#options.onChange();
  }

  #stopSettling(): void {
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#settling = null;
  }
}

/** Reads a file once, as UTF-8. */
export function readContent(file: string): FileContent {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
    return { kind: 'text', text };
  } catch (error) {
    return { kind: 'unreadable', code: codeOf(error) };
  }
}

// A change while a pass runs is rare, twice in a row is a writer at work: the next look sees its end.
const MAX_ATTEMPTS = 5;

interface Seen {
  /** Taken before the reading, so that a change during it is noticed. */
  readonly signature: string;
  readonly content: FileContent;
}

function see(file: string): Seen {
  const signature = signatureOfFile(file);
  return { signature, content: readContent(file) };
}

function signatureOf(files: Iterable<string>): string {
  return [...files].map(signatureOfFile).join(' ');
}

function knownSignature(seen: ReadonlyMap<string, Seen>): string {
  return [...seen.values()].map(({ signature }) => signature).join(' ');
}

// Follows symbolic links. Nanoseconds, because two writes within a millisecond may keep the size.
function signatureOfFile(file: string): string {
  try {
    const stats: BigIntStats = statSync(file, { bigint: true });
    return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function sameContent(a: FileContent, seen: Seen | undefined): boolean {
  const b = seen?.content;
  if (a.kind === 'text' && b?.kind === 'text') return a.text === b.text;
  return a.kind === b?.kind;
}
