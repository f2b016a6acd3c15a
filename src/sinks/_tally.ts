// Numbers under one to three words, found without building a key.
// Must not know metrics.

interface Cell {
  readonly labels: readonly string[];
  value: number;
}

/** At most this many cells; what comes after them is added under `other`. */
const CELL_LIMIT = 2_000;

/** A table of numbers under `depth` words. The words are expected to be few and to be the same strings each time. */
export class Tally {
  readonly #depth: 1 | 2 | 3;
  readonly #cells = new Map<string, Map<string, Map<string, Cell>>>();
  readonly #all: Cell[] = [];

  constructor(depth: 1 | 2 | 3) {
    this.#depth = depth;
  }

  add(first: string, second = '', third = ''): void {
    this.#cell(first, second, third).value += 1;
  }

  /** Takes one away again, for what is counted while it lasts. */
  take(first: string, second = '', third = ''): void {
    this.#cell(first, second, third).value -= 1;
  }

  /** The words and the number of every cell. */
  *rows(): Generator<readonly [readonly string[], number]> {
    for (const { labels, value } of this.#all) yield [labels, value];
  }

  #cell(first: string, second: string, third: string): Cell {
    return this.#cells.get(first)?.get(second)?.get(third) ?? this.#make([first, second, third]);
  }

  #make(words: readonly [string, string, string]): Cell {
    const isFull = this.#all.length >= CELL_LIMIT;
    const [first, second, third] = isFull ? (['other', 'other', 'other'] as const) : words;
    const seconds = this.#cells.get(first) ?? new Map<string, Map<string, Cell>>();
    const thirds = seconds.get(second) ?? new Map<string, Cell>();
    const cell = thirds.get(third) ?? this.#add([first, second, third].slice(0, this.#depth));
    this.#cells.set(first, seconds.set(second, thirds.set(third, cell)));
    return cell;
  }

  #add(labels: readonly string[]): Cell {
    const cell: Cell = { labels, value: 0 };
    this.#all.push(cell);
    return cell;
  }
}
