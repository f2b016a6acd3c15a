// What a policy sets and removes of vendors' headers, compiled: edits are made at load, for every request alike.
// Must not know hosts' buckets, nor who is exempt.
import { ENTERPRISE_HEADER, GITHUB } from '../../vendors/github/github.ts';
import type { Vendor, VendorHeader } from '../../vendors/vendor.ts';
import { type HeaderEdit, type Stamp, type StampHeader, stampHeader } from '../header-edit.ts';
import { type Pattern, parsePattern } from '../language/pattern.ts';
import type { Mode, PolicyDocument } from '../language/policy-document.ts';

/** What is done to the headers of a request. Every header of the policy has one edit. */
export interface StampSet {
  readonly edits: readonly HeaderEdit[];
  /** What of it is set. */
  readonly stamps: readonly Stamp[];
}

/** The headers of one vendor, set together where no exemption lifts them. */
export interface CompiledStamp {
  readonly vendor: Vendor;
  /** What reasons call it: `restrict`, `tenants.NAME`. */
  readonly rule: string;
  /** True when nothing is set, but reported. */
  readonly reportOnly: boolean;
  /** On which hosts it is set. */
  readonly hosts: readonly Pattern[];
  readonly values: readonly { readonly header: StampHeader; readonly value: string }[];
  /** What is done where this one alone is set. */
  readonly alone: StampSet;
}

export interface Stamping {
  readonly stamps: readonly CompiledStamp[];
  /** Every header that the policy may set; GitHub's also where it sets none. */
  readonly headers: readonly StampHeader[];
  /** True for each of them, in every spelling. */
  readonly isStampHeader: (name: string) => boolean;
  /** What is done where nothing is set. */
  readonly none: StampSet;
}

export function compileStamping(document: PolicyDocument): Stamping {
  const drafts = draftsOf(document);
  const headers = [
    ...GITHUB.headers.map(({ name }) => stampHeader(GITHUB.name, name)),
    ...drafts
      .filter(({ vendor }) => vendor !== GITHUB)
      .flatMap(({ vendor }) => vendor.headers.map(({ name }) => stampHeader(vendor.name, name))),
  ];
  const stamps = drafts.map((draft): CompiledStamp => {
    const values = draft.values.flatMap(({ header: { name }, value }) =>
      headers.flatMap((header) => (header.name === name ? [{ header, value }] : [])),
    );
    const { vendor, rule, hosts } = draft;
    const reportOnly = document.mode === 'report' || draft.mode === 'report';
    return { vendor, rule, reportOnly, hosts, values, alone: setOf(headers, values) };
  });
  return { stamps, headers, isStampHeader: anySpelling(headers), none: setOf(headers, []) };
}

/** What is done where these are set together. */
export function stampSetOf({ headers, none }: Stamping, stamps: readonly CompiledStamp[]): StampSet {
  const [first] = stamps;
  if (first === undefined) return none;
  if (stamps.length === 1) return first.alone;
  return setOf(
    headers,
    stamps.flatMap(({ values }) => values),
  );
}

function anySpelling(headers: readonly StampHeader[]): (name: string) => boolean {
  const [first] = headers;
  if (first !== undefined && headers.length === 1) return first.isSpelling;
  return (name) => headers.some(({ isSpelling }) => isSpelling(name));
}

interface Draft {
  readonly vendor: Vendor;
  readonly rule: string;
  readonly mode: Mode;
  readonly hosts: readonly Pattern[];
  readonly values: readonly { readonly header: VendorHeader; readonly value: string }[];
}

function draftsOf(document: PolicyDocument): readonly Draft[] {
  const others = document.tenants.map(
    ({ vendor, mode, values }): Draft => ({
      ...{ vendor, mode, values },
      rule: `tenants.${vendor.name}`,
      hosts: hostsOf(vendor),
    }),
  );
  return [...restrictDrafts(document), ...others];
}

function restrictDrafts({ restrict }: PolicyDocument): readonly Draft[] {
  if (restrict === null) return [];
  const value = restrict.enterprises.join(ENTERPRISE_HEADER.separator);
  return [
    {
      vendor: GITHUB,
      rule: 'restrict',
      mode: restrict.mode,
      hosts: [...hostsOf(GITHUB), ...restrict.also],
      values: [{ header: ENTERPRISE_HEADER, value }],
    },
  ];
}

/** Where a vendor reads its headers, on every port. */
export function hostsOf({ hosts }: Vendor): readonly Pattern[] {
  return hosts.flatMap((text) => {
    const pattern = parsePattern(text, null);
    return pattern.ok ? [pattern.value] : [];
  });
}

function setOf(headers: readonly StampHeader[], values: CompiledStamp['values']): StampSet {
  return {
    edits: headers.map((header): HeaderEdit => {
      const set = values.find((value) => value.header === header);
      return set === undefined ? { op: 'remove', header } : { op: 'overwrite', header, value: set.value };
    }),
    stamps: values.map(({ header, value }) => ({ vendor: header.vendor, header: header.name, value })),
  };
}
