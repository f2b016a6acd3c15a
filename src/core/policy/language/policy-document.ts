// A policy as it was read: every pattern, network and date parsed, every name resolved, nothing compiled yet.
// Must not know the file's syntax, nor how decisions are made.
import type { Cidr } from '../../base/ip-address.ts';
import type { CopilotPlan } from '../../vendors/github/endpoints.ts';
import type { Vendor, VendorHeader } from '../../vendors/vendor.ts';
import type { Pattern } from './pattern.ts';

export type Mode = 'enforce' | 'report';

/** Where something stands in the policy's files; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Who a rule is about: AND between the clauses, OR inside a list. Null says nothing; at least one is not null. */
export interface WhoClause {
  readonly users: readonly string[] | null;
  readonly groups: readonly string[] | null;
  readonly from: readonly Cidr[] | null;
  readonly device: readonly string[] | null;
  readonly listener: readonly string[] | null;
}

export interface Rule {
  readonly name: string;
  readonly place: Place;
  /** The preset that `to` comes from, as the policy names it. */
  readonly preset: string | null;
  readonly to: readonly Pattern[];
  readonly who: WhoClause | null;
  readonly unless: WhoClause | null;
}

export interface BlockRule extends Rule {
  readonly say: string | null;
  readonly mode: Mode;
}

/** `to` is empty for an exemption that holds everywhere. */
export interface Exemption extends Rule {
  /** `day` as written; the exemption ends at `endMs`, milliseconds since 1970 UTC, the midnight that ends the day. */
  readonly until: { readonly day: string; readonly endMs: number } | null;
  readonly why: string | null;
  /** Whose headers it lifts, by the vendors' names. */
  readonly vendors: readonly string[];
}

/** The headers of one vendor, and what each says. */
export interface Tenant {
  readonly vendor: Vendor;
  readonly place: Place;
  readonly values: readonly { readonly header: VendorHeader; readonly value: string }[];
  readonly mode: Mode;
}

export interface PolicyDocument {
  /** The policy's own file, then those that it includes, in the order of reading. */
  readonly files: readonly string[];
  /** IANA name; the days of exemptions end at midnight there. */
  readonly timeZone: string;
  readonly mode: Mode;
  readonly modePlace: Place;
  readonly restrict: {
    readonly place: Place;
    readonly enterprises: readonly string[];
    readonly also: readonly Pattern[];
    readonly mode: Mode;
  } | null;
  /** What is set for vendors besides GitHub. */
  readonly tenants: readonly Tenant[];
  readonly exempt: readonly Exemption[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly copilot: {
    /** Null: no plan routing. */
    readonly plans: readonly CopilotPlan[] | null;
    readonly generic: 'block' | 'allow';
    readonly place: Place;
  };
  readonly allow: readonly Rule[];
  readonly block: readonly BlockRule[];
  readonly inspect: readonly Pattern[];
  readonly otherwise: { readonly do: 'block' | 'splice'; readonly mode: Mode };
}
