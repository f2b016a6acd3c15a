// Tests of several addresses tried side by side, on a clock and a network of the test's own.
import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { listening } from '../../../test/support/listening.ts';
import { parseIpAddress } from '../../core/base/ip-address.ts';
import type { Endpoint } from '../../ports.ts';
import { type Reached, raceTo } from './race.ts';

const SIX = at('2001:db8::1');
const FOUR = at('192.0.2.1');

function at(text: string, port = 443): Endpoint {
  const address = parseIpAddress(text);
  assert.ok(address.ok);
  return { address: address.value, port, mapped: 'no' };
}

interface Course {
  /** The addresses that were tried, in order. */
  readonly tried: string[];
  readonly sockets: Map<string, net.Socket>;
  /** What came of it; null while it runs. */
  over(): Promise<Reached | null>;
  pass(ms: number): void;
  fails(endpoint: Endpoint, code: string): void;
  stands(endpoint: Endpoint): void;
}

/** A race whose sockets do what the test says. */
function course(t: TestContext, endpoints: readonly Endpoint[]): Course {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const tried: string[] = [];
  const sockets = new Map<string, net.Socket>();
  const connect = ({ address }: Endpoint): net.Socket => {
    const socket = new net.Socket();
    tried.push(address);
    sockets.set(address, socket);
    return socket;
  };
  const race = raceTo(endpoints, { timeoutMs: 10_000, connect });
  const of = ({ address }: Endpoint): net.Socket => {
    const socket = sockets.get(address);
    assert.ok(socket !== undefined, `${address} was not tried`);
    return socket;
  };
  return {
    ...{ tried, sockets },
    over: () => Promise.race([race, new Promise<null>((resolve) => setImmediate(resolve, null))]),
    pass: (ms) => t.mock.timers.tick(ms),
    fails: (endpoint, code) => of(endpoint).emit('error', Object.assign(new Error('no'), { code })),
    stands: (endpoint) => of(endpoint).emit('connect'),
  };
}

function socketOf(reached: Reached | null): net.Socket | undefined {
  return reached?.ok ? reached.value : undefined;
}

describe('B5 raceTo()', () => {
  test('waits for a slow address until the time is over, though the other one is unreachable', async (t) => {
    const { fails, pass, over, stands, sockets } = course(t, [SIX, FOUR]);
    fails(SIX, 'ENETUNREACH');
    pass(9_999);
    assert.equal(await over(), null);
    stands(FOUR);
    assert.equal(socketOf(await over()), sockets.get(FOUR.address));
  });

  test('waits for a slow address while one that was tried after it fails', async (t) => {
    const { fails, pass, over, stands, sockets } = course(t, [FOUR, SIX]);
    pass(250);
    fails(SIX, 'ENETUNREACH');
    pass(9_749);
    assert.equal(await over(), null);
    stands(FOUR);
    assert.equal(socketOf(await over()), sockets.get(FOUR.address));
  });

  test('tries the next address at once where one fails, and after 250 ms where it is silent', async (t) => {
    const { fails, pass, tried } = course(t, [SIX, FOUR, at('192.0.2.2')]);
    fails(SIX, 'ENETUNREACH');
    assert.deepEqual(tried, ['2001:db8::1', '192.0.2.1']);
    pass(249);
    assert.equal(tried.length, 2);
    pass(1);
    assert.deepEqual(tried, ['2001:db8::1', '192.0.2.1', '192.0.2.2']);
  });

  test('lets a slow address win beside a later one, and ends the others', async (t) => {
    const { pass, over, stands, sockets } = course(t, [SIX, FOUR]);
    pass(250);
    stands(SIX);
    assert.equal(socketOf(await over()), sockets.get(SIX.address));
    assert.equal(sockets.get(SIX.address)?.destroyed, false);
    assert.equal(sockets.get(FOUR.address)?.destroyed, true);
  });

  test('tries the families by turns', (t) => {
    const { fails, tried } = course(t, [SIX, at('2001:db8::2'), at('2001:db8::3'), FOUR]);
    for (const address of ['2001:db8::1', '192.0.2.1', '2001:db8::2']) fails(at(address), 'EHOSTUNREACH');
    assert.deepEqual(tried, ['2001:db8::1', '192.0.2.1', '2001:db8::2', '2001:db8::3']);
  });

  test('ends all when the time is over', async (t) => {
    const { pass, over, sockets } = course(t, [SIX, FOUR]);
    pass(250);
    pass(9_750);
    const result = await over();
    assert.equal(result?.ok === false && result.error.code, 'connect-timeout');
    assert.deepEqual(
      [...sockets.values()].map(({ destroyed }) => destroyed),
      [true, true],
    );
  });

  for (const [six, four, code] of [
    ['ENETUNREACH', 'ECONNREFUSED', 'connect-failed'],
    // So says a machine without IPv6: the refusal is the other one's.
    ['EADDRNOTAVAIL', 'ECONNREFUSED', 'connect-failed'],
    ['EMFILE', 'EMFILE', 'overloaded'],
  ] as const) {
    test(`says ${code} after ${six} and ${four}, and names both`, async (t) => {
      const { fails, over } = course(t, [SIX, FOUR]);
      fails(SIX, six);
      fails(FOUR, four);
      const result = await over();
      assert.ok(result?.ok === false);
      assert.equal(result.error.code, code);
      for (const said of [SIX.address, FOUR.address, six, four])
        assert.ok(result.error.detail.includes(said));
    });
  }

  test('connects for true, past an address where nobody listens', async (t) => {
    const server = net.createServer((socket) => socket.end('here'));
    const port = await listening(t, server);
    const result = await raceTo([at('127.9.9.9', port), at('127.0.0.1', port)], { timeoutMs: 5_000 });
    const socket = socketOf(result);
    assert.equal(socket?.remoteAddress, '127.0.0.1');
    assert.equal(socket?.allowHalfOpen, true);
    socket?.destroy();
  });
});
