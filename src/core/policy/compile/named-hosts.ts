// The hosts that a policy names, as clients that choose a proxy by host need them. Must not know proxies.
import type { Policy } from './policy.ts';

/**
 * Full names and `*.` suffixes that some entry of the policy names, and its guarded domains, which stand for all of theirs.
 * A pattern with `*` inside a label is given by what follows that label.
 */
export function namedHosts(policy: Policy): readonly string[] {
  const { hosts, guards } = policy.rules;
  const names = [...hosts.exact.keys(), ...suffixes(hosts.under.keys()), ...suffixes(hosts.globs.keys())];
  const others = names.filter((name) => !guards.some(({ domain }) => name.endsWith(`.${domain}`)));
  const guarded = guards.flatMap(({ domain }) => [domain, `*.${domain}`]);
  return [...new Set([...others, ...guarded])].toSorted();
}

function suffixes(parents: Iterable<string>): string[] {
  return [...parents].map((parent) => `*.${parent}`);
}
