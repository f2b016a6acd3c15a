// How the world stands right now: who holds which token, who is signed in where. Made from a world, changed by the front.
// Must not know how tokens are made, nor HTTP.
import type { CopilotPlan, Enterprise, User, World } from './world.ts';

/** Everything that `judge` reads besides the request. The maps may live and change; `judge` only reads them. */
export interface Standing {
  readonly world: World;
  /** Every live token, refresh tokens and Copilot tokens included, to the one who holds it. */
  readonly tokens: ReadonlyMap<string, Holder>;
  /** Web sessions by the value of the session cookie. */
  readonly sessions: ReadonlyMap<string, Session>;
}

/** Whom a token acts for. */
export type Holder =
  | { readonly kind: 'user'; readonly login: string }
  /** A `ghr_` token: good for nothing but a new pair of tokens. */
  | { readonly kind: 'refresh'; readonly login: string }
  /** A token for the Copilot hosts, bound to the plan that it was made under. */
  | { readonly kind: 'copilot'; readonly login: string; readonly plan: CopilotPlan }
  | { readonly kind: 'installation'; readonly app: string; readonly organization: string };

/** A browser's session: one account acts, others may wait in the account switcher. */
export interface Session {
  readonly login: string;
  /** Every account that is signed in, the acting one included. */
  readonly accounts: readonly string[];
}

/** Who holds what when nothing has happened yet. */
export function firstHolders(world: World): Map<string, Holder> {
  const holders = new Map<string, Holder>();
  for (const { token, user } of world.tokens) {
    const login = findUser(world, user)?.login ?? user;
    holders.set(token, { kind: token.startsWith('ghr_') ? 'refresh' : 'user', login });
  }
  for (const { token, app, organization } of world.installations) {
    holders.set(token, { kind: 'installation', app, organization });
  }
  return holders;
}

/** A world in which nothing has happened yet. */
export function standingOf(world: World): Standing {
  return { world, tokens: firstHolders(world), sessions: new Map() };
}

export function findUser(world: World, login: string): User | null {
  return world.users.find((user) => same(user.login, login)) ?? null;
}

/** The enterprise that the header names by ID or slug; null when there is none of that name. */
export function findEnterprise(world: World, name: string): Enterprise | null {
  return world.enterprises.find((one) => one.id === name || same(one.slug, name)) ?? null;
}

/** The slug of the enterprise that an account (a user or an organization) belongs to; null for none or an unknown account. */
export function enterpriseOf(world: World, login: string): string | null {
  const organization = world.organizations.find((one) => same(one.login, login));
  return (organization ?? findUser(world, login))?.enterprise ?? null;
}

/** Logins, slugs and repository names compare without case. */
export function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
