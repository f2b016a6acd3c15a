// Tests of the strict reading of subject alternative names.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sanMatches } from './_san-match.ts';

describe('sanMatches()', () => {
  const rows: readonly { name: string; host: string; san: string; matches: boolean }[] = [
    { name: 'the exact name', host: 'github.com', san: 'DNS:github.com', matches: true },
    {
      name: 'the exact name among others',
      host: 'github.com',
      san: 'DNS:a.example, DNS:github.com',
      matches: true,
    },
    { name: 'another case', host: 'github.com', san: 'DNS:GitHub.COM', matches: true },
    { name: 'a wildcard for one label', host: 'api.github.com', san: 'DNS:*.github.com', matches: true },
    { name: 'a wildcard for no label', host: 'github.com', san: 'DNS:*.github.com', matches: false },
    { name: 'a wildcard for two labels', host: 'a.b.github.com', san: 'DNS:*.github.com', matches: false },
    { name: 'a wildcard over a whole suffix', host: 'github.com', san: 'DNS:*.com', matches: false },
    { name: 'a wildcard inside a label', host: 'api.github.com', san: 'DNS:a*.github.com', matches: false },
    { name: 'two wildcards', host: 'a.b.github.com', san: 'DNS:*.*.github.com', matches: false },
    { name: 'a suffix', host: 'evilgithub.com', san: 'DNS:github.com', matches: false },
    { name: 'a prefix', host: 'github.com.evil.example', san: 'DNS:github.com', matches: false },
    { name: 'an address as a name', host: '192.0.2.1', san: 'DNS:192.0.2.1', matches: false },
    { name: 'an address', host: '192.0.2.1', san: 'IP Address:192.0.2.1', matches: true },
    { name: 'an IPv6 address', host: '2001:db8::1', san: 'IP Address:2001:DB8:0:0:0:0:0:1', matches: true },
    {
      name: 'another IPv6 address',
      host: '2001:db8::1',
      san: 'IP Address:2001:DB8:0:0:0:0:0:2',
      matches: false,
    },
    { name: 'a name as an address', host: 'github.com', san: 'IP Address:github.com', matches: false },
    { name: 'an e-mail address', host: 'github.com', san: 'email:github.com', matches: false },
    { name: 'a URI', host: 'github.com', san: 'URI:https://github.com', matches: false },
    {
      name: 'a quoted entry that hides another',
      host: 'github.com',
      san: 'DNS:"evil.example, DNS:github.com"',
      matches: false,
    },
    {
      name: 'a quoted entry with another in its middle',
      host: 'github.com',
      san: 'DNS:"evil.example, DNS:github.com, DNS:evil.example"',
      matches: false,
    },
    { name: 'what is not ASCII', host: 'github.com', san: 'DNS:github.com, DNS:gıthub.com', matches: false },
    { name: 'nothing', host: 'github.com', san: '', matches: false },
  ];
  for (const { name, host, san, matches } of rows) {
    test(`is ${matches} for ${name}`, () => assert.equal(sanMatches(host, san), matches));
  }
});
