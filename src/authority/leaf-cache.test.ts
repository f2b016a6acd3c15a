// The cache of contexts: one mint for many, bounded, renewed in time, limited per client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecureContext, type SecureContext } from 'node:tls';
import {
  address,
  fails,
  host,
  type TestClock,
  testClock,
  value,
} from '../../test/support/authority-parts.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { LeafFault } from '../ports.ts';
import { DAY_MS } from './_lifetimes.ts';
import { LEAF_CACHE_DEFAULTS, LeafCache, type LeafCacheSettings, type LeafPurpose } from './leaf-cache.ts';

const CLIENT = address('10.1.2.3');
const OTHER = address('10.1.2.4');

interface Bench {
  readonly clock: TestClock;
  readonly cache: LeafCache;
  /** What was minted, in order. */
  readonly minted: string[];
  issuer: string;
  fault: LeafFault | null;
}

function bench(settings: Partial<LeafCacheSettings> = {}): Bench {
  const clock = testClock();
  const minted: string[] = [];
  const own = { issuer: 'old', fault: null as LeafFault | null };
  const mint = {
    issuer: () => own.issuer,
    mint: async (name: string, purpose: LeafPurpose) => {
      minted.push(`${purpose} ${name}`);
      await Promise.resolve();
      if (own.fault !== null) return err(own.fault);
      const validity = { notBeforeMs: clock.now() - DAY_MS, notAfterMs: clock.now() + 3 * DAY_MS };
      return ok({ context: createSecureContext(), issuer: own.issuer, ...validity });
    },
  };
  const cache = new LeafCache(mint, clock, { ...LEAF_CACHE_DEFAULTS, ...settings });
  return Object.assign(own, { clock, cache, minted });
}

test('leafFor() mints once when a hundred connections ask at once', async () => {
  const { cache, minted } = bench();
  const asked = Array.from({ length: 100 }, () => cache.leafFor(host('github.com'), 'content', CLIENT));
  const contexts = new Set((await Promise.all(asked)).map(value));
  assert.deepEqual(minted, ['content github.com']);
  assert.equal(contexts.size, 1);
  assert.ok(contexts.has(value(await cache.leafFor(host('github.com'), 'content', OTHER))));
  assert.equal(minted.length, 1);
});

test('leafFor() gives no leaf that is not valid yet when the clock was set back', async () => {
  const { cache, clock, minted } = bench();
  await cache.leafFor(host('a.test'), 'content', CLIENT);
  clock.advance(-DAY_MS);
  await cache.leafFor(host('a.test'), 'content', CLIENT);
  assert.equal(minted.length, 1);
  clock.advance(-1);
  await cache.leafFor(host('a.test'), 'content', CLIENT);
  assert.equal(minted.length, 2);
});

test('R-15 leafFor() never shares a context between content and a refusal', async () => {
  const { cache, minted } = bench();
  const asked = (['content', 'refusal'] as const).map((purpose) =>
    cache.leafFor(host('github.com'), purpose, CLIENT),
  );
  const contexts = new Set((await Promise.all(asked)).map(value));
  contexts.add(value(await cache.leafFor(host('github.com'), 'content', CLIENT)));
  contexts.add(value(await cache.leafFor(host('github.com'), 'refusal', CLIENT)));
  assert.equal(contexts.size, 2);
  assert.deepEqual(minted, ['content github.com', 'refusal github.com']);
});

test('leafFor() forgets the host that was used longest ago, and keeps the others', async () => {
  const { cache, minted } = bench({ hosts: 2 });
  for (const name of ['a.test', 'b.test', 'a.test', 'c.test', 'a.test', 'b.test'])
    await cache.leafFor(host(name), 'content', CLIENT);
  assert.deepEqual(minted, ['content a.test', 'content b.test', 'content c.test', 'content b.test']);
  assert.equal(cache.size, 2);
});

test('R-15 leafFor() keeps contexts for content whatever is refused', async () => {
  const { cache, minted } = bench({ hosts: 10 });
  await cache.leafFor(host('a.test'), 'content', CLIENT);
  for (let at = 0; at < 20; at += 1) await cache.leafFor(host(`b${at}.test`), 'refusal', CLIENT);
  assert.equal(cache.size, 2);
  await cache.leafFor(host('a.test'), 'content', CLIENT);
  assert.equal(minted.filter((one) => one.startsWith('content')).length, 1);
});

test('leafFor() makes a new context when two thirds of the life are over', async () => {
  const { cache, clock, minted } = bench();
  await cache.leafFor(host('a.test'), 'content', CLIENT);
  clock.advance(2 * DAY_MS - 1);
  await cache.leafFor(host('a.test'), 'content', CLIENT);
  assert.equal(minted.length, 1);
  clock.advance(1);
  await cache.leafFor(host('a.test'), 'content', CLIENT);
  assert.equal(minted.length, 2);
});

test('R-16 leafFor() makes a new context as soon as another CA signs', async () => {
  const room = bench();
  await room.cache.leafFor(host('a.test'), 'content', CLIENT);
  room.issuer = 'next';
  await room.cache.leafFor(host('a.test'), 'content', CLIENT);
  await room.cache.leafFor(host('a.test'), 'content', CLIENT);
  assert.equal(room.minted.length, 2);
});

test('R-15 leafFor() limits refusals per client, and gives tokens back with time', async () => {
  const { cache, clock } = bench({ refusalsPerMinute: 2 });
  const ask = (name: string, client = CLIENT): Promise<Result<SecureContext, LeafFault>> =>
    cache.leafFor(host(name), 'refusal', client);
  value(await ask('a.test'));
  value(await ask('b.test'));
  assert.equal(fails(await ask('c.test')), 'leaf-limit');
  value(await ask('a.test'));
  value(await ask('c.test', OTHER));
  value(await cache.leafFor(host('d.test'), 'content', CLIENT));
  clock.advance(30_000);
  value(await ask('d.test'));
  assert.equal(fails(await ask('e.test')), 'leaf-limit');
});

test('leafFor() lets one client cause a quarter of the leaves of a minute', async () => {
  const { cache } = bench({ perMinute: 8 });
  value(await cache.leafFor(host('a.test'), 'content', CLIENT));
  value(await cache.leafFor(host('b.test'), 'refusal', CLIENT));
  assert.equal(fails(await cache.leafFor(host('c.test'), 'content', CLIENT)), 'leaf-limit');
  value(await cache.leafFor(host('c.test'), 'content', OTHER));
});

test('leafFor() limits what all clients cause together', async () => {
  const { cache, clock } = bench({ perMinute: 4 });
  const ask = (at: number): Promise<Result<SecureContext, LeafFault>> =>
    cache.leafFor(host(`h${at}.test`), 'content', address(`10.0.0.${at}`));
  for (let at = 1; at <= 4; at += 1) value(await ask(at));
  assert.equal(fails(await ask(5)), 'leaf-limit');
  clock.advance(15_000);
  value(await ask(6));
});

test('leafFor() goes on with a leaf that is due but still good when the limit forbids a new one', async () => {
  const { cache, clock } = bench({ perMinute: 1 });
  const first = value(await cache.leafFor(host('a.test'), 'content', CLIENT));
  clock.advance(2 * DAY_MS);
  value(await cache.leafFor(host('b.test'), 'content', CLIENT));
  assert.equal(value(await cache.leafFor(host('a.test'), 'content', CLIENT)), first);
  clock.advance(DAY_MS);
  value(await cache.leafFor(host('c.test'), 'content', CLIENT));
  assert.equal(fails(await cache.leafFor(host('a.test'), 'content', CLIENT)), 'leaf-limit');
});

test('leafFor() remembers no failure', async () => {
  const room = bench();
  room.fault = { code: 'leaf-failed', detail: 'on purpose' };
  assert.equal(fails(await room.cache.leafFor(host('a.test'), 'content', CLIENT)), 'leaf-failed');
  room.fault = null;
  value(await room.cache.leafFor(host('a.test'), 'content', CLIENT));
  assert.equal(room.minted.length, 2);
});
