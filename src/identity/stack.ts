// The sources of a gate as one: asked in their order, the first that knows decides, and where none can say nobody is let
// through. What was verified is remembered, what is wrong costs a wait. Must not know how a source verifies.
import { createHmac, randomBytes } from 'node:crypto';
import type { IpAddress } from '../core/base/ip-address.ts';
import { inOneForm } from '../core/base/one-form.ts';
import type {
  BasicCredential,
  Clock,
  Credential,
  IdentityAnswer,
  IdentityKnown,
  IdentitySource,
  IdentityStep,
} from '../ports.ts';
import { type Attempt, BackOff } from './_back-off.ts';
import { summedUp } from './_summed-up.ts';

export interface IdentityStackOptions {
  /** Asked in this order. */
  readonly sources: readonly IdentitySource[];
  readonly clock: Clock;
  /** Milliseconds for which verified names and passwords are remembered, as keyed hashes. */
  readonly memoryMs: number;
  /** Wrong credentials of one user at one address before the next must wait. */
  readonly failuresFree: number;
  /** Told of what makes somebody wait, or wait no longer, so that other processes of the gate can `hear` it. */
  readonly onVerdict?: ((attempt: Attempt, verdict: CredentialsVerdict) => void) | undefined;
}

export type CredentialsVerdict = 'wrong' | 'right';

export class IdentityStack implements IdentitySource {
  readonly #options: IdentityStackOptions;
  readonly #backOff: BackOff;
  /** Of this process alone: what is remembered is worth nothing elsewhere. */
  readonly #key = randomBytes(32);
  /** By the keyed hash of a name and a password. */
  readonly #verified = new Map<string, Verified>();
  readonly #running = new Map<string, Promise<IdentityAnswer>>();
  readonly #runningFrom = new Map<IpAddress, number>();
  readonly #listeners: (() => void)[] = [];

  constructor(options: IdentityStackOptions) {
    this.#options = options;
    this.#backOff = new BackOff({ free: options.failuresFree });
    for (const source of options.sources) source.onChange(() => this.#changed());
  }

  get challenges(): readonly string[] {
    return [...new Set(this.#options.sources.flatMap(({ challenges }) => challenges))];
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async authenticate(credential: Credential, from: IpAddress): Promise<IdentityAnswer> {
    if (credential.kind === 'basic') return this.#remembered(inOneFormToo(credential), from);
    return summedUp(await this.#asked(credential, from));
  }

  /** Another process of the gate verified credentials of this user from this address. */
  hear(attempt: Attempt, verdict: CredentialsVerdict): void {
    if (verdict === 'wrong') this.#backOff.failed(attempt, this.#options.clock.monotonic());
    else this.#backOff.succeeded(attempt);
  }

  async #remembered(credential: BasicCredential, from: IpAddress): Promise<IdentityAnswer> {
    const { user } = credential;
    if (user.length > USER_LIMIT) return UNKNOWN;
    const now = this.#options.clock.monotonic();
    const key = this.#keyOf(credential);
    const known = this.#recall(key, now);
    if (known !== null) return known;
    const seconds = this.#backOff.seconds({ from, user }, now);
    if (seconds > 0) return { kind: 'wait', seconds };
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const answer = this.#bounded(from, () => this.#verify(credential, key, from));
    this.#running.set(key, answer);
    try {
      return await answer;
    } finally {
      if (this.#running.get(key) === answer) this.#running.delete(key);
    }
  }

  /** How many passwords one address has verified at the same time is bounded. */
  async #bounded(from: IpAddress, verify: () => Promise<IdentityAnswer>): Promise<IdentityAnswer> {
    const running = this.#runningFrom.get(from) ?? 0;
    if (running >= RUNNING_PER_ADDRESS) return BUSY;
    this.#runningFrom.set(from, running + 1);
    try {
      return await verify();
    } finally {
      const left = (this.#runningFrom.get(from) ?? 1) - 1;
      if (left <= 0) this.#runningFrom.delete(from);
      else this.#runningFrom.set(from, left);
    }
  }

  async #verify(credential: BasicCredential, key: string, from: IpAddress): Promise<IdentityAnswer> {
    const attempt = { from, user: credential.user };
    const answers = await this.#asked(credential, from);
    const answer = summedUp(answers);
    const now = this.#options.clock.monotonic();
    if (answer.kind === 'known') {
      if (this.#backOff.succeeded(attempt)) this.#options.onVerdict?.(attempt, 'right');
      this.#remember(key, { known: answer, until: now + this.#options.memoryMs });
    } else if (answer.kind !== 'wait' && answers.some(({ kind }) => kind === 'unknown')) {
      // Also while another source is down, or its passwords could be guessed meanwhile at no cost.
      this.#backOff.failed(attempt, now);
      this.#options.onVerdict?.(attempt, 'wrong');
    }
    return answer;
  }

  /** The answers up to the first that decides. */
  async #asked(credential: Credential, from: IpAddress): Promise<readonly IdentityAnswer[]> {
    const answers: IdentityAnswer[] = [];
    for (const source of this.#options.sources) {
      const answer = await this.#answerOf(credential, from, () => source.authenticate(credential, from));
      answers.push(answer);
      if (answer.kind === 'known' || answer.kind === 'more') break;
    }
    return answers;
  }

  async #answerOf(
    credential: Credential,
    from: IpAddress,
    ask: () => Promise<IdentityAnswer>,
  ): Promise<IdentityAnswer> {
    const answer = await ask().catch(() => BROKEN);
    // Who is known may have changed while this was verified.
    if (answer.kind === 'known') return answer.holds() ? answer : BUSY;
    if (answer.kind !== 'more') return answer;
    return { ...answer, next: this.#stepOf(answer.next, credential.kind, from) };
  }

  /** The source that began an exchange goes on with it; a client that says something else begins anew. */
  #stepOf(step: IdentityStep, kind: Credential['kind'], from: IpAddress): IdentityStep {
    return {
      abandon: () => step.abandon(),
      answer: (credential) => {
        if (credential.kind === kind) return this.#answerOf(credential, from, () => step.answer(credential));
        step.abandon();
        return this.authenticate(credential, from);
      },
    };
  }

  #changed(): void {
    this.#verified.clear();
    this.#running.clear();
    for (const listener of this.#listeners) listener();
  }

  #keyOf({ user, password }: BasicCredential): string {
    return createHmac('sha256', this.#key).update(`${user.length}:${user}${password}`).digest('base64');
  }

  #recall(key: string, now: number): IdentityKnown | null {
    const verified = this.#verified.get(key);
    if (verified === undefined) return null;
    if (now < verified.until && verified.known.holds()) return verified.known;
    this.#verified.delete(key);
    return null;
  }

  #remember(key: string, verified: Verified): void {
    this.#verified.set(key, verified);
    if (this.#verified.size <= VERIFIED_LIMIT) return;
    const [oldest] = this.#verified.keys();
    if (oldest !== undefined) this.#verified.delete(oldest);
  }
}

interface Verified {
  readonly known: IdentityKnown;
  /** When it is forgotten. */
  readonly until: number;
}

const UNKNOWN: IdentityAnswer = { kind: 'unknown' };
const BUSY: IdentityAnswer = { kind: 'wait', seconds: 1 };
const BROKEN: IdentityAnswer = { kind: 'down', detail: 'an identity source failed' };
const USER_LIMIT = 255;
const VERIFIED_LIMIT = 20_000;
/** One address may hold this many places of the sources' queues. */
const RUNNING_PER_ADDRESS = 8;

function inOneFormToo({ kind, user, password }: BasicCredential): BasicCredential {
  return { kind, user: inOneForm(user), password: inOneForm(password) };
}
