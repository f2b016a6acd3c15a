// The folder of the record before anything is written there: made, and fit for a record.
// Must not know what is written.
import { accessSync, constants, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '../core/base/make-folder.ts';

/** Makes the folder where it is missing; returns what was made. Throws what the file system throws, also where it cannot be written. */
export function readyAuditFolder(dir: string): readonly string[] {
  const made = makeFolder(dir, { mkdir: (path) => mkdirSync(path, { mode: 0o700 }), parentOf: dirname });
  // With a slash at its end, a file in the folder's place is refused.
  accessSync(`${dir}/`, constants.R_OK | constants.W_OK | constants.X_OK);
  return made;
}

/** The same, and leaves nothing behind. */
export function checkAuditFolder(dir: string): void {
  for (const folder of readyAuditFolder(dir).toReversed()) rmdirSync(folder);
}
