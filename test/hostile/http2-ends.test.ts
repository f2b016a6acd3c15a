// What ends one stream or one connection of HTTP/2 ends nothing beside it, and the record says who ended it.
// Must not know how the gate holds its sessions.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { askHttp2 } from '../support/http2-client.ts';
import { insideHttp2, officePolicy, startOffice } from '../support/office.ts';
import type { TwinOptions } from '../support/twin.ts';
import { untilTrue } from '../support/until.ts';

const silent: { readonly answer: NonNullable<TwinOptions['answer']> } = {
  answer: (request, response) => {
    request.resume();
    if (request.url === '/quick') response.end('quick');
  },
};

test('R-57 R-67 B1 a stop leaves streams all of drainTimeout, and does not blame the client for their end', async (t) => {
  const office = await startOffice(t, { limits: { drainTimeout: '1500ms' }, twin: silent });
  const { gate, twin } = office;
  const session = await insideHttp2(t, office);
  const streamed = askHttp2(session, { ':path': '/silent' });
  await untilTrue(() => twin.requests().length === 1, 'upstream has no request');
  await gate.stop();
  assert.notEqual((await streamed).resetCode, 0);
  const { outcome } = await gate.pair(({ request }) => request?.path === '/silent');
  assert.deepEqual([outcome.failure?.side, outcome.failure?.code], ['gateway', 'draining']);
});

test('R-06 R-67 B1 a stream that is answered 421 takes none beside it along, and none after it is taken', async (t) => {
  const office = await startOffice(t, { limits: { idleTimeout: '1500ms' }, twin: silent });
  const session = await insideHttp2(t, office);
  const goneAway = once(session, 'goaway');
  const beside = askHttp2(session, { ':path': '/beside' });
  await untilTrue(() => office.twin.requests().length === 1, 'upstream has no request');
  const misdirected = await askHttp2(session, { ':path': '/x', ':authority': 'api.github.com' });
  assert.equal(misdirected.status, 421);
  const [code, last] = await goneAway;
  assert.deepEqual([code, last], [0, 3]);
  // It ends by its own limit, which is longer than anything the gate does about the session.
  assert.equal((await beside).status, 504);
  const { outcome } = await office.gate.pair(({ request }) => request?.path === '/beside');
  assert.equal(outcome.failure?.code, 'idle-timeout');
});

test('R-52 E13 an upstream session that stood before a new policy takes no request after it', async (t) => {
  const office = await startOffice(t);
  const session = await insideHttp2(t, office);
  const connectionOf = async (path: string): Promise<number | undefined> => {
    assert.equal((await askHttp2(session, { ':path': path })).status, 200);
    return office.twin.requests().find(({ target }) => target === path)?.connection;
  };
  const before = await connectionOf('/before');
  assert.equal(await connectionOf('/same'), before);
  await office.gate.setPolicy(stringify({ ...officePolicy(), inspect: ['inspected.example.org'] }));
  const after = await connectionOf('/after');
  assert.ok(after !== undefined && after !== before);
});

test('R-52 R-67 B1 streams that a new policy ends with their connection are not said to be the client’s doing', async (t) => {
  const office = await startOffice(t, { twin: silent });
  const session = await insideHttp2(t, office);
  const streamed = askHttp2(session, { ':path': '/forbidden' });
  await untilTrue(() => office.twin.requests().length === 1, 'upstream has no request');
  await office.gate.setPolicy(stringify({ ...officePolicy(), allow: ['*.example.org'] }));
  await streamed;
  const { outcome } = await office.gate.pair(({ request }) => request?.path === '/forbidden');
  assert.deepEqual([outcome.failure?.side, outcome.failure?.code], ['gateway', 'policy-changed']);
});
