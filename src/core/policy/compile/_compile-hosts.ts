// Every pattern of a policy, filed under its host: one walk over a host's labels finds all that is said of it.
// Must not know who is asking.

import type { Cidr } from '../../base/ip-address.ts';
import { withoutCase } from '../../base/request-path.ts';
import {
  coversClearText,
  type HostPattern,
  hostPatternText,
  type PathPattern,
  type Pattern,
} from '../language/pattern.ts';
import type { PolicyDocument } from '../language/policy-document.ts';
import { compileAllow, compileBlock, compileExemption } from './_compile-rule.ts';
import { networkTable } from './network-table.ts';
import { pathIndex } from './path-index.ts';
import type { Bucket, CompiledRule, HostIndex, PortRule, PortSet, SectionRules } from './policy.ts';
import type { CompiledStamp } from './stamping.ts';

export function compileHosts(document: PolicyDocument, stamps: readonly CompiledStamp[]): HostIndex {
  const drafts = new Map<string, Draft>();
  const draftFor = (pattern: Pattern): Draft => {
    const key = keyOf(pattern.host);
    const draft = drafts.get(key) ?? newDraft(pattern.host);
    drafts.set(key, draft);
    return draft;
  };
  for (const [order, rule] of document.allow.entries()) {
    const compiled = compileAllow(rule, order);
    for (const pattern of rule.to) draftFor(pattern).allow.push(openingEntry(pattern, compiled));
  }
  for (const [order, rule] of document.block.entries()) {
    const compiled = compileBlock(rule, order, document.mode);
    // A block stops whatever is spoken at its ports: every doubt falls on the safe side.
    for (const pattern of rule.to)
      draftFor(pattern).block.push({ pattern: folded(pattern), clearText: true, rule: compiled });
  }
  for (const [order, exemption] of document.exempt.entries()) {
    const compiled = compileExemption(exemption, order);
    for (const pattern of exemption.to) draftFor(pattern).exempt.push(openingEntry(pattern, compiled));
  }
  for (const pattern of document.inspect) draftFor(pattern).inspect.push(pattern);
  for (const stamp of stamps)
    for (const pattern of stamp.hosts) draftFor(pattern).stamps.push({ pattern, stamp });
  return indexOf([...drafts.values()]);
}

interface Draft {
  readonly host: HostPattern;
  readonly allow: Entry[];
  readonly block: Entry[];
  readonly exempt: Entry[];
  readonly inspect: Pattern[];
  readonly stamps: { readonly pattern: Pattern; readonly stamp: CompiledStamp }[];
}

interface Entry {
  readonly pattern: Pattern;
  /** True where the rule covers clear text too. */
  readonly clearText: boolean;
  readonly rule: CompiledRule;
}

/** What opens covers clear text only where its pattern says so. */
function openingEntry(pattern: Pattern, rule: CompiledRule): Entry {
  return { pattern, clearText: coversClearText(pattern), rule };
}

function newDraft(host: HostPattern): Draft {
  return { host, allow: [], block: [], exempt: [], inspect: [], stamps: [] };
}

function keyOf(host: HostPattern): string {
  return host.kind === 'glob' ? `${host.head.source} ${host.suffix}` : hostPatternText(host);
}

/** Blocks compare paths without case. */
function folded(pattern: Pattern): Pattern {
  const { path } = pattern;
  return path === null ? pattern : { ...pattern, path: { ...path, path: withoutCase(path.path) } };
}

function indexOf(drafts: readonly Draft[]): HostIndex {
  const exact = new Map<string, Bucket>();
  const under = new Map<string, Bucket>();
  const globs = new Map<string, { head: RegExp; bucket: Bucket }[]>();
  const networks: (readonly [Cidr, Bucket])[] = [];
  for (const draft of drafts) {
    const bucket = bucketOf(draft);
    if (draft.host.kind === 'exact') exact.set(draft.host.host, bucket);
    else if (draft.host.kind === 'network') networks.push([draft.host.cidr, bucket]);
    else if (draft.host.kind === 'under') under.set(draft.host.parent, bucket);
    else
      globs.set(draft.host.suffix, [
        ...(globs.get(draft.host.suffix) ?? []),
        { head: draft.host.head, bucket },
      ]);
  }
  return { exact, networks: networkTable(networks), under, globs };
}

function bucketOf(draft: Draft): Bucket {
  const opening = [...draft.allow, ...draft.stamps].map(({ pattern }) => pattern).concat(draft.inspect);
  const blocking = draft.block.map(({ pattern }) => pattern);
  return {
    allow: sectionOf(draft.allow),
    block: sectionOf(draft.block),
    exempt: sectionOf(draft.exempt),
    inspect: portsOf(draft.inspect),
    stamps: stampsOf(draft.stamps),
    named: portsOf([...opening, ...blocking]),
    opened: portsOf(opening),
  };
}

/** Each once, whatever patterns it came by. */
function stampsOf(entries: Draft['stamps']): Bucket['stamps'] {
  const byStamp = Map.groupBy(entries, ({ stamp }) => stamp);
  return [...byStamp].map(([stamp, own]) => ({ stamp, ports: portsOf(own.map(({ pattern }) => pattern)) }));
}

function sectionOf(entries: readonly Entry[]): SectionRules {
  const whole: PortRule[] = [];
  const paths: (readonly [PathPattern, PortRule])[] = [];
  const pathRules = new Map<string, PortRule>();
  for (const { pattern, clearText, rule } of entries) {
    const portRule = { port: pattern.port, clearText, rule };
    if (pattern.path === null) whole.push(portRule);
    else {
      paths.push([pattern.path, portRule]);
      pathRules.set(`${rule.order} ${pattern.port} ${clearText}`, portRule);
    }
  }
  const wholeReported = whole.filter(({ rule }) => rule.reportOnly);
  const wholeEnforced = whole.filter(({ rule }) => !rule.reportOnly);
  return {
    whole: wholeEnforced,
    wholeReported,
    paths: paths.length === 0 ? null : pathIndex(paths),
    pathRules: [...pathRules.values()],
  };
}

function portsOf(patterns: readonly Pattern[]): PortSet {
  return {
    all: patterns.some(({ port }) => port === null),
    ports: new Set(patterns.flatMap(({ port }) => (port === null ? [] : [port]))),
  };
}
