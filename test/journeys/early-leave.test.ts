// Clients that leave between the steps of a connection: nothing waits for them until a time limit.
// Must not know the steps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atProxy, startOffice } from '../support/office.ts';

test('R-54 a client that leaves while its splice is dialed is let go at once', async (t) => {
  const office = await startOffice(t, { limits: { sniffTimeout: '60s' } });
  const connection = await atProxy(t, office);
  await connection.send('CONNECT a.example.org:443 HTTP/1.1\r\nHost: a.example.org:443\r\n\r\n');
  connection.socket.end();
  await connection.readToEnd();
  const { outcome } = await office.gate.pair((event) => event.destination === 'a.example.org:443');
  assert.equal(outcome.failure?.code, 'client-gone');
  assert.ok(outcome.ms < 30_000);
});
