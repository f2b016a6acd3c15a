// Files of the key store: whole or not at all on the disk, and key files that only their owner reads.
// Must not know certificates.
import { randomBytes } from 'node:crypto';
import { constants, mkdirSync, type Stats } from 'node:fs';
import { type FileHandle, link, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../core/base/make-folder.ts';
import { kindFault, lookFlags } from '../core/base/regular-file.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { type AuthorityFault, fault, messageOf } from './fault.ts';

/** Makes the directory with mode 0700 where it is missing; one that is there must not be writable by others. */
export async function ensureDirectory(dir: string): Promise<Result<null, AuthorityFault>> {
  try {
    makeFolder(dir, { mkdir: (path) => mkdirSync(path, { mode: 0o700 }), parentOf: dirname });
    return checkDirectory(dir, await stat(dir));
  } catch (thrown) {
    return err(fault('ca-unwritable', `Cannot make the CA directory ${quote(dir)}: ${messageOf(thrown)}.`));
  }
}

/** Replaces a file: after a crash at any moment either the old content or the new one is there. */
export async function replaceFile(
  path: string,
  content: string,
  mode: number,
): Promise<Result<null, AuthorityFault>> {
  return write(path, content, { mode, place: (temporary) => rename(temporary, path) });
}

/** Makes a file that must not exist; never overwrites. The fault is `ca-exists` when it does. */
export async function createFile(
  path: string,
  content: string,
  mode: number,
): Promise<Result<null, AuthorityFault>> {
  // rename() overwrites silently; link() fails when the name is taken, and is as atomic.
  const place = async (temporary: string): Promise<void> => {
    await link(temporary, path);
    await unlink(temporary);
  };
  return write(path, content, { mode, place });
}

/** Moves a file over another one, durably. */
export async function moveFile(from: string, to: string): Promise<Result<null, AuthorityFault>> {
  try {
    await rename(from, to);
    await syncDirectory(dirname(to));
    return ok(null);
  } catch (thrown) {
    return err(fault('ca-unwritable', `Cannot move ${quote(from)} to ${quote(to)}: ${messageOf(thrown)}.`));
  }
}

/** Removes a file, durably; one that is not there is removed. */
export async function removeFile(path: string): Promise<Result<null, AuthorityFault>> {
  try {
    await unlink(path);
    await syncDirectory(dirname(path));
    return ok(null);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return ok(null);
    return err(fault('ca-unwritable', `Cannot remove ${quote(path)}: ${messageOf(thrown)}.`));
  }
}

/** The text of a file, or null when there is none. */
export async function readPublicFile(path: string): Promise<Result<string | null, AuthorityFault>> {
  return read(path, () => ok(null));
}

/**
 * The text of a key file, or null when there is none. Refused when anyone but its owner may touch it, when it belongs to
 * another user than `me` (a numeric id; undefined on Windows), or when others may write to its directory. The open file is
 * judged, not its name.
 */
export async function readKeyFile(
  path: string,
  me: number | undefined = process.getuid?.(),
): Promise<Result<string | null, AuthorityFault>> {
  return read(path, async (stats) => {
    const owner = ownerFault(path, stats, me);
    if (owner !== null) return err(owner);
    if (hasModes() && (stats.mode & 0o077) !== 0) {
      const detail = `Cannot use the key ${quote(path)}: its mode is ${octal(stats)}, so others can reach it. Run chmod 600 on it; if others may have read it, make a new CA.`;
      return err(fault('ca-mode', detail));
    }
    return checkDirectory(dirname(path), await stat(dirname(path)));
  });
}

function checkDirectory(dir: string, stats: Stats): Result<null, AuthorityFault> {
  if (!hasModes() || (stats.mode & 0o022) === 0) return ok(null);
  const detail = `Cannot use the CA directory ${quote(dir)}: its mode is ${octal(stats)}, so others can replace the key. Run chmod 700 on it.`;
  return err(fault('ca-mode', detail));
}

function ownerFault(path: string, stats: Stats, me: number | undefined): AuthorityFault | null {
  if (me === undefined || stats.uid === me) return null;
  const detail = `Cannot use the key ${quote(path)}: it belongs to user ${stats.uid}, and the gate runs as user ${me}. Run chown ${me} on it, or run the gate as its owner.`;
  return fault('ca-owner', detail);
}

async function read(
  path: string,
  judge: (stats: Stats) => Result<null, AuthorityFault> | Promise<Result<null, AuthorityFault>>,
): Promise<Result<string | null, AuthorityFault>> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, lookFlags(constants));
    const stats = await file.stat();
    const judged = await judge(stats);
    const fault = kindFault(stats, path);
    if (judged.ok && fault !== null) throw fault;
    return judged.ok ? ok(await file.readFile('utf8')) : judged;
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return ok(null);
    return err(fault('ca-unreadable', `Cannot read ${quote(path)}: ${messageOf(thrown)}.`));
  } finally {
    await file?.close();
  }
}

async function write(
  path: string,
  content: string,
  how: { readonly mode: number; readonly place: (temporary: string) => Promise<void> },
): Promise<Result<null, AuthorityFault>> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeDurably(temporary, content, how.mode);
    await how.place(temporary);
    await syncDirectory(dirname(path));
    return ok(null);
  } catch (thrown) {
    await unlink(temporary).catch(() => undefined);
    if (codeOf(thrown) === 'EEXIST')
      return err(fault('ca-exists', `Cannot write ${quote(path)}: it is there already.`));
    return err(fault('ca-unwritable', `Cannot write ${quote(path)}: ${messageOf(thrown)}.`));
  }
}

async function writeDurably(path: string, content: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    // The process's umask may have narrowed the mode of a file that all may read.
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name is on the disk only when its directory is. Windows opens no directories. */
async function syncDirectory(dir: string): Promise<void> {
  if (!hasModes()) return;
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Windows has neither modes nor numeric owners: there the directory's access list is the administrator's. */
function hasModes(): boolean {
  return process.getuid !== undefined;
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : null;
}

function octal(stats: Stats): string {
  return (stats.mode & 0o777).toString(8).padStart(4, '0');
}

function quote(path: string): string {
  return JSON.stringify(path);
}
