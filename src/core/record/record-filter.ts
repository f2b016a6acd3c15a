// Which events of a record somebody asks for: of a host, of a person, of a verdict.
// Must not know what is done with them.
import type { RecordedDecision, RecordLine } from './recorded.ts';

/** Null: whatever it is. All that is given must hold. */
export interface RecordQuestion {
  /** A host, with its port or without; `*.example.com` is every host below. */
  readonly host: string | null;
  /** A user of the proxy, or the address of a client that nobody vouched for. */
  readonly user: string | null;
  /** `would-block`: let through by report mode alone. */
  readonly verdict: VerdictWord | null;
}

export const VERDICT_WORDS = ['block', 'splice', 'forward', 'would-block'] as const;
export type VerdictWord = (typeof VERDICT_WORDS)[number];

/** Asked once for each event, in the order of the record. */
export class RecordFilter {
  readonly #question: RecordQuestion;
  readonly #isHost: (destination: string) => boolean;
  /** Of decisions whose outcome is to come: what they were found to be. */
  readonly #waiting = new Map<string, 'wanted' | 'other'>();

  constructor(question: RecordQuestion) {
    this.#question = question;
    this.#isHost = hostTest(question.host);
  }

  /** True for a decision that is asked for, and for its outcome. The gate's own acts are nobody's. */
  admits(event: RecordLine): boolean {
    const { host, user, verdict } = this.#question;
    if (host === null && user === null && verdict === null) return true;
    if (event.kind === 'gate') return false;
    if (event.kind === 'decision') {
      const found = this.#isWanted(event) ? 'wanted' : 'other';
      this.#await(event.id, found);
      return found === 'wanted';
    }
    const decided = this.#waiting.get(event.id);
    this.#waiting.delete(event.id);
    if (decided !== undefined) return decided === 'wanted';
    return verdict === null && this.#isTheirs(event.destination ?? '', event.user ?? event.address);
  }

  #isWanted({ destination, user, address, verdict, wouldBlock }: RecordedDecision): boolean {
    const asked = this.#question.verdict;
    const isVerdict = asked === 'would-block' ? wouldBlock !== null : asked === null || asked === verdict;
    return isVerdict && this.#isTheirs(destination, user ?? address);
  }

  #isTheirs(destination: string, person: string | null): boolean {
    const { user } = this.#question;
    return this.#isHost(destination) && (user === null || user === person);
  }

  #await(id: string, found: 'wanted' | 'other'): void {
    if (this.#waiting.size >= WAITING_LIMIT) {
      const [oldest] = this.#waiting.keys();
      if (oldest !== undefined) this.#waiting.delete(oldest);
    }
    this.#waiting.set(id, found);
  }
}

const WAITING_LIMIT = 100_000;

function hostTest(host: string | null): (destination: string) => boolean {
  if (host === null) return () => true;
  const wanted = host.toLowerCase();
  const below = wanted.startsWith('*.') ? wanted.slice(1) : null;
  return (destination) => {
    const named = destination.toLowerCase();
    const bare = named.replace(/:\d{1,5}$/, '').replace(/^\[(.*)\]$/, '$1');
    if (below !== null) return bare.endsWith(below) || named.endsWith(below);
    return named === wanted || bare === wanted;
  };
}
