// A policy compiled for deciding: maps and sets, made at load, read per request. Made by compile.ts alone.
// Its insides belong to the files of this room; everyone else hands it around.
import type { Hostname } from '../../base/hostname.ts';
import type { CopilotPlan } from '../../vendors/github/endpoints.ts';
import type { ClientFacts } from '../facts.ts';
import type { PolicyDocument } from '../language/policy-document.ts';
import type { NetworkTable } from './network-table.ts';
import type { PathIndex } from './path-index.ts';
import type { Principal, Who } from './principal.ts';
import type { CompiledStamp, Stamping } from './stamping.ts';

/** A compiled policy. `revision` names the text it came from, in records. */
export interface Policy {
  readonly revision: string;
  readonly document: PolicyDocument;
  readonly rules: CompiledRules;
}

export interface CompiledRule {
  /** Place in its section: of several rules that cover, the first one gives its name. */
  readonly order: number;
  readonly name: string;
  readonly who: Who | null;
  readonly unless: Who | null;
  readonly say: string | null;
  /** True when it decides nothing but is reported. */
  readonly reportOnly: boolean;
  /** Null: it never ends. Milliseconds since 1970 UTC. */
  readonly endMs: number | null;
  /** Of an exemption: the vendors whose headers it lifts, by name. */
  readonly lifts: readonly string[];
  /** True when what it names speaks no TLS, so that no client would see a refusal inside the tunnel. */
  readonly speaksNoTls: boolean;
}

/** A rule at a port; null is every port. */
export interface PortRule {
  readonly port: number | null;
  /** False: it covers TLS alone. */
  readonly clearText: boolean;
  readonly rule: CompiledRule;
}

/** The rules of one section that name one host pattern. `paths` files those that have a path. */
export interface SectionRules {
  /** Of the whole host; those that only report stand apart. */
  readonly whole: readonly PortRule[];
  readonly wholeReported: readonly PortRule[];
  readonly paths: PathIndex<PortRule> | null;
  /** Each rule of `paths` once per port. */
  readonly pathRules: readonly PortRule[];
}

/** How a rule is asked for: a port, and what is spoken there. */
export interface Spot {
  readonly port: number;
  readonly scheme: 'https' | 'http';
}

/** Ports that a pattern was written with; `all` for a pattern that means every port. */
export interface PortSet {
  readonly all: boolean;
  readonly ports: ReadonlySet<number>;
}

/** Everything a policy says of one host pattern. */
export interface Bucket {
  readonly allow: SectionRules;
  readonly block: SectionRules;
  readonly exempt: SectionRules;
  readonly inspect: PortSet;
  /** What is set on the host, and on which ports. */
  readonly stamps: readonly { readonly ports: PortSet; readonly stamp: CompiledStamp }[];
  /** Ports on which an allow, block or inspect entry, or what is set, names the host. */
  readonly named: PortSet;
  /** Those of them that no block rule wrote. */
  readonly opened: PortSet;
}

/** Buckets by host pattern; `under` and `globs` are filed under the labels that are written out. */
export interface HostIndex {
  readonly exact: ReadonlyMap<string, Bucket>;
  readonly networks: NetworkTable<Bucket>;
  readonly under: ReadonlyMap<string, Bucket>;
  readonly globs: ReadonlyMap<string, readonly { readonly head: RegExp; readonly bucket: Bucket }[]>;
}

/** Exemptions without `to`, filed by the clause that fewest clients match. */
export interface ExemptionIndex {
  readonly byUser: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly byGroup: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly byNetwork: NetworkTable<CompiledRule>;
  readonly rest: readonly CompiledRule[];
}

export interface CompiledRules {
  readonly reportAll: boolean;
  readonly hosts: HostIndex;
  readonly groupsOf: ReadonlyMap<string, ReadonlySet<string>>;
  readonly exemptions: ExemptionIndex;
  readonly stamping: Stamping;
  /** Domains whose every host is looked into, and the rule because of which. */
  readonly guards: readonly { readonly domain: string; readonly rule: string }[];
  /** Null: no plan routing at all. */
  readonly copilot: {
    readonly plans: ReadonlySet<CopilotPlan> | null;
    readonly genericBlocked: boolean;
  } | null;
  readonly otherwise: { readonly splice: boolean; readonly reportOnly: boolean };
  readonly stampedHosts: readonly Hostname[];
  /** Principals that are dear to resolve, while their facts live: those with groups that an identity source says. */
  readonly principals: WeakMap<ClientFacts, Principal>;
}
