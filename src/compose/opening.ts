// What a gate has open on its way to a trouble or to its stop. Must not know what it is.

import { err, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';

/** Parts that are opened one after the other, and closed again when one of them cannot be. */
export class Opening {
  readonly #closing: (() => Promise<void> | void)[] = [];

  /** How what was opened just now is closed. */
  undoBy(close: () => Promise<void> | void): void {
    this.#closing.push(close);
  }

  /** Closes all that is open, the last first. */
  async giveUp(trouble: Trouble): Promise<Result<never, Trouble>> {
    for (const close of this.#closing.toReversed()) await close();
    return err(trouble);
  }
}

/** Asked twice, it is one stop. */
export function oneStop(stop: () => Promise<void>): () => Promise<void> {
  let stopping: Promise<void> | null = null;
  return () => {
    stopping ??= stop();
    return stopping;
  };
}
