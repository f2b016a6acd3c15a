// A policy document in, a compiled policy out: once per load. Must not know the facts of any traffic.
import { type Hostname, parseHostname } from '../../base/hostname.ts';
import type { PolicyDocument } from '../language/policy-document.ts';
import { compileExemptions } from './_compile-exemptions.ts';
import { compileHosts } from './_compile-hosts.ts';
import type { CompiledRules, Policy } from './policy.ts';
import { type CompiledStamp, compileStamping } from './stamping.ts';

/** Compiles a document; `revision` is any name of its text that records should show. */
export function compilePolicy(document: PolicyDocument, options: { readonly revision: string }): Policy {
  return { revision: options.revision, document, rules: compileRules(document) };
}

function compileRules(document: PolicyDocument): CompiledRules {
  const { copilot, otherwise } = document;
  const reportAll = document.mode === 'report';
  const stamping = compileStamping(document);
  const routed = copilot.plans !== null || copilot.generic === 'block';
  return {
    reportAll,
    hosts: compileHosts(document, stamping.stamps),
    groupsOf: groupsByMember(document.groups),
    exemptions: compileExemptions(document.exempt),
    stamping,
    guards: stamping.stamps.flatMap(({ vendor, rule }) =>
      vendor.guardedDomains.map((domain) => ({ domain, rule })),
    ),
    copilot: routed
      ? {
          plans: copilot.plans === null ? null : new Set(copilot.plans),
          genericBlocked: copilot.generic === 'block',
        }
      : null,
    otherwise: {
      splice: otherwise.do === 'splice',
      reportOnly: reportAll || otherwise.mode === 'report',
    },
    stampedHosts: stampedHostsOf(stamping.stamps),
    principals: new WeakMap(),
  };
}

function groupsByMember(groups: PolicyDocument['groups']): ReadonlyMap<string, ReadonlySet<string>> {
  const byMember = new Map<string, Set<string>>();
  for (const [group, members] of groups) {
    for (const member of members) {
      const known = byMember.get(member);
      if (known === undefined) byMember.set(member, new Set([group]));
      else known.add(group);
    }
  }
  return byMember;
}

function stampedHostsOf(stamps: readonly CompiledStamp[]): readonly Hostname[] {
  const names = stamps.flatMap(({ vendor, hosts }) => [
    ...vendor.knownHosts,
    ...hosts.flatMap(({ host }) => (host.kind === 'exact' ? [host.host] : [])),
  ]);
  return [...new Set(names)].flatMap((text) => {
    const name = parseHostname(text);
    return name.ok ? [name.value] : [];
  });
}
