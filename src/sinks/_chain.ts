// The marks of one stream as it grows: numbers for the lines, and the hash of the write that was made last.
// Must not know files or events.
import { hash } from 'node:crypto';
import { markedLine, type StreamHead } from '../core/record/chain.ts';

export class Chain {
  readonly stream: string;
  #seq = 0;
  #hash: string | null = null;

  constructor(stream: string) {
    this.stream = stream;
  }

  /** The last line that is written, and the hash of its write; null before the first. */
  head(): StreamHead | null {
    return this.#hash === null ? null : { stream: this.stream, seq: this.#seq, hash: this.#hash };
  }

  /** The text of one write: each event's JSON as a marked line. Nothing is counted until it is committed. */
  compose(events: readonly string[]): string {
    const { stream } = this;
    let seq = this.#seq;
    let text = '';
    for (const json of events) {
      const prev = seq === this.#seq ? this.#hash : undefined;
      seq += 1;
      text += `${markedLine(json, { stream, seq, prev })}\n`;
    }
    return text;
  }

  /** These bytes, `lines` whole lines as they were composed, are in the kernel. */
  commit(bytes: Uint8Array, lines: number): void {
    if (lines === 0) return;
    this.#seq += lines;
    this.#hash = hash('sha256', bytes, 'hex');
  }
}
