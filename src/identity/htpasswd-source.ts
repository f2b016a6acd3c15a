// Who a name and a password belong to, by the users of an htpasswd file. Verifying runs in a thread of its own.
// Must not know where the file is, what wrong passwords cost, nor what a user may do.
import { z } from 'zod';
import type { BasicCredential, Credential, IdentityAnswer, SourceState } from '../ports.ts';
import { BcryptVerifier } from './_bcrypt-verifier.ts';
import { costOf, type Htpasswd, PASSWORD_BYTES } from './htpasswd.ts';
import type { OpenSource } from './open-source.ts';

export const HTPASSWD = 'htpasswd';

/** What `take` reads, made where the file is read. */
export function htpasswdState(users: Htpasswd): SourceState {
  return { kind: HTPASSWD, value: [...users].map(([name, hash]) => ({ name, hash })) };
}

/** Knows nobody until it was given a state. */
export class HtpasswdSource implements OpenSource {
  readonly challenges: readonly string[] = [CHALLENGE];
  readonly #verifier: BcryptVerifier;
  readonly #listeners: (() => void)[] = [];
  #users: Htpasswd = new Map();
  #decoy = decoyHash(STANDARD_COST);

  /** `queueLimit`: comparisons that may wait at once; more are told to wait. */
  constructor(options: { readonly queueLimit: number }) {
    this.#verifier = new BcryptVerifier(options);
  }

  take(state: SourceState): void {
    this.#users = new Map(USERS.parse(state.value).map(({ name, hash }) => [name, hash]));
    const costs = [...this.#users.values()].map(costOf);
    this.#decoy = decoyHash(costs.length === 0 ? STANDARD_COST : Math.max(...costs));
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async authenticate(credential: Credential): Promise<IdentityAnswer> {
    return credential.kind === 'basic' ? this.#verify(credential) : UNKNOWN;
  }

  close(): Promise<void> {
    return this.#verifier.close();
  }

  async #verify({ user, password }: BasicCredential): Promise<IdentityAnswer> {
    // bcrypt would look at no more of it, and take what begins alike for right.
    if (Buffer.byteLength(password) > PASSWORD_BYTES) return UNKNOWN;
    const users = this.#users;
    const hash = users.get(user);
    // An unknown user costs as much time as a known one, so that names cannot be probed.
    const verified = await this.#verifier.verify(password, hash ?? this.#decoy);
    if (verified === 'busy' || users !== this.#users) return BUSY;
    if (hash === undefined || verified === 'differs') return UNKNOWN;
    // As long as the file has the same hash for the user: not removed, nor another password set.
    return { kind: 'known', user, groups: [], holds: () => this.#users.get(user) === hash };
  }
}

const USERS = z.array(z.strictObject({ name: z.string(), hash: z.string() }));

/** The challenge of a 407 (RFC 7617); UTF-8 is said, so that clients encode names alike. */
const CHALLENGE = 'Basic realm="Gatewright", charset="UTF-8"';
const UNKNOWN: IdentityAnswer = { kind: 'unknown' };
const BUSY: IdentityAnswer = { kind: 'wait', seconds: 1 };
const STANDARD_COST = 10;

/** A well-formed hash that no password is known for. */
function decoyHash(cost: number): string {
  return `$2b$${String(cost).padStart(2, '0')}$${'7'.repeat(21)}u${'x'.repeat(31)}`;
}
