// Word of each exemption that ends while the gate runs, so that what stands on it ends too. Must not know connections.
import type { Policy } from '../core/policy/compile/policy.ts';
import type { Clock, PolicySource } from '../ports.ts';

/** Calls `onEnd` within a second of each end, with the policy in force. */
export class ExemptionEnds {
  readonly #policy: PolicySource;
  readonly #clock: Clock;
  readonly #unwatch: () => void;
  readonly #timer: NodeJS.Timeout;
  #nextMs: number;

  constructor(
    { policy, clock }: { readonly policy: PolicySource; readonly clock: Clock },
    onEnd: (policy: Policy) => void,
  ) {
    this.#policy = policy;
    this.#clock = clock;
    this.#nextMs = this.#next();
    this.#unwatch = policy.onChange(() => {
      this.#nextMs = this.#next();
    });
    // A look at the clock rather than one long timer: the clock of the wall may be set, and machines sleep.
    this.#timer = setInterval(() => {
      if (clock.now() < this.#nextMs) return;
      this.#nextMs = this.#next();
      onEnd(policy.current());
    }, LOOK_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unwatch();
  }

  /** The earliest end that is still to come. */
  #next(): number {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const { until } of this.#policy.current().document.exempt)
      if (until !== null && until.endMs > now) next = Math.min(next, until.endMs);
    return next;
  }
}

const LOOK_MS = 1_000;
