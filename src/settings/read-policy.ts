// A policy from the disk with the files that it includes: the one way for the gate and for every command.
// Must not know how a policy decides.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Fault } from '../core/base/document.ts';
import type { ReadFile } from '../core/base/file-content.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { compilePolicy } from '../core/policy/compile/compile.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import { parsePolicy } from '../core/policy/language/parse.ts';
import type { PolicyText, ReadInclude } from '../core/policy/language/policy-files.ts';
import { type KnownListener, unmetClauses } from '../core/policy/language/unmet-clauses.ts';
import { unreadable, unreadableWords } from './unreadable.ts';
import { readContent } from './watched-files.ts';

export interface PolicyPlace {
  /** As faults name it; a relative name counts from `folder`. */
  readonly file: string;
  /** Absolute; default: the working folder of the process. */
  readonly folder?: string | undefined;
  /** The file's text, when it has been read already. */
  readonly text?: string | undefined;
  /** IANA name; days of the policy end at midnight there. */
  readonly timeZone: string;
  /** Those of the settings, where they are known: a rule that no client of theirs can meet is a fault then. */
  readonly listeners?: readonly KnownListener[] | undefined;
}

/** A policy that was read, and its texts: its own first, then the includes in the order of reading. */
export interface ReadPolicy {
  readonly policy: Policy;
  readonly texts: readonly PolicyText[];
}

/** `unreadable`: the policy's own file could not be read. `invalid`: something in it or an include is wrong. */
export interface UnreadPolicy {
  readonly kind: 'unreadable' | 'invalid';
  readonly faults: readonly Fault[];
}

/** Reads a policy whole; `read` gives the files, so that a watch can note them. */
export function readPolicyFiles(
  place: PolicyPlace,
  read: ReadFile = readContent,
): Result<ReadPolicy, UnreadPolicy> {
  const { file, timeZone } = place;
  const at = resolve(place.folder ?? '', file);
  const content = place.text === undefined ? read(at) : { kind: 'text' as const, text: place.text };
  if (content.kind === 'unreadable')
    return err({ kind: 'unreadable', faults: [unreadable(file, content.code)] });
  const texts: PolicyText[] = [{ file, text: content.text }];
  const readInclude: ReadInclude = (path, from) => {
    const found = readNamed({ name: nameFrom(path, from), folder: place.folder ?? '' }, read);
    if (found.ok) texts.push({ file: found.value.file, text: found.value.text });
    return found;
  };
  const parsed = parsePolicy({ file, text: content.text }, { timeZone, readInclude, id: idOf(at) });
  if (!parsed.ok) return err({ kind: 'invalid', faults: parsed.error });
  const unmet = place.listeners === undefined ? [] : unmetClauses(parsed.value, place.listeners);
  if (unmet.length > 0) return err({ kind: 'invalid', faults: unmet });
  return ok({ policy: compilePolicy(parsed.value, { revision: revisionOf(texts) }), texts });
}

/** An included file's name for people: relative to what the including file's own name is relative to. */
function nameFrom(path: string, from: string): string {
  return isAbsolute(path) ? join(path) : join(dirname(from), path);
}

function readNamed(
  { name, folder }: { readonly name: string; readonly folder: string },
  read: ReadFile,
): ReturnType<ReadInclude> {
  const at = resolve(folder, name);
  const content = read(at);
  if (content.kind === 'unreadable') return err(unreadableWords(content.code));
  return ok({ file: name, text: content.text, id: idOf(at) });
}

function idOf(at: string): string {
  try {
    return realpathSync(at);
  } catch {
    // Gone since it was read, or a pipe of the shell: its name tells it apart well enough.
    return at;
  }
}

const REVISION_LENGTH = 12;

/** Of one file its SHA-256; of several the SHA-256 of their digests, one hexadecimal line each, in the order of reading. */
function revisionOf(texts: readonly PolicyText[]): string {
  const digests = texts.map(({ text }) => sha256(text));
  const [own = ''] = digests;
  const whole = digests.length === 1 ? own : sha256(`${digests.join('\n')}\n`);
  return whole.slice(0, REVISION_LENGTH);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
