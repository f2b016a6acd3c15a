// Upstream connections that serve one request after another: what one request left behind must not touch the next.
// Must not know the pool.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inside, startOffice } from '../support/office.ts';

const BIG = Buffer.alloc(1_048_576, 'x');

test('R-10 an answer larger than the client takes at once does not stall the next request on its connection', async (t) => {
  const office = await startOffice(t, { twin: { answer: (_request, response) => response.end(BIG) } });
  const client = await inside(t, office);
  for (const path of ['/first', '/second', '/third']) {
    await client.send(`GET ${path} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
    const answer = await client.readAnswer();
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, BIG.length);
  }
  assert.equal(new Set(office.twin.requests().map(({ connection }) => connection)).size, 1);
});
