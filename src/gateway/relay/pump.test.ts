// Tests of moving bytes between two streams: halves, breaks, silence, early bytes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { GatewayFailure } from '../failure.ts';
import { type Inspection, pump } from './pump.ts';

interface Pumped {
  /** The far ends, where a test reads and writes. */
  readonly client: Duplex;
  readonly upstream: Duplex;
  /** The ends that the pump holds. */
  readonly near: readonly Duplex[];
  readonly over: Promise<GatewayFailure | null>;
  readonly stop: (failure: GatewayFailure) => void;
  readonly moved: { up: number; down: number };
}

function pumped(
  t: TestContext,
  options: { readonly idleMs?: number; readonly early?: string; readonly inspection?: Inspection } = {},
): Pumped {
  const [client, nearClient] = duplexPair();
  const [upstream, nearUpstream] = duplexPair();
  const moved = { up: 0, down: 0 };
  const over = Promise.withResolvers<GatewayFailure | null>();
  for (const stream of [client, upstream]) stream.on('error', () => undefined);
  const stop = pump({
    client: nearClient,
    upstream: nearUpstream,
    early: { client: Buffer.from(options.early ?? ''), upstream: Buffer.alloc(0) },
    idleMs: options.idleMs ?? 60_000,
    ...(options.inspection === undefined ? {} : { inspection: options.inspection }),
    moved: (direction, bytes) => {
      moved[direction] += bytes;
    },
    over: over.resolve,
  });
  t.after(() => stop(new GatewayFailure('draining', 'splice', 'the test is over')));
  return { client, upstream, near: [nearClient, nearUpstream], over: over.promise, stop, moved };
}

async function textOf(stream: Duplex): Promise<string> {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  await once(stream, 'end');
  return Buffer.concat(pieces).toString();
}

describe('pump()', () => {
  test('moves bytes both ways, counts them, and is over when both halves have ended', async (t) => {
    const { client, upstream, over, moved } = pumped(t, { early: 'early ' });
    client.end('up');
    assert.equal(await textOf(upstream), 'early up');
    upstream.end('down');
    assert.equal(await textOf(client), 'down');
    assert.equal(await over, null);
    assert.deepEqual(moved, { up: 8, down: 4 });
  });

  test('is over with the failure it is stopped for, and ends both sides', async (t) => {
    const { near, over, stop } = pumped(t);
    const failure = new GatewayFailure('policy-changed', 'splice', 'test');
    stop(failure);
    assert.equal(await over, failure);
    assert.deepEqual(
      near.map(({ destroyed }) => destroyed),
      [true, true],
    );
  });

  for (const side of ['client', 'upstream'] as const) {
    test(`is over when the ${side} breaks, and ends the other`, async (t) => {
      const { near, over } = pumped(t);
      near[side === 'client' ? 0 : 1]?.destroy(new Error('ECONNRESET'));
      assert.equal((await over)?.code, side === 'client' ? 'client-gone' : 'upstream-closed');
      assert.ok(near.every(({ destroyed }) => destroyed));
    });
  }

  test('C5 is over without a failure when a client breaks that had ended and was owed nothing', async (t) => {
    const { client, upstream, near, over } = pumped(t);
    client.end('goodbye');
    assert.equal(await textOf(upstream), 'goodbye');
    near[0]?.destroy(new Error('EPIPE'));
    assert.equal(await over, null);
  });

  test('C5 is over with a failure when a client breaks that had ended while bytes were on their way to it', async (t) => {
    const { client, upstream, near, over } = pumped(t);
    upstream.write(Buffer.alloc(1_048_576));
    await once(upstream, 'drain');
    client.end('goodbye');
    assert.equal(await textOf(upstream), 'goodbye');
    near[0]?.destroy(new Error('EPIPE'));
    assert.equal((await over)?.code, 'client-gone');
  });

  test('is over once, whatever comes after', async (t) => {
    const { over, stop } = pumped(t);
    stop(new GatewayFailure('policy-changed', 'splice', 'first'));
    stop(new GatewayFailure('draining', 'splice', 'second'));
    assert.equal((await over)?.detail, 'first');
  });

  test('ends when nothing moves', async (t) => {
    assert.equal((await pumped(t, { idleMs: 1 }).over)?.code, 'idle-timeout');
  });

  test('waits for a slow reader instead of taking more in', async (t) => {
    const { client, upstream, moved } = pumped(t);
    const piece = Buffer.alloc(1_048_576);
    for (let at = 0; at < 16; at += 1) client.write(piece);
    client.end();
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(moved.up < 8 * piece.length, String(moved.up));
    assert.equal((await textOf(upstream)).length, 16 * piece.length);
  });
});

/** Stops at an exclamation mark, and lets no direction end. */
const strict: Inspection = {
  pass: (_direction, bytes) => {
    const text = Buffer.from(bytes).toString();
    const [good = '', bad] = text.split('!');
    const failure = bad === undefined ? null : new GatewayFailure('client-frame', 'response', 'test');
    return { passed: good === '' ? [] : [Buffer.from(good)], failure };
  },
  end: () => new GatewayFailure('client-gone', 'response', 'cut'),
  lastWords: (direction) => Buffer.from(`/${direction}`),
};

describe('R-64 A7 pump()', () => {
  for (const early of ['', 'good!'] as const)
    test(`ends both sides with last words where a piece does not pass, ${early === '' ? 'late' : 'early'}`, async (t) => {
      const { client, upstream, over, moved } = pumped(t, { early, inspection: strict });
      if (early === '') client.write('good!');
      client.write('more');
      upstream.write('other');
      assert.equal(await textOf(upstream), 'good/up');
      assert.match(await textOf(client), /^(?:other)?\/down$/);
      assert.equal((await over)?.code, 'client-frame');
      assert.equal(moved.up, 4);
    });

  test('is over with a failure where a direction must not end', async (t) => {
    const { client, over } = pumped(t, { inspection: strict });
    client.end();
    assert.equal((await over)?.code, 'client-gone');
  });
});
