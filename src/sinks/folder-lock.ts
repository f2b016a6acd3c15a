// One gate to a folder: a lock that ends with its process, however that ends.
// Must not know what is in the folder.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder for this process, beside whose lock lies who holds it; `held`: another gate has it, here or in another
 * container of this machine; `unknown`: the file system has no locks, or the folder cannot be written.
 * The lock is SQLite's exclusive one on an empty file: the kernel keeps it, and lets go of it when the process is gone.
 */
export function lockFolder(
  dir: string,
):
  | { readonly kind: 'locked'; readonly lock: FolderLock }
  | { readonly kind: 'held'; readonly by: string }
  | { readonly kind: 'unknown'; readonly cause: string } {
  const holder = join(dir, 'gate.pid');
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(join(dir, 'gate.lock'), { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (error instanceof Error && Reflect.get(error, 'errcode') === SQLITE_BUSY)
      return { kind: 'held', by: readHolder(holder) };
    return { kind: 'unknown', cause: error instanceof Error ? error.message : String(error) };
  }
  const held = database;
  writeHolder(holder);
  const release = (): void => {
    if (!held.isOpen) return;
    rmSync(holder, { force: true });
    held.close();
  };
  return { kind: 'locked', lock: { release } };
}

const SQLITE_BUSY = 5;

function writeHolder(file: string): void {
  try {
    writeFileSync(file, `process ${process.pid} on ${hostname()}\n`, { mode: 0o600 });
  } catch {
    // The lock holds without it, as on a disk that is full.
  }
}

function readHolder(file: string): string {
  try {
    const [line = ''] = readFileSync(file, 'utf8').split('\n');
    return /^process \d+ on [A-Za-z0-9._-]{1,255}$/.test(line)
      ? line
      : 'a process that does not say its name';
  } catch {
    return 'a process that does not say its name';
  }
}
