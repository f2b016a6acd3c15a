// Tests of looking names up while others get no answer.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemLookup } from './system-lookup.ts';

const SILENCE = new Promise<never>(() => undefined);

/** A system that has so many threads, each of which a silent name keeps; and servers that know one address. */
function machine() {
  let free = 2;
  const asked: string[] = [];
  const queued: (() => void)[] = [];
  const look = systemLookup({
    system: async (host) => {
      if (free === 0) await new Promise<void>((resolve) => queued.push(resolve));
      free -= 1;
      if (host.startsWith('silent')) await SILENCE;
      free += 1;
      queued.shift()?.();
      if (host.startsWith('none')) throw new Error(`getaddrinfo ENOTFOUND ${host}`);
      return ['192.0.2.1'];
    },
    servers: async (host) => {
      asked.push(host);
      if (host.startsWith('silent')) return SILENCE;
      if (host.startsWith('none')) throw new Error(`queryA ENOTFOUND ${host}`);
      return ['192.0.2.2'];
    },
  });
  return { look, asked };
}

describe('systemLookup()', () => {
  test('asks the system alone while it answers', async () => {
    const { look, asked } = machine();
    assert.deepEqual(await look('github.com'), ['192.0.2.1']);
    await assert.rejects(look('none.example'), /getaddrinfo/);
    assert.deepEqual(asked, []);
  });

  for (const silent of [2, 20, 2_000]) {
    test(`R-56 answers for a name while ${silent} others get no answer`, async () => {
      const { look } = machine();
      for (let at = 0; at < silent; at += 1) void look(`silent-${at}.example`);
      assert.deepEqual(await look('github.com'), ['192.0.2.2']);
    });
  }

  test('says what the system says of a name that neither knows', async () => {
    const refusing = systemLookup({
      system: (host) =>
        host.startsWith('silent') ? SILENCE : Promise.reject(new Error('getaddrinfo ENOTFOUND')),
      servers: () => Promise.reject(new Error('queryA ENOTFOUND')),
    });
    for (const host of ['silent-1.example', 'silent-2.example']) void refusing(host);
    await assert.rejects(refusing('none.example'), /getaddrinfo/);
  });
});
