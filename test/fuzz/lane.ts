// One kind of fuzzing: it makes cases, tries them, and counts what got through. Must not know time or seeds.
import fc from 'fast-check';
import type { TestScope } from '../support/test-scope.ts';

/** How many cases there were, and how many of them got past the reader or the gate. */
export interface Tried {
  readonly cases: number;
  readonly through: number;
}

/** A lane whose gate runs. It may be asked for any number of cases: what one leaves behind is dropped with it. */
export interface OpenLane {
  /** Throws, or rejects, on a case that went wrong. */
  readonly property: fc.IAsyncProperty<[unknown]>;
  readonly tried: () => Tried;
  /** The case that runs now or ran last, to be shown when the process dies of it. */
  readonly current: () => unknown;
}

export interface Lane {
  readonly name: string;
  /** What `through` counts, for the closing line. */
  readonly through: string;
  /** How many cases make a round. */
  readonly cases: number;
  readonly open: (scope: TestScope) => Promise<OpenLane>;
}

/** What became of a case that did not go wrong. */
export type Fate = 'through' | 'stopped';

/** Tries each case, and counts. */
export function tryCases<Case>(
  cases: fc.Arbitrary<Case>,
  attempt: (one: Case, number: number) => Promise<Fate>,
): OpenLane {
  const tried = { cases: 0, through: 0 };
  let current: unknown = null;
  const property = fc.asyncProperty(cases, async (one) => {
    current = one;
    tried.cases += 1;
    if ((await attempt(one, tried.cases)) === 'through') tried.through += 1;
  });
  return { property, tried: () => tried, current: () => current };
}
