// Adds and removes users of an htpasswd file, in one step, so that a gate that watches it never reads half.
// Must not know who asked.
import { randomBytes } from 'node:crypto';
import fs, { chmodSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hash } from 'bcryptjs';
import { makeFolder } from '../core/base/make-folder.ts';
import { inOneForm } from '../core/base/one-form.ts';
import { readRegularFile } from '../core/base/regular-file.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { COST_LIMIT, PASSWORD_BYTES, userNameFault } from './htpasswd.ts';

export interface NewUser {
  readonly file: string;
  readonly user: string;
  readonly password: string;
  /** bcrypt's cost, 4 to 15; 10 when left out. */
  readonly cost?: number;
}

/** Adds a user, or gives a known one a new password. The file is made when missing, and is 0600. Throws what the file system throws. */
export async function addUser(asked: NewUser): Promise<Result<'added' | 'changed', string>> {
  const { file, cost = STANDARD_COST } = asked;
  const user = inOneForm(asked.user);
  const password = inOneForm(asked.password);
  const wrong = userNameFault(user) ?? passwordFault(password) ?? costFault(cost);
  if (wrong !== null) return err(wrong);
  const line = `${user}:${await hash(password, cost)}`;
  const before = linesOf(file);
  const others = before.filter((each) => !isLineOf(each, user));
  writeLines(file, [...others, line]);
  return ok(others.length === before.length ? 'added' : 'changed');
}

/** Removes a user; false when there was none. */
export function removeUser(asked: { readonly file: string; readonly user: string }): boolean {
  const before = linesOf(asked.file);
  const others = before.filter((each) => !isLineOf(each, asked.user));
  if (others.length === before.length) return false;
  writeLines(asked.file, others);
  return true;
}

const STANDARD_COST = 10;

function passwordFault(password: string): string | null {
  if (password === '' || password.includes('\0')) return 'a password is not empty and has no NUL';
  return Buffer.byteLength(password) > PASSWORD_BYTES
    ? `a password has at most ${PASSWORD_BYTES} bytes, because bcrypt reads no more`
    : null;
}

function costFault(cost: number): string | null {
  return Number.isInteger(cost) && cost >= 4 && cost <= COST_LIMIT
    ? null
    : `the cost is a whole number from 4 to ${COST_LIMIT}`;
}

function isLineOf(line: string, user: string): boolean {
  return inOneForm(line).startsWith(`${inOneForm(user)}:`);
}

function linesOf(file: string): string[] {
  try {
    return Buffer.from(readRegularFile(file, fs))
      .toString()
      .split(/\r?\n/)
      .filter((line) => line !== '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function writeLines(file: string, lines: readonly string[]): void {
  makeFolder(dirname(file), { mkdir: (path) => mkdirSync(path, { mode: 0o700 }), parentOf: dirname });
  const target = resolved(file);
  const draft = `${target}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flag: 'wx', flush: true });
    chmodSync(draft, 0o600);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

// A symbolic link stays one: its target is replaced.
function resolved(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
