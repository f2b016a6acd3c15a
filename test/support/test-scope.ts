// How long what a test starts may live: as long as one test, or as long as its file. Must not know what is started.
import type { TestContext } from 'node:test';

/** A test's own context, or `{ after }` of node:test for what a whole file shares. */
export type TestScope = Pick<TestContext, 'after'>;
