// Which names the gate may need a leaf for under a policy: what its CA must be permitted to sign.
// Must not know certificates.
import { isAtOrUnder } from '../../base/hostname.ts';
import { parseIpAddress } from '../../base/ip-address.ts';
import { COPILOT_DOMAIN } from '../../vendors/github/endpoints.ts';
import type { HostPattern, Pattern } from '../language/pattern.ts';
import type { Rule } from '../language/policy-document.ts';
import type { Policy } from './policy.ts';

/**
 * The names that the policy intercepts or refuses inside a tunnel, sorted. Each stands for itself and everything under
 * it, as a dNSName constraint does (RFC 5280 section 4.2.1.10); none lies under another. A pattern with a `*` inside
 * a label is widened to the labels right of it. Addresses are left out: a connection to one carries no SNI.
 */
export function interceptableNames(policy: Policy): readonly string[] {
  const names = new Set([...fixedNames(policy), ...patternsOf(policy).flatMap(nameOf)]);
  const covered = (name: string): boolean =>
    [...names].some((other) => other !== name && isAtOrUnder(name, other));
  return [...names].filter((name) => !covered(name)).sort();
}

function fixedNames({ rules, document: { copilot } }: Policy): readonly string[] {
  const routed = copilot.plans !== null || copilot.generic === 'block';
  return [...rules.guards.map(({ domain }) => domain), ...(routed ? [COPILOT_DOMAIN] : [])];
}

function patternsOf({ rules, document }: Policy): readonly Pattern[] {
  const blocked = document.block.filter(({ preset }) => preset !== 'ssh').flatMap(({ to }) => to);
  const allowed = document.allow.flatMap((rule) => rule.to.filter((pattern) => isConditional(rule, pattern)));
  const stamped = rules.stamping.stamps.flatMap(({ hosts }) => hosts);
  const exempt = document.exempt.flatMap(({ to }) => to.filter(({ path }) => path !== null));
  return [...blocked, ...allowed, ...exempt, ...document.inspect, ...stamped];
}

/** True when someone, or some path, is refused at a host that the rule names. */
function isConditional(rule: Rule, pattern: Pattern): boolean {
  return pattern.path !== null || rule.who !== null || rule.unless !== null;
}

function nameOf({ host }: Pattern): string[] {
  const name = widest(host);
  return name === null || parseIpAddress(name).ok ? [] : [name];
}

function widest(host: HostPattern): string | null {
  switch (host.kind) {
    case 'exact':
      return host.host;
    case 'network':
      return null;
    case 'under':
      return host.parent;
    case 'glob':
      return host.suffix;
  }
}
