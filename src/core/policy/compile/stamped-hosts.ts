// Which hosts a policy stamps, by full name. Must not know how names are resolved.
import type { Hostname } from '../../base/hostname.ts';
import type { Policy } from './policy.ts';

/** The stamped hosts that have full names: an address of theirs is no address for a splice. None without `restrict`. */
export function stampedHosts(policy: Policy): readonly Hostname[] {
  return policy.rules.stampedHosts;
}
