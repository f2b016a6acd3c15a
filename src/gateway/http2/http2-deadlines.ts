// How long an answer may take to begin, and how long nothing may move. Must not know what is late.

export interface DeadlineHandler {
  readonly responseTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** The answer did not begin in time. `wait` for as long again. */
  late(): 'wait' | 'over';
  idle(): void;
}

/** Timers of our own: Node's counts pings too, and would wait for ever on a client that takes nothing. */
export class Http2Deadlines {
  readonly #idle: NodeJS.Timeout;
  #late: NodeJS.Timeout;

  constructor(handler: DeadlineHandler) {
    this.#idle = setTimeout(() => handler.idle(), handler.idleTimeoutMs);
    const wait = (): NodeJS.Timeout =>
      setTimeout(() => {
        if (handler.late() === 'wait') this.#late = wait();
      }, handler.responseTimeoutMs);
    this.#late = wait();
  }

  moved(): void {
    this.#idle.refresh();
  }

  /** The answer has begun, or nobody waits for it. */
  begun(): void {
    clearTimeout(this.#late);
  }

  stopIdle(): void {
    clearTimeout(this.#idle);
  }
}
