// A record as rows: each decision with its outcome, in the order in which they ended, in bounded memory.
// Must not know how a row is shown.
import type { RecordedDecision, RecordedOutcome, RecordLine } from './recorded.ts';

/** One of them may be missing: what has not ended, and what ended before there was a decision. */
export interface RecordRow {
  readonly decision: RecordedDecision | null;
  readonly outcome: RecordedOutcome | null;
}

/** Tells of a row once it is whole. */
export class RecordRows {
  readonly #tell: (row: RecordRow) => void;
  readonly #waiting = new Map<string, RecordedDecision>();

  constructor(tell: (row: RecordRow) => void) {
    this.#tell = tell;
  }

  add(event: RecordLine): void {
    if (event.kind === 'decision') this.#await(event);
    if (event.kind !== 'outcome') return;
    const decision = this.#waiting.get(event.id) ?? null;
    this.#waiting.delete(event.id);
    this.#tell({ decision, outcome: event });
  }

  /** Tells of the decisions that no outcome followed. */
  end(): void {
    for (const decision of this.#waiting.values()) this.#tell({ decision, outcome: null });
    this.#waiting.clear();
  }

  #await(decision: RecordedDecision): void {
    const [oldest] = this.#waiting.values();
    if (this.#waiting.size >= WAITING_LIMIT && oldest !== undefined) {
      this.#waiting.delete(oldest.id);
      this.#tell({ decision: oldest, outcome: null });
    }
    this.#waiting.set(decision.id, decision);
  }
}

const WAITING_LIMIT = 100_000;
