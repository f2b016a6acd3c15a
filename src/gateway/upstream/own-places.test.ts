// Tests of which places are the gate itself: by each way to them, and no place beside.
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { describe, test } from 'node:test';
import { parseIpAddress } from '../../core/base/ip-address.ts';
import { leadsToGate } from './own-places.ts';

const own = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const ROWS: readonly (readonly [listens: string, address: string, isGate: boolean])[] = [
  ['127.0.0.1', '127.0.0.1', true],
  ['127.0.0.1', '::ffff:127.0.0.1', true],
  ['127.0.0.1', '64:ff9b::7f00:1', true],
  ['127.0.0.1', '0.0.0.0', true],
  ['127.0.0.1', '::', true],
  ['127.0.0.1', '127.0.0.2', false],
  ['127.0.0.1', '::1', false],
  ['::1', '::1', true],
  ['::1', '127.0.0.1', false],
  ['192.0.2.77', '192.0.2.77', true],
  ['192.0.2.77', '192.0.2.78', false],
  ...['0.0.0.0', '::'].flatMap((any) => [
    [any, '127.0.0.1', true] as const,
    [any, '127.0.0.2', true] as const,
    [any, '::1', true] as const,
    [any, '64:ff9b::7f00:1', true] as const,
    // A public server on the port that the gate takes on every address is another place.
    [any, '140.82.112.3', false] as const,
    [any, '2606:50c0:8000::153', false] as const,
    ...(own === undefined ? [] : [[any, own, true] as const]),
  ]),
];

describe('R-45 A11 leadsToGate()', () => {
  for (const [host, text, expected] of ROWS) {
    test(`is ${expected} for ${text === own ? 'an address of an interface' : text} where it listens on ${host}`, () => {
      const address = parseIpAddress(text);
      assert.ok(address.ok);
      const places = [
        { host: '10.9.9.9', port: 1 },
        { host, port: 3129 },
      ];
      assert.equal(leadsToGate(places, address.value, 3129), expected);
      assert.equal(leadsToGate(places, address.value, 443), false);
    });
  }
});
