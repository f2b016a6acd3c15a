// DNS that times out, flaps, lies or comes back: what the gate dials follows, within the time answers are kept, and an
// address it must not reach is never reached whatever DNS says.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseHostname } from '../../src/core/base/hostname.ts';
import { GateResolver } from '../../src/gateway/upstream/resolve.ts';

const CACHE_MS = 30_000;
const FAILURE_MS = 2_000;
const FIRST = '140.82.112.3';
const SECOND = '140.82.113.3';

type Answer = readonly string[] | 'SERVFAIL' | 'NXDOMAIN' | 'silence';

/** A resolver whose DNS and whose clock the test owns. */
function resolverWith(first: Answer) {
  let nowMs = 1_000;
  let answer = first;
  let asked = 0;
  const resolver = new GateResolver({
    map: [],
    allowPrivate: [],
    isOwn: () => false,
    clock: { now: () => nowMs, monotonic: () => nowMs },
    timeoutMs: 20,
    cacheMs: CACHE_MS,
    lookup: (host) => {
      asked += 1;
      if (answer === 'silence') return new Promise(() => undefined);
      if (typeof answer !== 'string') return Promise.resolve(answer);
      const code = answer === 'SERVFAIL' ? 'EAI_AGAIN' : 'ENOTFOUND';
      return Promise.reject(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code }));
    },
  });
  const host = parseHostname('github.com');
  assert.ok(host.ok);
  return {
    resolve: async (): Promise<string> => {
      const found = await resolver.resolve(host.value, 443);
      return found.ok ? found.value.map(({ address }) => address).join(' ') : found.error.code;
    },
    say: (next: Answer) => {
      answer = next;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    asked: () => asked,
  };
}

describe('R-42 DNS that flaps', () => {
  const faults: readonly (readonly [name: string, answer: Answer, code: string])[] = [
    ['SERVFAIL', 'SERVFAIL', 'dns-failed'],
    ['NXDOMAIN', 'NXDOMAIN', 'dns-failed'],
    ['silence', 'silence', 'dns-timeout'],
    ['an empty answer', [], 'dns-failed'],
    ['a private address', ['10.0.0.1'], 'address-refused'],
    ['its own address', ['127.0.0.1'], 'address-refused'],
  ];
  for (const [name, fault, code] of faults) {
    test(`by ${name} fails in words, and is back soon after DNS is`, async () => {
      const dns = resolverWith(fault);
      assert.equal(await dns.resolve(), code);
      dns.say([FIRST]);
      const isFailure = code !== 'address-refused';
      dns.pass(isFailure ? FAILURE_MS : CACHE_MS);
      assert.equal(await dns.resolve(), FIRST);
    });
  }

  test('from one address to another is followed once the answer is old', async () => {
    const dns = resolverWith([FIRST]);
    assert.equal(await dns.resolve(), FIRST);
    dns.say([SECOND]);
    dns.pass(CACHE_MS - 1);
    assert.equal(await dns.resolve(), FIRST);
    dns.pass(1);
    assert.equal(await dns.resolve(), SECOND);
    assert.equal(dns.asked(), 2);
  });

  test('to a private address and back never leads there (rebinding)', async () => {
    const dns = resolverWith([FIRST]);
    const seen: string[] = [];
    for (const answer of [[FIRST], ['192.168.1.1'], ['169.254.169.254', FIRST], ['::1'], [SECOND]]) {
      dns.say(answer);
      dns.pass(CACHE_MS);
      seen.push(await dns.resolve());
    }
    assert.deepEqual(seen, [FIRST, 'address-refused', FIRST, 'address-refused', SECOND]);
  });

  test('by silence is asked once, however many wait, and not again until the failure is old', async () => {
    const dns = resolverWith('silence');
    const codes = await Promise.all(Array.from({ length: 50 }, () => dns.resolve()));
    assert.deepEqual([...new Set(codes)], ['dns-timeout']);
    assert.equal(await dns.resolve(), 'dns-timeout');
    assert.equal(dns.asked(), 1);
  });
});
