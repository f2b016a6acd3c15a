// Tests of ways that this machine itself has not got: a finding each, and never an exception.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reachQuic, reachTcp, reachTls } from './reach.ts';

const WAYS = { reachTls, reachTcp, reachQuic };

/** Where the system refuses the socket or its connection before a packet leaves, with IPv6 and without it. */
const NO_WAY: readonly (readonly [words: string, address: string])[] = [
  ['an address of IPv6 that is nobody in particular', 'ff02::1'],
  ['an address of IPv4 that is nobody in particular', '255.255.255.255'],
  ['a name that cannot be one', 'no..name'],
];

describe('C1 what this machine has no way to is closed, with the reason of the system', () => {
  for (const [words, address] of NO_WAY) {
    for (const [name, reach] of Object.entries(WAYS)) {
      test(`${name}() to ${words}`, async () => {
        const resolve = new Map([['*', [address]]]);
        const finding = await reach(
          { host: 'github.com', port: 443 },
          { resolve, timeoutMs: 5_000, gateCa: null },
        );
        assert.equal(finding.result, 'closed', JSON.stringify(finding));
        assert.match(finding.detail, /: E[A-Z_]+$/);
      });
    }
  }
});
