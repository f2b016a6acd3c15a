// Tests of names to addresses: the map, the cache, the time limit, and what must not be reached.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Hostname, parseHostname } from '../../core/base/hostname.ts';
import { type IpAddress, parseCidr, parseIpAddress } from '../../core/base/ip-address.ts';
import type { ResolveRule } from '../../core/settings/settings.ts';
import { GateResolver, isInterfaceAddress, isPublic, type ResolverOptions } from './resolve.ts';

function name(text: string): Hostname {
  const parsed = parseHostname(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

interface World {
  readonly resolver: GateResolver;
  readonly asked: string[];
  wait(ms: number): void;
}

function world(answer: () => Promise<readonly string[]>, options: Partial<ResolverOptions> = {}): World {
  let nowMs = 0;
  const asked: string[] = [];
  const resolver = new GateResolver({
    ...{ map: [], allowPrivate: [], timeoutMs: 1_000, cacheMs: 30_000, isOwn: () => false },
    clock: { now: () => nowMs, monotonic: () => nowMs },
    lookup: (host) => {
      asked.push(host);
      return answer();
    },
    ...options,
  });
  return {
    resolver,
    asked,
    wait: (ms) => {
      nowMs += ms;
    },
  };
}

const PUBLIC = ['140.82.112.3'];

describe('isPublic()', () => {
  const rows: readonly { text: string; expected: boolean }[] = [
    ...['140.82.112.3', '2606:50c0:8000::153', '64:ff9b::8c52:7003'].map((text) => ({
      text,
      expected: true,
    })),
    ...[
      '127.0.0.1',
      '10.0.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '255.255.255.255',
      '224.0.0.1',
      '192.0.2.1',
      '198.18.0.1',
      '::1',
      '::',
      'fe80::1',
      'fd00::1',
      '2001:db8::1',
      'ff02::1',
      '64:ff9b::7f00:1',
      // The prefix of a network's own NAT64: where the IPv4 address stands in it, only the network knows.
      '64:ff9b:1:a00:1:0:808:808',
      // IPv4 within IPv6, as it was once written.
      '::a00:1',
      '::ffff:0:a00:1',
      '100:0:0:1::1',
      '4000::1',
    ].map((text) => ({ text, expected: false })),
  ];
  for (const { text, expected } of rows) {
    test(`is ${expected} for ${text}`, () => assert.equal(isPublic(address(text)), expected));
  }
});

describe('resolve()', () => {
  const to = (text: string): ResolveRule['to'] => ({ address: address(text), port: 8443 });
  const map: readonly ResolveRule[] = [
    { host: null, port: null, to: to('127.0.0.1') },
    { host: null, port: 80, to: to('127.0.0.2') },
    { host: name('github.com'), port: null, to: to('127.0.0.3') },
    { host: name('github.com'), port: 443, to: to('127.0.0.4') },
    { host: name('gone.example'), port: 443, to: null },
  ];
  const mapped: readonly { host: string; port: number; leads: string; by: string }[] = [
    { host: 'github.com', port: 443, leads: '127.0.0.4', by: 'name' },
    { host: 'github.com', port: 80, leads: '127.0.0.3', by: 'name' },
    { host: 'x.example', port: 80, leads: '127.0.0.2', by: 'wildcard' },
    { host: 'x.example', port: 443, leads: '127.0.0.1', by: 'wildcard' },
  ];
  for (const { host, port, leads, by } of mapped) {
    test(`takes the most exact entry of the map for ${host}:${port}`, async () => {
      const found = await world(async () => PUBLIC, { map }).resolver.resolve(name(host), port);
      assert.deepEqual(found, { ok: true, value: [{ address: leads, port: 8443, mapped: by }] });
    });
  }

  test('refuses where the map leads nowhere, and asks nobody', async () => {
    const { resolver, asked } = world(async () => PUBLIC, { map });
    const found = await resolver.resolve(name('gone.example'), 443);
    assert.equal(found.ok ? null : found.error.code, 'address-refused');
    assert.deepEqual(asked, []);
  });

  test('leaves out private answers, and refuses when nothing is left', async () => {
    const some = await world(async () => ['10.0.0.1', ...PUBLIC]).resolver.resolve(name('a.example'), 443);
    assert.deepEqual(some.ok && some.value.map((endpoint) => endpoint.address), PUBLIC);
    const none = await world(async () => ['10.0.0.1', '::1']).resolver.resolve(name('a.example'), 443);
    assert.equal(none.ok ? null : none.error.code, 'address-refused');
  });

  test('R-42 leaves out the addresses of the machine itself, behind NAT64 too, unless they are allowed', async () => {
    const own = address('140.82.112.3');
    const answer = async () => ['140.82.112.3', '64:ff9b::8c52:7003'];
    const isOwn = (asked: IpAddress): boolean => asked === own;
    const found = await world(answer, { isOwn }).resolver.resolve(name('a.example'), 443);
    assert.equal(found.ok ? null : found.error.code, 'address-refused');
    const allowPrivate = [{ address: own, bits: 32 }];
    const allowed = await world(answer, { isOwn, allowPrivate }).resolver.resolve(name('a.example'), 443);
    assert.deepEqual(allowed.ok && allowed.value.map((endpoint) => endpoint.address), ['140.82.112.3']);
  });

  test('R-42 knows the addresses of this machine', () => {
    assert.equal(isInterfaceAddress(address('127.0.0.1')), true);
    assert.equal(isInterfaceAddress(address('192.0.2.1')), false);
  });

  test('lets through the private networks that are allowed', async () => {
    const network = parseCidr('10.0.0.0/8');
    assert.ok(network.ok);
    const { resolver } = world(async () => ['10.0.0.1'], { allowPrivate: [network.value] });
    assert.equal((await resolver.resolve(name('a.example'), 443)).ok, true);
  });

  test('refuses a private address that is asked for as such', async () => {
    const found = await world(async () => PUBLIC).resolver.resolve(address('127.0.0.1'), 443);
    assert.equal(found.ok ? null : found.error.code, 'address-refused');
  });

  test('asks once while an answer is fresh, however many ask', async () => {
    const { resolver, asked, wait } = world(async () => PUBLIC);
    await Promise.all([1, 2, 3].map(() => resolver.resolve(name('a.example'), 443)));
    wait(29_999);
    await resolver.resolve(name('a.example'), 8443);
    assert.equal(asked.length, 1);
    wait(1);
    await resolver.resolve(name('a.example'), 443);
    assert.equal(asked.length, 2);
  });

  test('asks again soon after a failure', async () => {
    const { resolver, asked, wait } = world(async () => {
      throw new Error('SERVFAIL');
    });
    const found = await resolver.resolve(name('a.example'), 443);
    assert.equal(found.ok ? null : found.error.code, 'dns-failed');
    wait(2_000);
    await resolver.resolve(name('a.example'), 443);
    assert.equal(asked.length, 2);
  });

  for (const [code, answer] of [
    ['ENOTFOUND', 'known'],
    ['ENODATA', 'known'],
    ['EAI_AGAIN', 'unknown'],
    ['ESERVFAIL', 'unknown'],
    ['ETIMEOUT', 'unknown'],
  ] as const) {
    test(`says that the answer is ${answer} after ${code}`, async () => {
      const fails = async () => {
        throw Object.assign(new Error('no'), { code });
      };
      const found = await world(fails).resolver.resolve(name('a.example'), 443);
      assert.deepEqual(found.ok ? null : [found.error.code, found.error.answer], ['dns-failed', answer]);
    });
  }

  test('does not wait longer than it may', async () => {
    const { resolver } = world(() => new Promise(() => undefined), { timeoutMs: 1 });
    const found = await resolver.resolve(name('a.example'), 443);
    assert.equal(found.ok ? null : found.error.code, 'dns-timeout');
  });

  test('has no address where DNS says none', async () => {
    const found = await world(async () => []).resolver.resolve(name('a.example'), 443);
    assert.equal(found.ok ? null : found.error.code, 'dns-failed');
  });
});
