// A file that could not be read, said like every other fault of a document.
// Must not know which file it is.
import type { Fault } from '../core/base/document.ts';

/** The fault of a file that the system would not read; `code` is the system's. */
export function unreadable(file: string, code: string): Fault {
  return { file, line: 1, column: 1, value: file, ...unreadableWords(code) };
}

/** What a code means, and what would be right. */
export function unreadableWords(code: string): { readonly problem: string; readonly mend: string } {
  const [problem, mend] = WORDS[code] ?? [`the system says ${code}`, 'make the file readable for the gate'];
  return { problem, mend };
}

const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['there is no such file', 'check the path, or make the file'],
  ENOTDIR: ['a part of the path is no folder', 'check the path'],
  EACCES: ['the gate may not read this file', 'give its user the right to read it'],
  EPERM: ['the gate may not read this file', 'give its user the right to read it'],
  EISDIR: ['this is a folder', 'name the file in it'],
  EFTYPE: ['this is no regular file, but a pipe, a socket or a device', 'put a file in its place'],
  ELOOP: ['its symbolic links lead in a circle', 'mend the links'],
  UNSETTLED: ['it keeps changing: somebody is writing it', 'write it under another name, then rename it'],
  ERR_ENCODING_INVALID_ENCODED_DATA: ['it is no UTF-8 text', 'save it as UTF-8'],
};
