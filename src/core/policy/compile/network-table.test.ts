// The table against the plain meaning of a network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Cidr, cidrContains, parseCidr, parseIpAddress } from '../../base/ip-address.ts';
import { addressKey, hasAddress, networkTable, valuesAt } from './network-table.ts';

const NETWORKS = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.20.0.0/16',
  '10.20.0.0/15',
  '10.20.3.4',
  '255.255.255.255/32',
  '128.0.0.0/1',
  '::/0',
  '2001:db8::/32',
  '2001:db8:8000::/33',
  '2001:db8::1',
  '::ffff:10.0.0.0/104',
];

test('valuesAt() finds exactly the networks that contain the address', () => {
  const network = fc.constantFrom(...NETWORKS.map((text) => cidr(text)));
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom('10.20.3.4', '10.21.0.1', '2001:db8::1', '2001:db8:8000::1', '::ffff:10.20.3.4'),
  );
  fc.assert(
    fc.property(fc.array(network, { maxLength: 8 }), address, (networks, text) => {
      const parsed = parseIpAddress(text);
      fc.pre(parsed.ok);
      const table = networkTable(networks.map((one, at) => [one, at] as const));
      const wanted = networks.flatMap((one, at) => (cidrContains(one, parsed.value) ? [at] : []));
      const key = addressKey(parsed.value);
      assert.deepEqual(
        valuesAt(table, key).toSorted((a, b) => a - b),
        wanted,
      );
      assert.equal(hasAddress(table, key), wanted.length > 0);
    }),
  );
});

const EDGES: readonly (readonly [network: string, inside: readonly string[], outside: readonly string[]])[] =
  [
    ['2001:db8::/33', ['2001:db8::', '2001:db8:7fff:ffff::1'], ['2001:db8:8000::', '2001:db7:ffff::1']],
    ['2001:db8:8000::/33', ['2001:db8:8000::', '2001:db8:ffff::1'], ['2001:db8:7fff:ffff::1', '2001:db9::']],
    ['2001:db8:2000::/35', ['2001:db8:2000::', '2001:db8:3fff::1'], ['2001:db8:1fff::1', '2001:db8:4000::']],
    ['2001:db8:2::/47', ['2001:db8:2::', '2001:db8:3:ffff::1'], ['2001:db8:1:ffff::1', '2001:db8:4::']],
    ['2001:db8:0:4::/62', ['2001:db8:0:4::1', '2001:db8:0:7:ffff::1'], ['2001:db8:0:3::1', '2001:db8:0:8::']],
    ['2001:db8::6/127', ['2001:db8::6', '2001:db8::7'], ['2001:db8::5', '2001:db8::8']],
  ];

for (const [network, inside, outside] of EDGES) {
  test(`hasAddress() knows the first and the last address of ${network}, and those beside them`, () => {
    const table = networkTable([[cidr(network), true]]);
    for (const text of inside) assert.ok(hasAddress(table, addressKey(cidr(text).address)), text);
    for (const text of outside) assert.ok(!hasAddress(table, addressKey(cidr(text).address)), text);
  });
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}
