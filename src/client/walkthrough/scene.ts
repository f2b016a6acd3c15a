// A scene of the tour: who does what, from where, what the page promises, and how it is played.
// Must not know which scenes there are.

import type { Answered, Asking } from '../proxied-request.ts';
import type { Named } from './_page.ts';
import type { Expectation, Sight } from './_sight.ts';
import type { PropName, Props } from './cast.ts';

/**
 * `inside`: through the gate, stamped. `outside`: through the gate with its stamp switched off. `exempt`: through the gate
 * as a user for whom the restriction is lifted; `staff`: as one for whom it is not. `past`: straight to GitHub's address,
 * as a proxy that is set up wrong would send it.
 */
export type Where = 'inside' | 'outside' | 'exempt' | 'staff' | 'past';

/** What the scenes of one sentence of the page have in common. */
export interface Act {
  /** The page's section. */
  readonly section: string;
  /** The page's sentence. */
  readonly sentence: string;
  readonly scenes: readonly Scene[];
}

export interface Scene {
  readonly where: Where;
  readonly what: string;
  /** Without one of these it is skipped. */
  readonly needs: readonly PropName[];
  expected(stage: Stage): Expectation;
  /** Must leave the world as another round needs to find it. */
  play(stage: Stage): Promise<Sight>;
}

/** What a scene finds. */
export interface Stage {
  readonly named: Named;
  /** `github.com` */
  readonly web: string;
  /** `api.github.com` */
  readonly api: string;
  readonly props: Props;
  /** Milliseconds since 1970 UTC. */
  nowMs(): number;
  /** From where the scene plays. */
  ask(asking: Asking): Promise<Answered>;
  /** `git ARGUMENTS`, from where the scene plays, with these credentials. */
  git(args: readonly string[], token: string | null): Promise<Sight>;
}

/** A prop that the scene has said it needs. */
export function given(stage: Stage, name: PropName): string {
  return stage.props.get(name) ?? '';
}

/** GitHub refuses with this message. */
export function refused(message: (named: Named) => string): (stage: Stage) => Expectation {
  return ({ named }) => ({ status: 403, by: 'GitHub', text: message(named) });
}

/** GitHub answers with this status; the words are another's affair. */
export function answers(status: number): () => Expectation {
  return () => ({ status, by: 'GitHub', text: null });
}

/** GitHub answers whoever this is. In a real network nobody says who that is, but a member's name ends in the shortcode. */
export function answersTo(account: 'member' | 'outsider', prefix = ''): (stage: Stage) => Expectation {
  return ({ props, named }) => {
    const login = props.get(`${account}Login`);
    if (login !== undefined) return { status: 200, by: 'GitHub', text: `${prefix}${login}` };
    const ending = account === 'member' ? { ending: `_${named.shortcode}` } : {};
    return { status: 200, by: 'GitHub', text: null, ...ending };
  };
}

/** The gate refuses by itself. */
export function blocked(): Expectation {
  return { status: 403, by: 'the gate', text: null };
}

/** `Authorization` with a token. */
export function bearer(token: string): readonly string[] {
  return ['Authorization', `Bearer ${token}`];
}
