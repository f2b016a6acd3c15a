// How long what a test starts may live: as long as one test, or as long as its file. Must not know what is started.
import { after } from 'node:test';

/** A test's own context, or the scope of its whole file. */
export interface TestScope {
  readonly after: (end: () => unknown) => void;
}

/** The scope of a file: ended in reverse order after its last test. To be made outside of every test. */
export function fileScope(): TestScope {
  const ends: (() => unknown)[] = [];
  after(async () => {
    for (const end of ends.toReversed()) await end();
  });
  return { after: (end) => void ends.push(end) };
}
