// Tests of connections that come before anybody serves them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { until, untilTrue } from '../../../test/support/until.ts';
import { bindListeners } from './listeners.ts';

test('R-53 a connection that is reset before it is served ends nobody', async (t) => {
  const bound = await bindListeners([
    { name: 'open', door: 'proxy', host: '127.0.0.1', port: 0, credentials: 'none', proxyProtocol: [] },
  ]);
  assert.ok(bound.ok);
  const listeners = bound.value;
  t.after(() => listeners.close());
  const client = connect({ port: listeners.places[0]?.port ?? 0, host: '127.0.0.1' });
  await once(client, 'connect');
  await untilTrue(() => listeners.open === 1, 'it did not arrive');
  client.resetAndDestroy();
  await untilTrue(() => listeners.open === 0, 'its end was not seen');
  const served: unknown[] = [];
  listeners.serve((socket) => served.push(socket));
  const other = connect({ port: listeners.places[0]?.port ?? 0, host: '127.0.0.1' });
  await until(() => served[1] ?? null, 'the next one is not served');
  other.destroy();
  listeners.cut();
});
