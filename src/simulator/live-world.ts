// The world while it runs: who is signed in, which tokens live, what was written. `reset` makes it new.
// Must not know HTTP; it implements what `judge` reads.
import {
  findUser,
  firstHolders,
  type Holder,
  type Session,
  type Standing,
  same,
} from '../core/contract/standing.ts';
import type { AuditEntry } from '../core/contract/verdict.ts';
import type { Enterprise, Repository, World } from '../core/contract/world.ts';

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  readonly createdMs: number;
}

/** A code of the web flow, good once. */
export interface CodeGrant {
  readonly login: string;
  readonly clientId: string;
}

/** A device that waits for a person to type its code. */
export interface DeviceGrant {
  readonly userCode: string;
  readonly clientId: string;
  /** Null until a signed-in user approves. */
  readonly login: string | null;
  readonly expiresMs: number;
}

/** Restarted by `reset`; the maps are the ones `judge` reads. */
export class LiveWorld implements Standing {
  readonly #first: World;
  #world: World;
  readonly tokens: Map<string, Holder>;
  readonly sessions: Map<string, Session>;
  /** Milliseconds since 1970 UTC at which a token stops working; tokens that are not here do not expire. */
  readonly expiries: Map<string, number>;
  readonly codes: Map<string, CodeGrant>;
  readonly devices: Map<string, DeviceGrant>;
  #sweptMs = 0;
  readonly #audit: AuditEntry[] = [];
  readonly #issues = new Map<string, Issue[]>();
  readonly #descriptions = new Map<string, string>();

  constructor(world: World) {
    this.#first = world;
    this.#world = world;
    this.tokens = firstHolders(world);
    this.sessions = new Map();
    this.expiries = new Map();
    this.codes = new Map();
    this.devices = new Map();
  }

  get world(): World {
    return this.#world;
  }

  /** Forgets all that happened. Repositories on disk are another's to restore. */
  reset(): void {
    this.#world = this.#first;
    for (const map of [this.sessions, this.expiries, this.codes, this.devices]) map.clear();
    this.tokens.clear();
    for (const [token, holder] of firstHolders(this.#first)) this.tokens.set(token, holder);
    this.#audit.length = 0;
    this.#issues.clear();
    this.#descriptions.clear();
  }

  /** Drops the tokens whose time is over; looks at most once a second, since there may be many. */
  expire(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_MS) return;
    this.#sweptMs = nowMs;
    for (const [token, until] of this.expiries) {
      if (until > nowMs) continue;
      this.expiries.delete(token);
      this.tokens.delete(token);
    }
  }

  setRestrictions(enterprise: Enterprise, restrictions: Enterprise['restrictions']): void {
    const enterprises = this.#world.enterprises.map((one) =>
      one.slug === enterprise.slug ? { ...one, restrictions } : one,
    );
    this.#world = { ...this.#world, enterprises };
  }

  record(entries: readonly AuditEntry[]): void {
    this.#audit.push(...entries);
    if (this.#audit.length > MOST_AUDIT_ENTRIES * 2) this.#audit.splice(0, MOST_AUDIT_ENTRIES);
  }

  /** Newest first, as GitHub's API lists them. */
  auditLog(slug: string): readonly AuditEntry[] {
    return this.#audit.filter((entry) => same(entry.business, slug)).toReversed();
  }

  repository(name: string): Repository | null {
    return this.#world.repositories.find((one) => same(one.name, name)) ?? null;
  }

  description(repository: Repository): string {
    return this.#descriptions.get(repository.name) ?? `The ${repository.name} repository.`;
  }

  describe(repository: Repository, description: string): void {
    this.#descriptions.set(repository.name, description);
  }

  /** Oldest first. */
  issues(repository: Repository): readonly Issue[] {
    return this.#issues.get(repository.name) ?? [];
  }

  addIssue(repository: Repository, issue: Omit<Issue, 'number'>): Issue {
    const issues = this.#issues.get(repository.name) ?? [];
    const added = { ...issue, number: issues.length + 1 };
    this.#issues.set(repository.name, [...issues, added]);
    return added;
  }

  /** The user of this name and password; null when one of them is wrong. */
  signIn(login: string, password: string): string | null {
    const user = findUser(this.#world, login);
    return user !== null && user.password === password ? user.login : null;
  }
}

const SWEEP_MS = 1000;
const MOST_AUDIT_ENTRIES = 10_000;
