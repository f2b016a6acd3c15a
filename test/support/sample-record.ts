// The benchmark's record, whole, for tests that need a realistic one of a few thousand lines.
// Must not know what it is read for.
import { type SampleWish, sampleRecord } from '../../bench/sample-record.ts';
import type { Policy } from '../../src/core/policy/compile/policy.ts';

/** The lines, without their ends; the same for a seed. */
export function sampleLines(policy: Policy, wish: SampleWish): readonly string[] {
  return [...sampleRecord(policy, wish)];
}
