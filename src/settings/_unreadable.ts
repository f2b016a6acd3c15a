// A file that could not be read, said like every other fault of a document.
// Must not know which file it is.
import type { Fault } from '../core/base/document.ts';

/** The fault of a file that the system would not read. */
export function unreadable(file: string, error: unknown): Fault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const [problem, mend] = WORDS[code] ?? [`the system says ${code}`, 'make the file readable for the gate'];
  return { file, line: 1, column: 1, value: file, problem, mend };
}

const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['there is no such file', 'check the path, or make the file (gatewright init writes one)'],
  EACCES: ['the gate may not read this file', 'give its user the right to read it'],
  EPERM: ['the gate may not read this file', 'give its user the right to read it'],
  EISDIR: ['this is a folder', 'name the file in it'],
};
