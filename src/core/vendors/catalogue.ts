// The vendors that the gate knows. Must not know what is made of them.
import { isUnder } from '../base/hostname.ts';
import { GITHUB } from './github/github.ts';
import { SLACK } from './slack.ts';
import type { Vendor } from './vendor.ts';

/** Every vendor, in the order in which lists show them; what a policy's `restrict` speaks of is the first. */
export const VENDORS: readonly Vendor[] = [GITHUB, SLACK];

/** The vendor whose answers come from that host; null for a host of nobody listed. `host` is lower-case. */
export function vendorAt(host: string, vendors: readonly Vendor[] = VENDORS): Vendor | null {
  return vendors.find(({ answers }) => answers.isFrom(host)) ?? null;
}

/** True for a host on which the vendor reads its headers. `host` is lower-case. */
export function readsHeadersAt({ hosts }: Vendor, host: string): boolean {
  return hosts.some((pattern) =>
    pattern.startsWith('*.') ? isUnder(host, pattern.slice(2)) : pattern === host,
  );
}
