// Identity sources that tests play: they know whom they are told, in as many steps as they are told, or cannot say.
// Must not know what is made of their answers.
import type { Credential, IdentityAnswer, IdentitySource, IdentityStep } from '../../src/ports.ts';

export interface PlayedSource extends IdentitySource {
  /** What it was asked, in order: a kind, or `KIND:TOKEN`. */
  readonly asked: readonly string[];
  /** Exchanges that were given up. */
  readonly abandoned: number;
  /** What it says to everything from now on; null for what it was made to say. */
  says(answer: IdentityAnswer | null): void;
  /** Knows nobody any more, and says so. */
  forget(): void;
}

type Answers = (credential: Credential) => Promise<IdentityAnswer>;

function played(challenges: readonly string[], answers: (source: { isOver: boolean }) => Answers) {
  const asked: string[] = [];
  const listeners: (() => void)[] = [];
  const source = { isOver: false };
  const usual = answers(source);
  let said: IdentityAnswer | null = null;
  return {
    asked,
    challenges,
    authenticate: async (credential: Credential): Promise<IdentityAnswer> => {
      asked.push(credential.kind === 'negotiate' ? `negotiate:${credential.token}` : credential.kind);
      return said ?? usual(credential);
    },
    onChange: (listener: () => void) => void listeners.push(listener),
    says: (answer: IdentityAnswer | null) => {
      said = answer;
    },
    forget: () => {
      source.isOver = true;
      for (const listener of listeners) listener();
    },
  };
}

const UNKNOWN: IdentityAnswer = { kind: 'unknown' };

/** Knows a name by the password `NAME-secret`. */
export function basicSource(names: readonly string[], realm = 'played'): PlayedSource {
  const base = played([`Basic realm="${realm}"`], (source) => async (credential) => {
    if (source.isOver || credential.kind !== 'basic') return UNKNOWN;
    const { user, password } = credential;
    if (!names.includes(user) || password !== `${user}-secret`) return UNKNOWN;
    return { kind: 'known', user, groups: [], holds: () => !source.isOver };
  });
  return { ...base, abandoned: 0 };
}

/** Two steps of Negotiate: the token `first` is answered by another challenge, the token `NAME` then makes it NAME. */
export function negotiateSource(names: readonly string[]): PlayedSource {
  let abandoned = 0;
  const asked: string[] = [];
  const step = (source: { isOver: boolean }): IdentityStep => ({
    answer: async (credential) => {
      if (credential.kind !== 'negotiate') return UNKNOWN;
      asked.push(`step:${credential.token}`);
      const user = Buffer.from(credential.token, 'base64').toString();
      if (source.isOver || !names.includes(user)) return UNKNOWN;
      return { kind: 'known', user, groups: ['oss'], holds: () => !source.isOver };
    },
    abandon: () => {
      abandoned += 1;
    },
  });
  const base = played(['Negotiate'], (source) => async (credential) => {
    if (credential.kind !== 'negotiate' || credential.token !== FIRST_TOKEN) return UNKNOWN;
    return { kind: 'more', challenge: `Negotiate ${SERVER_TOKEN}`, next: step(source) };
  });
  return {
    ...base,
    get asked() {
      return [...base.asked, ...asked];
    },
    get abandoned() {
      return abandoned;
    },
  };
}

export const FIRST_TOKEN: string = Buffer.from('first').toString('base64');
export const SERVER_TOKEN: string = Buffer.from('go on').toString('base64');

/** The token that ends an exchange as this name. */
export function tokenOf(name: string): string {
  return Buffer.from(name).toString('base64');
}
