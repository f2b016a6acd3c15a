// A member at work while something else goes on: one request, on a tunnel that stood before or on a new one.
// Must not know what goes on.
import assert from 'node:assert/strict';
import { type InsideWish, inside, type Office } from './office.ts';
import type { TestScope } from './test-scope.ts';

const GET = 'GET /member HTTP/1.1\r\nHost: github.com\r\n\r\n';

/** Asks for a page; rejects when the answer is any other than 200 from upstream. */
export type Ask = () => Promise<void>;

/** On a tunnel of its own, kept from now on. */
export async function memberInside(t: TestScope, office: Office, wish: InsideWish = {}): Promise<Ask> {
  const connection = await inside(t, office, wish);
  return async () => {
    await connection.send(GET);
    const answer = await connection.readAnswer();
    assert.equal(answer.status, 200, answer.body.toString());
  };
}

/** From another address than tests come from, on a new tunnel each time. */
export function memberElsewhere(t: TestScope, office: Office, wish: InsideWish = {}): Ask {
  return async () => {
    const connection = await inside(t, office, { localAddress: '127.0.0.2', ...wish });
    await connection.send(GET);
    const answer = await connection.readAnswer();
    connection.socket.destroy();
    assert.equal(answer.status, 200, answer.body.toString());
  };
}
