// The same policy with its stamp switched off, for trying what GitHub says without it. Must not know who switches.
import { compilePolicy } from './compile.ts';
import type { Policy } from './policy.ts';

/** What the revision of a policy ends with while its stamp is off, so that every record says so. */
const STAMP_OFF_MARK = '-stamp-off';

/**
 * The policy with `restrict` and `tenants` in report mode: the same connections are looked into, nothing is stamped, and reasons say
 * `would-restrict`. Client copies of the headers are removed as ever. A policy without both stays as it is.
 */
export function withStampOff(policy: Policy): Policy {
  const { document, revision } = policy;
  if (document.restrict === null && document.tenants.length === 0) return policy;
  const off = { mode: 'report' as const };
  const restrict = document.restrict === null ? null : { ...document.restrict, ...off };
  const tenants = document.tenants.map((tenant) => ({ ...tenant, ...off }));
  return compilePolicy({ ...document, restrict, tenants }, { revision: `${revision}${STAMP_OFF_MARK}` });
}
