// Whether the lines of one stream follow each other as they were written: none missing, changed, moved or added.
// Must not know files or hash functions, nor what the lines say.
import { readMark, type StreamHead } from './chain.ts';

/** Where a line stands; lines count from 1. */
export interface LinePlace {
  readonly file: string;
  readonly line: number;
}

/** What is wrong, and where it shows. */
export interface ChainFault extends LinePlace {
  readonly code: 'lines-missing' | 'lines-repeated' | 'lines-changed' | 'not-a-line' | 'other-stream';
  readonly text: string;
}

/** A hash that is fed piece by piece. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** Lower-case hex. */
  digest(): string;
}

export interface ChainCheckOptions {
  readonly stream: string;
  readonly newHash: () => RunningHash;
  readonly onFault: (fault: ChainFault) => void;
  /** Called at the end of each write whose lines were all there. */
  readonly onWrite: (head: StreamHead, at: LinePlace) => void;
}

/** Takes the lines of one stream in their order. */
export class ChainCheck {
  readonly #options: ChainCheckOptions;
  #first: number | null = null;
  #seq = 0;
  /** Bytes of the write that is being read; null where its beginning is missing. */
  #hash: RunningHash | null = null;
  #began: LinePlace | null = null;
  #last: LinePlace | null = null;

  constructor(options: ChainCheckOptions) {
    this.#options = options;
  }

  /** Number of the first line there is; null when there was none. */
  get first(): number | null {
    return this.#first;
  }

  /** Number of the last line there is. */
  get last(): number {
    return this.#seq;
  }

  /** `text` is the line and `bytes` the same with its newline. */
  take(line: { readonly text: string; readonly bytes: Uint8Array }, at: LinePlace): void {
    const mark = readMark(line.text);
    if (mark === null) {
      this.#fault('not-a-line', at, 'this is no line that a gate wrote');
      return;
    }
    if (mark.stream !== this.#options.stream) {
      this.#fault('other-stream', at, `this line belongs to the stream ${mark.stream}`);
      return;
    }
    // A fault is told once: where lines are missing, the hash of their write cannot be right.
    if (!this.#follows(mark.seq, at)) this.#hash = null;
    this.#first ??= mark.seq;
    if (mark.prev !== undefined) this.#beginWrite(mark.prev, at);
    this.#hash?.update(line.bytes);
    this.#seq = mark.seq;
    this.#last = at;
  }

  /** There are no more lines. */
  end(): void {
    this.#endWrite();
  }

  #follows(seq: number, at: LinePlace): boolean {
    if (this.#first === null || seq === this.#seq + 1) return true;
    if (seq > this.#seq)
      this.#fault('lines-missing', at, `${countOf(this.#seq + 1, seq - 1)} missing before this one`);
    else this.#fault('lines-repeated', at, `line ${seq} of the stream stands after line ${this.#seq}`);
    return false;
  }

  #beginWrite(prev: string | null, at: LinePlace): void {
    const { newHash, stream } = this.#options;
    const before = this.#hash?.digest();
    if (before === prev && before !== undefined && this.#last !== null)
      this.#options.onWrite({ stream, seq: this.#seq, hash: before }, this.#last);
    else if (before !== undefined)
      this.#fault(
        'lines-changed',
        this.#began ?? at,
        `from here to ${placeText(at)}, lines are not as they were written`,
      );
    this.#hash = newHash();
    this.#began = at;
  }

  // Nothing follows that says what this write's hash is to be; a seal or a note may.
  #endWrite(): void {
    if (this.#hash === null || this.#last === null) return;
    const { stream } = this.#options;
    this.#options.onWrite({ stream, seq: this.#seq, hash: this.#hash.digest() }, this.#last);
  }

  #fault(code: ChainFault['code'], at: LinePlace, text: string): void {
    this.#options.onFault({ ...at, code, text });
  }
}

/** `FILE:LINE` */
export function placeText({ file, line }: LinePlace): string {
  return `${file}:${line}`;
}

function countOf(from: number, to: number): string {
  return from === to ? `line ${from} is` : `lines ${from} to ${to} are`;
}
