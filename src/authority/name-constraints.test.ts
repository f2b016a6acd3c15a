// What an administrator permits, as constraints, and which hosts they let through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { address, host, value } from '../../test/support/authority-parts.ts';
import type { Hostname } from '../core/base/hostname.ts';
import type { IpAddress } from '../core/base/ip-address.ts';
import { decodeNameConstraints, type NameConstraints, permitsHost } from '../core/wire/name-constraints.ts';
import { constraintsOf, encodeNameConstraints, parsePermits, subtreeText } from './name-constraints.ts';

const READ: readonly {
  readonly name: string;
  readonly permit: readonly string[];
  readonly as: readonly string[] | null;
}[] = [
  { name: 'a host', permit: ['github.com'], as: ['github.com'] },
  { name: 'upper case and a trailing dot', permit: ['GitHub.COM.'], as: ['github.com'] },
  { name: 'everything beneath a host', permit: ['*.github.com'], as: ['github.com'] },
  { name: 'a leading dot', permit: ['.github.com'], as: ['github.com'] },
  {
    name: 'a star inside a label',
    permit: ['amlwlrt4*.blob.core.windows.net'],
    as: ['blob.core.windows.net'],
  },
  {
    name: 'names that another covers, in any order',
    permit: ['api.github.com', '*.github.com', 'github.com'],
    as: ['github.com'],
  },
  {
    name: 'a name that only ends alike',
    permit: ['github.com', 'notgithub.com'],
    as: ['github.com', 'notgithub.com'],
  },
  { name: 'a company name of one label', permit: ['localhost'], as: ['localhost'] },
  { name: 'an address', permit: ['10.0.0.1'], as: ['10.0.0.1/32'] },
  {
    name: 'networks that another covers',
    permit: ['10.1.0.0/16', '10.0.0.0/8', '10.0.0.0/8'],
    as: ['10.0.0.0/8'],
  },
  { name: 'an IPv6 network', permit: ['2001:db8::/32'], as: ['2001:db8::/32'] },
  { name: 'nothing', permit: [], as: null },
  { name: 'an empty name', permit: [''], as: null },
  { name: 'a star', permit: ['*'], as: null },
  { name: 'a star over a public suffix', permit: ['*.co.uk'], as: null },
  { name: 'a public suffix', permit: ['com'], as: null },
  { name: 'a star in the middle', permit: ['a.*.example.org'], as: null },
  { name: 'a path', permit: ['github.com/login'], as: null },
  { name: 'a port', permit: ['github.com:443'], as: null },
  { name: 'a network with host bits', permit: ['10.0.0.1/8'], as: null },
  { name: 'a name in Unicode', permit: ['gıthub.com'], as: null },
];
for (const row of READ) {
  test(`R-16 parsePermits() ${row.as === null ? 'refuses' : 'reads'} ${row.name}`, () => {
    const read = parsePermits(row.permit);
    assert.deepEqual(read.ok ? read.value.map(subtreeText) : null, row.as);
  });
}

interface HostRow {
  readonly permit: readonly string[];
  readonly yes: readonly (Hostname | IpAddress)[];
  readonly no: readonly (Hostname | IpAddress)[];
}
const HOSTS: readonly HostRow[] = [
  {
    permit: ['github.com'],
    yes: [host('github.com'), host('api.github.com'), host('a.b.github.com')],
    no: [host('github.com.evil.org'), host('xgithub.com'), host('com'), address('10.0.0.1'), address('::1')],
  },
  {
    permit: ['10.0.0.0/8'],
    yes: [address('10.1.2.3')],
    no: [address('11.0.0.1'), address('2001:db8::1'), host('github.com')],
  },
  {
    permit: ['2001:db8::/33'],
    yes: [address('2001:db8::1')],
    no: [address('2001:db8:8000::1'), address('10.0.0.1')],
  },
];
for (const row of HOSTS) {
  test(`R-16 permitsHost() lets ${row.yes} through and not ${row.no} when ${row.permit} is permitted`, () => {
    const written = encodeNameConstraints(constraintsOf(value(parsePermits(row.permit))));
    const read = decodeNameConstraints(written);
    for (const one of row.yes) assert.equal(permitsHost([read], one), true, one);
    for (const one of row.no) assert.equal(permitsHost([read], one), false, one);
  });
}

const FOREIGN: readonly {
  readonly name: string;
  readonly chain: readonly NameConstraints[];
  readonly verdict: boolean;
}[] = [
  { name: 'no constraint', chain: [], verdict: true },
  {
    name: 'a constraint for other kinds of names',
    chain: [{ permitted: [{ kind: 'directory' }], excluded: [] }],
    verdict: true,
  },
  {
    name: 'the empty name permitted',
    chain: [{ permitted: [{ kind: 'dns', name: '' }], excluded: [] }],
    verdict: true,
  },
  {
    name: 'the name in upper case',
    chain: [{ permitted: [{ kind: 'dns', name: 'GITHUB.com' }], excluded: [] }],
    verdict: true,
  },
  {
    name: 'the empty name excluded',
    chain: [{ permitted: [], excluded: [{ kind: 'dns', name: '' }] }],
    verdict: false,
  },
  {
    name: 'the name permitted and excluded',
    chain: [{ permitted: [{ kind: 'dns', name: 'com' }], excluded: [{ kind: 'dns', name: 'github.com' }] }],
    verdict: false,
  },
  {
    name: 'only names beneath it permitted',
    chain: [{ permitted: [{ kind: 'dns', name: '.github.com' }], excluded: [] }],
    verdict: false,
  },
  {
    name: 'one certificate of the chain that forbids',
    chain: [
      { permitted: [{ kind: 'dns', name: 'github.com' }], excluded: [] },
      { permitted: [{ kind: 'dns', name: 'example.org' }], excluded: [] },
    ],
    verdict: false,
  },
];
for (const row of FOREIGN) {
  test(`R-16 permitsHost() ${row.verdict ? 'lets github.com through' : 'refuses github.com'} under ${row.name}`, () => {
    assert.equal(permitsHost(row.chain, host('github.com')), row.verdict);
  });
}
