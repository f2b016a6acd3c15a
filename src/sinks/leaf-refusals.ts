// Clients that do not trust the gate's CA, told once an hour each: one line is a hint, a line a connection is noise.
// Must not know who is told.
import type { ClientNotices, Clock, LeafRefusal, Log } from '../ports.ts';

export interface LeafRefusalsOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly tell: (refusal: LeafRefusal) => void;
}

/** Passes on the first refusal of each client in an hour; of very many clients, the ones told longest ago are told again. */
export class LeafRefusals implements ClientNotices {
  readonly #options: LeafRefusalsOptions;
  /** In the order in which they were told. */
  readonly #toldMs = new Map<string, number>();

  constructor(options: LeafRefusalsOptions) {
    this.#options = options;
  }

  leafRefused(refusal: LeafRefusal): void {
    const { clock, tell } = this.#options;
    const { client } = refusal;
    const now = clock.monotonic();
    const toldMs = this.#toldMs.get(client);
    if (toldMs !== undefined && now - toldMs < HOUR_MS) return;
    this.#toldMs.delete(client);
    this.#toldMs.set(client, now);
    const [oldest] = this.#toldMs.keys();
    if (this.#toldMs.size > CLIENT_LIMIT && oldest !== undefined) this.#toldMs.delete(oldest);
    tell(refusal);
  }
}

/** Tells the operator's log. */
export function loggedRefusals(log: Log, clock: Pick<Clock, 'monotonic'>): LeafRefusals {
  return new LeafRefusals({
    clock,
    tell: (refusal) =>
      log.warn("A client refused the gate's certificate: the CA (/ca.pem) is not installed there.", {
        ...refusal,
      }),
  });
}

const HOUR_MS = 3_600_000;
const CLIENT_LIMIT = 10_000;
