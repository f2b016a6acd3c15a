// The hosts that a policy names, as clients that choose a proxy by host need them. Must not know proxies.
import { RESTRICTED_DOMAINS } from '../../vendors/github/endpoints.ts';
import type { Policy } from './policy.ts';

/**
 * Full names and `*.` suffixes that some entry of the policy names; with `restrict`, GitHub's own two domains too.
 * A pattern with `*` inside a label is given by what follows that label.
 */
export function namedHosts(policy: Policy): readonly string[] {
  const { exact, under, globs } = policy.rules.hosts;
  const restricted =
    policy.document.restrict === null ? [] : RESTRICTED_DOMAINS.flatMap((domain) => [domain, `*.${domain}`]);
  const names = [...exact.keys(), ...suffixes(under.keys()), ...suffixes(globs.keys()), ...restricted];
  return [...new Set(names)].toSorted();
}

function suffixes(parents: Iterable<string>): string[] {
  return [...parents].map((parent) => `*.${parent}`);
}
