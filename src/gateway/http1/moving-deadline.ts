// A timer that is set anew as a conversation moves. Must not know what it waits for.

export class MovingDeadline {
  readonly #over: () => void;
  #timer: NodeJS.Timeout;
  #ms: number;

  constructor(ms: number, over: () => void) {
    this.#over = over;
    this.#ms = ms;
    this.#timer = setTimeout(over, ms);
  }

  /** What it was set to last. */
  get ms(): number {
    return this.#ms;
  }

  /** From now on so long. */
  set(ms: number): void {
    if (ms === this.#ms) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#ms = ms;
    this.#timer = setTimeout(this.#over, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
