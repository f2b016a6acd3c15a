// One kind of fuzzing: it makes cases, tries them, and counts what got through. Types only; must not know time or seeds.
import type fc from 'fast-check';
import type { TestScope } from '../support/test-scope.ts';

/** How many cases there were, and how many of them got past the reader or the gate. */
export interface Tried {
  readonly cases: number;
  readonly through: number;
}

/** A part of a lane that lives for some hundred cases, so that nothing piles up. */
export interface Batch {
  /** Throws, or rejects, on a case that went wrong. */
  readonly property: fc.IAsyncProperty<[string]>;
  readonly tried: () => Tried;
}

export interface Lane {
  readonly name: string;
  /** What `through` counts, for the closing line. */
  readonly through: string;
  readonly cases: number;
  readonly open: (scope: TestScope) => Promise<Batch>;
}
