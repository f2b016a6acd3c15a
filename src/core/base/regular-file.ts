// A file that people name, read without waiting for anybody: opening a pipe without a writer would stop the process for ever.
// Must not know a file system: it is given the system's own functions.

/** Those of `node:fs`. */
export interface FileWays {
  readonly constants: { readonly O_RDONLY: number; readonly O_NONBLOCK: number };
  openSync(file: string, flags: number): number;
  fstatSync(fd: number): FileKind;
  readFileSync(fd: number): Uint8Array;
  readSync(fd: number, into: Uint8Array): number;
  closeSync(fd: number): void;
}

export interface FileKind {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
}

/** The code of what is neither a file nor a folder: a pipe, a socket or a device. */
export const NO_FILE = 'EFTYPE';

/** The bytes of a regular file, behind symbolic links too. Throws what the system throws, and `NO_FILE` or EISDIR. */
export function readRegularFile(file: string, fs: FileWays): Uint8Array {
  const fd = openToLook(file, fs);
  try {
    const fault = kindFault(fs.fstatSync(fd), file);
    if (fault !== null) throw fault;
    return fs.readFileSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * The same, and all that comes through a pipe with a writer, for what a person names on a command line. A pipe through which
 * nothing came and that nobody writes to is none of these.
 */
export function readNamedFile(file: string, fs: FileWays): Uint8Array {
  const fd = openToLook(file, fs);
  try {
    const kind = fs.fstatSync(fd);
    if (kind.isFIFO()) return readPipe(fd, file, fs);
    const fault = kindFault(kind, file);
    if (fault !== null) throw fault;
    return fs.readFileSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function readPipe(fd: number, file: string, fs: FileWays): Uint8Array {
  const pieces: Uint8Array[] = [];
  const room = new Uint8Array(PIPE_BYTES);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    const length = readReady(fd, room, fs);
    if (length === 0) break;
    if (length === null) Atomics.wait(pause, 0, 0, PIPE_WAIT_MS);
    else pieces.push(room.slice(0, length));
  }
  const [first] = pieces;
  if (first === undefined) throw withCode(NO_FILE, file, 'it is a pipe that nobody writes to');
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Null where the writer has said nothing yet. */
function readReady(fd: number, room: Uint8Array, fs: FileWays): number | null {
  try {
    return fs.readSync(fd, room);
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) return null;
    throw error;
  }
}

const PIPE_BYTES = 65_536;
const PIPE_WAIT_MS = 5;

/** The flags that open without waiting. */
export function lookFlags({ O_RDONLY, O_NONBLOCK }: FileWays['constants']): number {
  return O_RDONLY | O_NONBLOCK;
}

/** What is wrong with what was opened, as an error with a code; null for a regular file. */
export function kindFault(kind: FileKind, file: string): Error | null {
  if (kind.isFile()) return null;
  if (kind.isDirectory()) return withCode('EISDIR', file, 'it is a folder');
  return withCode(NO_FILE, file, 'it is no regular file');
}

function openToLook(file: string, fs: FileWays): number {
  try {
    return fs.openSync(file, lookFlags(fs.constants));
  } catch (error) {
    // A socket, or a device that is not there.
    if (hasCode(error, 'ENXIO')) throw withCode(NO_FILE, file, 'it is no regular file');
    throw error;
  }
}

function withCode(code: string, path: string, message: string): Error {
  return Object.assign(new Error(message), { code, path });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
