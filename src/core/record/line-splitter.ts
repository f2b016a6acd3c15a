// Text that comes in pieces, cut into lines without holding more than one line and a piece of another.
// Must not know what a line says, nor where pieces come from.
import { EVENT_LINE_LIMIT } from './event-line.ts';

/**
 * Gives each line to `onLine`, without its line end. A line that no gate could have written is too long to be kept:
 * it is given as `onTooLong` says, once, and left out. Empty lines are passed over.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #onTooLong: () => void;
  #rest = '';
  #skipping = false;

  constructor(on: { readonly line: (line: string) => void; readonly tooLong: () => void }) {
    this.#onLine = on.line;
    this.#onTooLong = on.tooLong;
  }

  add(piece: string): void {
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      this.#give(piece.slice(from, end));
      from = end + 1;
    }
    const left = piece.length - from;
    if (left === 0 || this.#skipping) return;
    this.#rest += piece.slice(from);
    if (this.#rest.length <= LONGEST) return;
    this.#rest = '';
    this.#skipping = true;
    this.#onTooLong();
  }

  /** The last line may lack its end: it was being written, or it was torn. */
  end(): void {
    if (!this.#skipping && this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
    this.#skipping = false;
  }

  #give(tail: string): void {
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    const line = this.#rest === '' ? tail : this.#rest + tail;
    this.#rest = '';
    if (line === '' || line === '\r') return;
    if (line.length > LONGEST) this.#onTooLong();
    else this.#onLine(line);
  }
}

/** Room for lines that another program has indented or joined to. */
const LONGEST = 4 * EVENT_LINE_LIMIT;
