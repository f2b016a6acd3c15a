// Lets a test hold an event stream: each event waits until the test says next. Must not know what the events are.

/** Gates by the ID that a request names in `x-simulator-stream`. */
export class StreamGates {
  readonly #gates = new Map<string, Gate>();

  /** Waits for one `next` of this ID; one that came earlier counts. */
  pass(id: string): Promise<void> {
    const gate = this.#gate(id);
    if (gate.credit > 0) {
      gate.credit -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => gate.waiting.push(resolve));
  }

  /** Releases the next event of this ID. */
  next(id: string): void {
    const gate = this.#gate(id);
    const waiting = gate.waiting.shift();
    if (waiting === undefined) gate.credit += 1;
    else waiting();
  }

  /** Releases everything that waits and forgets all IDs. */
  clear(): void {
    for (const gate of this.#gates.values()) for (const resolve of gate.waiting) resolve();
    this.#gates.clear();
  }

  #gate(id: string): Gate {
    const known = this.#gates.get(id);
    if (known !== undefined) return known;
    const made: Gate = { credit: 0, waiting: [] };
    this.#gates.set(id, made);
    return made;
  }
}

interface Gate {
  credit: number;
  readonly waiting: (() => void)[];
}
