// The lines of a file, byte for byte, however long the file is.
// Must not know what the lines say.
import { createReadStream } from 'node:fs';

export interface RawLine {
  /** Without its newline, one character per byte. */
  readonly text: string;
  /** With its newline; without one where the file ends in the middle of a line. */
  readonly bytes: Uint8Array;
  readonly number: number;
  readonly isWhole: boolean;
}

const NEWLINE = 0x0a;
/** What is longer is no line of a record; its pieces are handed out as lines that are not whole. */
const LONGEST = 1 << 20;

export async function* linesOf(file: string): AsyncGenerator<RawLine> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  const lineOf = (bytes: Buffer): RawLine => {
    number += 1;
    const isWhole = bytes.at(-1) === NEWLINE;
    return { text: bytes.toString('latin1', 0, bytes.length - (isWhole ? 1 : 0)), bytes, number, isWhole };
  };
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 })) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE, start)) {
      yield lineOf(rest.subarray(start, end + 1));
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length <= LONGEST) continue;
    yield lineOf(rest);
    rest = Buffer.alloc(0);
  }
  if (rest.length > 0) yield lineOf(rest);
}
