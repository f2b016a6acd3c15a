// What the gate knows of a vendor that lets networks restrict accounts: its headers, where it reads them, what it answers.
// Must not know policies.
import type { Source } from './source.ts';

/** A vendor as a file of facts; catalogue.ts lists them. */
export interface Vendor {
  /** As policies, records and metrics write it. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  /** The headers that restrict accounts, in the order in which they are set. */
  readonly headers: readonly VendorHeader[];
  /** Where the vendor reads them, as patterns: on every port of these hosts, and on no other. */
  readonly hosts: readonly string[];
  /** Full names among them, as clients use them: an address of theirs is no address for a splice. */
  readonly knownHosts: readonly string[];
  /** Domains whose every host is looked into while the headers are set, so that the inner Host is checked. */
  readonly guardedDomains: readonly string[];
  readonly answers: VendorAnswers;
  readonly words: VendorWords;
}

/** One header, and the grammar of its value. */
export interface VendorHeader {
  /** As the vendor's page writes it, and as HTTP/1.1 carries it. */
  readonly name: string;
  /** The key under which a policy lists its values. */
  readonly key: string;
  /** One sentence for whoever writes a policy, and a list of values as an example. */
  readonly purpose: string;
  readonly example: readonly string[];
  /** Why a value is none; null for one. */
  readonly fault: (value: string) => ValueFault | null;
  /** How many values it may have, where the vendor says; and what they are called. */
  readonly most: number | null;
  readonly noun: string;
  /** What stands between two values on the one line. */
  readonly separator: ', ' | ',';
  readonly source: Source;
}

/** What is wrong with a value, and what would be right. */
export interface ValueFault {
  readonly problem: string;
  readonly mend: string;
}

/** `refused`: the account is not of those let in. `header-wrong`: the header cannot be used. `plan-mismatch`: another plan's host. */
export type VendorSaid = 'refused' | 'header-wrong' | 'plan-mismatch';

/** What the vendor's answers tell. */
export interface VendorAnswers {
  /** True for a host whose answers are the vendor's. `host` is lower-case. */
  readonly isFrom: (host: string) => boolean;
  /** The header that names a request in the vendor's own logs, lower-case; null where none is known. */
  readonly requestId: string | null;
  /** What a status alone tells at a host. */
  readonly byStatus: (status: number, host: string) => VendorSaid | null;
  /** Statuses whose body may tell something at a host that the headers are set on. */
  readonly telling: readonly number[];
  /** What the beginning of such a body tells, decoded; HTML, JSON and plain text alike. */
  readonly byBody: (status: number, bodyText: string) => VendorSaid | null;
  /** What each means, in a few words for the reader of a report. */
  readonly meanings: Readonly<Partial<Record<VendorSaid, string>>>;
}

/** How sentences speak of it. */
export interface VendorWords {
  /** What a host is on which the headers are set: `a supported endpoint`. */
  readonly host: string;
  /** What the values of the headers make of a request: `for enterprise 12345`. */
  readonly stampedFor: (values: readonly string[]) => string;
}
