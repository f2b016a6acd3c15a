// Who Basic proxy credentials belong to, by an htpasswd file; cheap for what was verified, bounded for what was not.
// Must not know where the file's text comes from, nor what a user may do.
import { createHmac, randomBytes } from 'node:crypto';
import type { Fault } from '../core/base/document.ts';
import type { IpAddress } from '../core/base/ip-address.ts';
import { inOneForm } from '../core/base/one-form.ts';
import { ok, type Result } from '../core/base/result.ts';
import type { BasicCredential, Clock, Credential, IdentityAnswer, IdentitySource } from '../ports.ts';
import { type Attempt, BackOff } from './_back-off.ts';
import { BcryptVerifier } from './_bcrypt-verifier.ts';
import { costOf, type Htpasswd, PASSWORD_BYTES, parseHtpasswd } from './htpasswd.ts';

export interface HtpasswdIdentityOptions {
  readonly clock: Clock;
  /** Comparisons that may wait at once; more are told to wait. */
  readonly queueLimit: number;
  /** Milliseconds for which verified credentials are remembered, as keyed hashes. */
  readonly memoryMs: number;
  /** Wrong credentials of one user at one address before the next must wait. */
  readonly failuresFree: number;
  /** Told of what makes somebody wait, or wait no longer, so that other processes of the gate can `hear` it. */
  readonly onVerdict?: ((attempt: Attempt, verdict: CredentialsVerdict) => void) | undefined;
}

export type CredentialsVerdict = 'wrong' | 'right';

/** Knows nobody until `load` has read a file. */
export class HtpasswdIdentity implements IdentitySource {
  readonly challenges: readonly string[] = [CHALLENGE];
  readonly #options: HtpasswdIdentityOptions;
  readonly #verifier: BcryptVerifier;
  readonly #backOff: BackOff;
  /** Of this process alone: what is remembered is worth nothing elsewhere. */
  readonly #key = randomBytes(32);
  /** Keyed hash of verified credentials → when it is forgotten. */
  readonly #verified = new Map<string, number>();
  readonly #running = new Map<string, Promise<IdentityAnswer>>();
  readonly #runningFrom = new Map<IpAddress, number>();
  readonly #listeners: (() => void)[] = [];
  #users: Htpasswd = new Map();
  #decoy = decoyHash(STANDARD_COST);

  constructor(options: HtpasswdIdentityOptions) {
    this.#options = options;
    this.#verifier = new BcryptVerifier({ queueLimit: options.queueLimit });
    this.#backOff = new BackOff({ free: options.failuresFree });
  }

  /** Takes a new text of the file and forgets whom it knew; a text that is wrong changes nothing. The value is the number of users. */
  load(source: { readonly text: string; readonly file: string }): Result<number, readonly Fault[]> {
    const read = parseHtpasswd(source);
    if (!read.ok) return read;
    this.#users = read.value;
    const costs = [...read.value.values()].map(costOf);
    this.#decoy = decoyHash(costs.length === 0 ? STANDARD_COST : Math.max(...costs));
    this.#verified.clear();
    this.#running.clear();
    for (const listener of this.#listeners) listener();
    return ok(read.value.size);
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async authenticate(asked: Credential, from: IpAddress): Promise<IdentityAnswer> {
    if (asked.kind !== 'basic') return UNKNOWN;
    const credentials = { user: inOneForm(asked.user), password: inOneForm(asked.password) };
    const { user, password } = credentials;
    if (user.length > USER_LIMIT) return UNKNOWN;
    const attempt = { from, user };
    const now = this.#options.clock.monotonic();
    const key = this.#keyOf(credentials);
    if (this.#remembers(key, now)) return this.#known(user);
    const seconds = this.#backOff.seconds(attempt, now);
    if (seconds > 0) return { kind: 'wait', seconds };
    // bcrypt would look at no more of it, and take what begins alike for right.
    if (Buffer.byteLength(password) > PASSWORD_BYTES) return this.#wrong(attempt, now);
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    if ((this.#runningFrom.get(from) ?? 0) >= RUNNING_PER_SOURCE) return BUSY;
    const answer = this.#verify(credentials, key, attempt);
    this.#running.set(key, answer);
    try {
      return await answer;
    } finally {
      if (this.#running.get(key) === answer) this.#running.delete(key);
    }
  }

  /** Another process of the gate verified credentials of this user from this address. */
  hear(attempt: Attempt, verdict: CredentialsVerdict): void {
    if (verdict === 'wrong') this.#backOff.failed(attempt, this.#options.clock.monotonic());
    else this.#backOff.succeeded(attempt);
  }

  async close(): Promise<void> {
    this.#verified.clear();
    await this.#verifier.close();
  }

  async #verify(credentials: NamePassword, key: string, attempt: Attempt): Promise<IdentityAnswer> {
    const { user, password } = credentials;
    const { from } = attempt;
    const users = this.#users;
    const hash = users.get(user);
    this.#runningFrom.set(from, (this.#runningFrom.get(from) ?? 0) + 1);
    // An unknown user costs as much time as a known one, so that names cannot be probed.
    const verified = await this.#verifier.verify(password, hash ?? this.#decoy);
    this.#leave(from);
    if (verified === 'busy' || users !== this.#users) return BUSY;
    const now = this.#options.clock.monotonic();
    if (hash === undefined || verified === 'differs') return this.#wrong(attempt, now);
    if (this.#backOff.succeeded(attempt)) this.#options.onVerdict?.(attempt, 'right');
    this.#remember(key, now);
    return this.#known(user);
  }

  #wrong(attempt: Attempt, now: number): IdentityAnswer {
    this.#backOff.failed(attempt, now);
    this.#options.onVerdict?.(attempt, 'wrong');
    return UNKNOWN;
  }

  /** As long as the file has the same hash for the user: not removed, nor another password set. */
  #known(user: string): IdentityAnswer {
    const hash = this.#users.get(user);
    return { kind: 'known', user, groups: [], holds: () => this.#users.get(user) === hash };
  }

  #leave(from: IpAddress): void {
    const left = (this.#runningFrom.get(from) ?? 1) - 1;
    if (left <= 0) this.#runningFrom.delete(from);
    else this.#runningFrom.set(from, left);
  }

  #keyOf({ user, password }: NamePassword): string {
    return createHmac('sha256', this.#key).update(`${user.length}:${user}${password}`).digest('base64');
  }

  #remembers(key: string, now: number): boolean {
    const until = this.#verified.get(key);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#verified.delete(key);
    return false;
  }

  #remember(key: string, now: number): void {
    this.#verified.set(key, now + this.#options.memoryMs);
    if (this.#verified.size <= VERIFIED_LIMIT) return;
    const [oldest] = this.#verified.keys();
    if (oldest !== undefined) this.#verified.delete(oldest);
  }
}

type NamePassword = Pick<BasicCredential, 'user' | 'password'>;

/** The challenge of a 407 (RFC 7617); UTF-8 is said, so that clients encode names alike. */
const CHALLENGE = 'Basic realm="Gatewright", charset="UTF-8"';
const UNKNOWN: IdentityAnswer = { kind: 'unknown' };
const BUSY: IdentityAnswer = { kind: 'wait', seconds: 1 };
const STANDARD_COST = 10;
const USER_LIMIT = 255;
const VERIFIED_LIMIT = 20_000;
/** One address may hold this many places of the queue. */
const RUNNING_PER_SOURCE = 8;

/** A well-formed hash that no password is known for. */
function decoyHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'7'.repeat(21)}u${'x'.repeat(31)}`;
}
