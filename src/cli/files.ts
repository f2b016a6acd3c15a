// Files that a person names on the command line.
// Must not know what is in them.
import fs, { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readNamedFile } from '../core/base/regular-file.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';
import type { Cli } from './cli.ts';

/** A file's text, with its name as it was typed: messages quote what the person wrote. */
export interface NamedText {
  readonly text: string;
  readonly file: string;
}

/** Reads UTF-8 text, of a pipe too, as a shell's `<(…)` is one; `what` says what it is wanted for, as `the policy`. */
export function readText(cli: Cli, file: string, what: string): Result<NamedText, Trouble> {
  try {
    const bytes = readNamedFile(resolve(cli.terminal.cwd, file), fs);
    return ok({ file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) });
  } catch (error) {
    return err({ kind: 'failed', message: `Cannot read ${what} ${JSON.stringify(file)}: ${whyNot(error)}` });
  }
}

/** What comes through a pipe that a person names in a file's place; undefined for everything else. */
export function pipedText(cli: Cli, file: string): string | undefined {
  const named = fs.statSync(resolve(cli.terminal.cwd, file), { throwIfNoEntry: false });
  if (named?.isFIFO() !== true) return undefined;
  const read = readText(cli, file, 'the pipe');
  return read.ok ? read.value.text : undefined;
}

/** Writes a file that must not exist yet. */
export function writeNew(cli: Cli, file: string, text: string): Result<null, Trouble> {
  try {
    writeFileSync(resolve(cli.terminal.cwd, file), text, { flag: 'wx' });
    return ok(null);
  } catch (error) {
    return err({ kind: 'failed', message: `Cannot write ${JSON.stringify(file)}: ${whyNot(error)}` });
  }
}

/** What a file system's error means and what to do, as the end of a sentence. */
export function whyNot(error: unknown): string {
  const code = error instanceof Error ? Reflect.get(error, 'code') : null;
  if (typeof code === 'string' && code in REASONS) return whyNotCode(code);
  return `${error instanceof Error ? error.message : String(error)}.`;
}

/** The same for the system's code alone. */
export function whyNotCode(code: string): string {
  return REASONS[code] ?? `the system says ${code}.`;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Check the spelling and the folder.',
  EACCES: 'this user may not. Change its mode, or run as the user who owns it.',
  EPERM: 'this user may not. Change its mode, or run as the user who owns it.',
  EISDIR: 'it is a folder. Name a file.',
  EFTYPE: 'it is a pipe that nobody writes to, a socket or a device. Name a file.',
  ENOTDIR: 'a part of the path is no folder. Check the path.',
  EEXIST: 'it exists already, and nothing is overwritten. Move it away or choose another folder.',
  EROFS: 'the disk is read-only. Choose another folder.',
  ENOSPC: 'the disk is full. Free some space.',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is no UTF-8 text. Save it as UTF-8.',
};
