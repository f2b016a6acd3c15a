// The policy in force with the stamp on, or switched off for a while. It is on at every start.
// Must not know where the policy comes from.
import type { Policy } from '../core/policy/compile/policy.ts';
import { withStampOff } from '../core/policy/compile/stamp-off.ts';
import type { PolicySource } from '../ports.ts';

/** A policy source in front of another. Switching swaps the policy, as a new text of it would. */
export class StampSwitch implements PolicySource {
  readonly #source: PolicySource;
  readonly #listeners = new Set<(policy: Policy) => void>();
  readonly #unwatch: () => void;
  #isOn = true;
  #current: Policy;

  constructor(source: PolicySource) {
    this.#source = source;
    this.#current = source.current();
    this.#unwatch = source.onChange(() => this.#swap());
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  turn(to: 'on' | 'off'): void {
    if (this.#isOn === (to === 'on')) return;
    this.#isOn = to === 'on';
    this.#swap();
  }

  current(): Policy {
    return this.#current;
  }

  onChange(listener: (policy: Policy) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#unwatch();
    this.#listeners.clear();
  }

  #swap(): void {
    const policy = this.#source.current();
    this.#current = this.#isOn ? policy : withStampOff(policy);
    for (const listener of this.#listeners) listener(this.#current);
  }
}
