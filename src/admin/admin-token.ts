// The tokens of the admin API: read from their files, made when missing, compared in constant time.
// Must not know routes.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import fs, { closeSync, fchmodSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../core/base/make-folder.ts';
import { readRegularFile } from '../core/base/regular-file.ts';

/** What a token may do: everything, or only read. */
export type Role = 'admin' | 'auditor';

/**
 * The token in a file; one is made, 0600, when there is none. A token that people chose has at least 16 printable
 * characters. Throws what the file system throws, and an error that says what is wrong with the content.
 */
export function loadAdminToken(file: string): string {
  const existing = readToken(file);
  if (existing !== null) return existing;
  makeToken(file);
  const made = readToken(file);
  if (made === null)
    throw new Error(`Cannot make the admin token ${JSON.stringify(file)}: the file vanished.`);
  return made;
}

/** Throws as `loadAdminToken` does for a file that is there and is no token; makes none. */
export function checkAdminToken(file: string): void {
  readToken(file);
}

/** Finds the role of a presented token; null for none. Time does not depend on how much of it is right. */
export class TokenCheck {
  readonly #known: readonly { readonly role: Role; readonly digest: Uint8Array }[];

  constructor(tokens: { readonly admin: string; readonly auditor: string | null }) {
    const known: { role: Role; digest: Uint8Array }[] = [{ role: 'admin', digest: digestOf(tokens.admin) }];
    if (tokens.auditor !== null) known.push({ role: 'auditor', digest: digestOf(tokens.auditor) });
    this.#known = known;
  }

  roleOf(presented: string): Role | null {
    const digest = digestOf(presented);
    let role: Role | null = null;
    for (const known of this.#known) if (timingSafeEqual(known.digest, digest)) role ??= known.role;
    return role;
  }
}

const TOKEN_BYTES = 32;

function digestOf(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

function readToken(file: string): string | null {
  let text: string;
  try {
    text = Buffer.from(readRegularFile(file, fs)).toString().trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  if (/^[!-~]{16,512}$/.test(text)) return text;
  throw new Error(
    `Cannot read the admin token in ${JSON.stringify(file)}: it is one line of 16 to 512 printable characters. Remove the file to get a new one.`,
  );
}

function makeToken(file: string): void {
  makeFolder(dirname(file), { mkdir: (path) => mkdirSync(path, { mode: 0o700 }), parentOf: dirname });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const fd = openSync(draft, 'wx', 0o600);
  try {
    fchmodSync(fd, 0o600);
    writeSync(fd, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
    // A link never replaces: of two processes that start together, both use the token of the first.
    linkSync(draft, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    closeSync(fd);
    rmSync(draft, { force: true });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
