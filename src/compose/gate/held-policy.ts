// The policy of a worker: the one that the main process gave it last. Must not know where policies come from.
import { compilePolicy } from '../../core/policy/compile/compile.ts';
import type { Policy } from '../../core/policy/compile/policy.ts';
import type { SentPolicy } from '../../crew/messages.ts';
import type { PolicySource } from '../../ports.ts';

export class HeldPolicy implements PolicySource {
  readonly #listeners = new Set<(policy: Policy) => void>();
  #current: Policy;

  constructor(first: SentPolicy) {
    this.#current = compileSent(first);
  }

  current(): Policy {
    return this.#current;
  }

  onChange(listener: (policy: Policy) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The act that takes a policy into force: everything that can fail or takes time is over. */
  prepare(sent: SentPolicy): () => void {
    const policy = compileSent(sent);
    return () => {
      if (policy.revision === this.#current.revision) return;
      this.#current = policy;
      for (const listener of this.#listeners) listener(policy);
    };
  }
}

function compileSent({ document, revision }: SentPolicy): Policy {
  return compilePolicy(document, { revision });
}
