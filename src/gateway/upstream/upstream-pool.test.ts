// Tests of what two requests must have in common to share a connection.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDestination } from '../../core/base/destination.ts';
import { type PoolKey, poolKeyText } from './upstream-pool.ts';

function keyOf(differs: Partial<PoolKey>, named = 'github.com:443'): PoolKey {
  const destination = parseDestination(named);
  assert.ok(destination.kind === 'name');
  const { host, port } = destination;
  return {
    principal: 'open address 10.0.0.1',
    policyClass: 'github',
    scheme: 'https',
    host,
    port,
    ...differs,
  };
}

describe('R-10 poolKeyText() tells apart', () => {
  const rows: readonly (readonly [name: string, key: PoolKey])[] = [
    ['principals', keyOf({ principal: 'open address 10.0.0.2' })],
    ['listeners', keyOf({ principal: 'staff address 10.0.0.1' })],
    ['classes', keyOf({ policyClass: 'plain' })],
    ['schemes', keyOf({ scheme: 'http' })],
    ['hosts', keyOf({}, 'api.github.com:443')],
    ['ports', keyOf({}, 'github.com:8443')],
  ];
  for (const [name, key] of rows) test(name, () => assert.notEqual(poolKeyText(key), poolKeyText(keyOf({}))));

  test('nothing else', () => assert.equal(poolKeyText(keyOf({})), poolKeyText(keyOf({}))));
});
