// Lines of the HTTP/1.1 leg that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant } from './mutant.ts';

export const http1Mutants: readonly Mutant[] = [];
