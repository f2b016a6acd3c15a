// A body whose reader goes away. Must not know who reads it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import test from 'node:test';
import { feed } from './_feed.ts';

for (const [name, error] of [
  ['ends', undefined],
  ['breaks', new Error('EPIPE')],
] as const) {
  test(`feed() reads a body to its end when its reader ${name} within it`, async () => {
    const message = new PassThrough();
    const input = new Writable({
      write: (_chunk, _encoding, done) => {
        input.destroy(error);
        done();
      },
    });
    const closed = new Promise<void>((resolve) => void input.once('close', resolve));
    feed(message, input);
    message.write('first');
    await closed;
    message.end('rest');
    await once(message, 'end');
    assert.equal(message.readableLength, 0);
  });
}
