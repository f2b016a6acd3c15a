// What ties the lines of one process's record together: the stream's name, a number on every line, and on the first line
// of every write the hash of the write before. Must not know files, nor how a hash is made.

/** The end of a stream as somebody saw it: `hash` is of the write that ends with line `seq`. */
export interface StreamHead {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
}

/** The marks of one line; `prev` is undefined inside a write, and null on the first line of a stream. */
export interface LineMark {
  readonly stream: string;
  readonly seq: number;
  readonly prev: string | null | undefined;
}

/** No marks take more characters than this. */
export const MARK_LIMIT = 160;

/** The line of an event, without its newline: the event's own JSON with the marks at its end. */
export function markedLine(json: string, { stream, seq, prev }: LineMark): string {
  const link = prev === undefined ? '' : prev === null ? ',"prev":null' : `,"prev":"${prev}"`;
  return `${json.slice(0, -1)},"stream":"${stream}","seq":${seq}${link}}`;
}

/** The marks at the end of a line; null when it has none, and so is no line of a record. */
export function readMark(line: string): LineMark | null {
  // Quotes inside JSON strings are escaped, so no text that a client chose can look like this.
  const found = MARK.exec(line);
  if (found === null) return null;
  const [, stream = '', seq = '', hash, none] = found;
  return { stream, seq: Number(seq), prev: none === undefined ? hash : null };
}

const MARK = /,"stream":"([0-9a-z]{1,16})","seq":([1-9]\d{0,15})(?:,"prev":(?:"([0-9a-f]{64})"|(null)))?\}$/;
