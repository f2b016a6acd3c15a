// The same policy with its stamp switched off, for trying what GitHub says without it. Must not know who switches.
import { compilePolicy } from './compile.ts';
import type { Policy } from './policy.ts';

/** What the revision of a policy ends with while its stamp is off, so that every record says so. */
const STAMP_OFF_MARK = '-stamp-off';

/**
 * The policy with `restrict` in report mode: the same connections are looked into, nothing is stamped, and reasons say
 * `would-restrict`. Client copies of the header are removed as ever. A policy without `restrict` stays as it is.
 */
export function withStampOff(policy: Policy): Policy {
  const { document, revision } = policy;
  if (document.restrict === null) return policy;
  const restrict = { ...document.restrict, mode: 'report' as const };
  return compilePolicy({ ...document, restrict }, { revision: `${revision}${STAMP_OFF_MARK}` });
}
