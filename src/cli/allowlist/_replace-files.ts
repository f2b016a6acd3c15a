// Several files replaced together: all of them, or none. Must not know what is in them.
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { err, ok, type Result } from '../../core/base/result.ts';
import { whyNot } from '../files.ts';

export interface Replacement {
  /** Absolute; a symbolic link stays one. */
  readonly file: string;
  /** What stood there when the text was made; null: there was no such file. */
  readonly before: string | null;
  readonly text: string;
}

/**
 * In the order given, each by a rename. The error is one line, and then every file is as it was. Of two that replace
 * one file at once, the second fails: the draft beside it has one name, and is the lock.
 */
export function replaceFiles(replacements: readonly Replacement[]): Result<null, string> {
  const drafts: Draft[] = [];
  try {
    for (const replacement of replacements) drafts.push(draftOf(replacement));
  } catch (error) {
    for (const { draft } of drafts) rmSync(draft, { force: true });
    return err(errorLine(replacements[drafts.length]?.file ?? '', error));
  }
  return renameAll(drafts);
}

interface Draft extends Replacement {
  /** Where the link leads. */
  readonly target: string;
  readonly draft: string;
}

class Changed extends Error {}

function draftOf(replacement: Replacement): Draft {
  const { file, before, text } = replacement;
  const target = before === null ? file : realpathSync(file);
  const draft = `${target}.new`;
  writeFileSync(draft, '', { flag: 'wx' });
  try {
    if (isChanged(target, before)) throw new Changed();
    writeFileSync(draft, text);
    if (before !== null) keepOwner(draft, target);
    const descriptor = openSync(draft, 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return { ...replacement, target, draft };
}

/** A folder in the place of a new file is left to the rename, which says so. */
function isChanged(target: string, before: string | null): boolean {
  if (before !== null) return readFileSync(target, 'utf8') !== before;
  return statSync(target, { throwIfNoEntry: false })?.isFile() === true;
}

// The gate reads the policy as another user than the one who edits it.
function keepOwner(draft: string, target: string): void {
  const { mode, uid, gid } = statSync(target);
  const own = statSync(draft);
  if (own.uid !== uid || own.gid !== gid) chownSync(draft, uid, gid);
  chmodSync(draft, mode & 0o7777);
}

function renameAll(drafts: readonly Draft[]): Result<null, string> {
  const done: Draft[] = [];
  for (const each of drafts) {
    try {
      renameSync(each.draft, each.target);
      done.push(each);
    } catch (error) {
      for (const { draft } of drafts) rmSync(draft, { force: true });
      for (const { target, before } of done.toReversed()) restore(target, before);
      return err(errorLine(each.file, error));
    }
  }
  return ok(null);
}

// By a rename too: a gate that watches must not read half of what was there before.
function restore(target: string, before: string | null): void {
  if (before === null) {
    rmSync(target, { force: true });
    return;
  }
  const draft = `${target}.new`;
  writeFileSync(draft, before);
  keepOwner(draft, target);
  renameSync(draft, target);
}

function errorLine(file: string, error: unknown): string {
  return `Cannot write ${JSON.stringify(file)}: ${whyNotWritten(error)}`;
}

function whyNotWritten(error: unknown): string {
  if (error instanceof Changed) return 'it was changed in the meantime. Try again.';
  // Only a draft is made with EEXIST for an answer.
  const isLocked = error instanceof Error && 'code' in error && error.code === 'EEXIST';
  const mend = 'Try again; if no other command runs, remove the file of that name with ".new" at its end.';
  return isLocked ? `another command is writing it. ${mend}` : whyNot(error);
}
