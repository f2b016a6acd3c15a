// Lines of HTTP/2 sessions and the drain that hold something up, each with a change to it and the tests that must notice.
// Must not know how a mutant is planted.
import type { Mutant } from './mutant.ts';

export const http2SessionsMutants: readonly Mutant[] = [];
