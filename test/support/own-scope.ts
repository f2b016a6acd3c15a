// A life for what tests start, where no test runs: programs that work for a while, and each round of their work.
// Must not know what is started.
import type { TestScope } from './test-scope.ts';

/** Runs the work, then ends everything it started, in reverse order. */
export async function withScope<T>(work: (scope: TestScope) => Promise<T>): Promise<T> {
  const ends: (() => unknown)[] = [];
  try {
    return await work({ after: (end) => void ends.push(end) });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}
