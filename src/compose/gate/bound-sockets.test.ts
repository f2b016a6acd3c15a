// Binding a port that others are about to leave, and one that they keep.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { ListenerSettings } from '../../core/settings/settings.ts';
import { parseSettings } from '../../core/settings/settings-document.ts';
import { bindSockets } from './bound-sockets.ts';

async function taken(t: TestContext): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

function wanted(port: number): readonly ListenerSettings[] {
  const text = `policy: p\nlisteners: [{ name: office, proxy: "127.0.0.1:${port}" }]\n`;
  const settings = parseSettings({ text, file: 'gatewright.yaml' }, (path) => path);
  assert.ok(settings.ok);
  return settings.value.listeners;
}

test('R-53 bindSockets() waits a moment for a port that is being left', async (t) => {
  const { server, port } = await taken(t);
  const binding = bindSockets(wanted(port));
  server.close();
  const bound = await binding;
  assert.ok(bound.ok, JSON.stringify(bound));
  t.after(() => bound.value.close());
  assert.deepEqual([bound.value.places[0]?.port, bound.value.fds().length], [port, 1]);
});

test('bindSockets() says which listener wants a port that stays taken', async (t) => {
  const { port } = await taken(t);
  const bound = await bindSockets(wanted(port));
  assert.deepEqual(bound, {
    ok: false,
    error: { listener: 'office', address: `127.0.0.1:${port}`, code: 'EADDRINUSE' },
  });
});
