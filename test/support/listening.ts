// A server of a test: on a free port of this machine, and gone with its connections when the scope ends.
// Must not know what it serves.
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { TestScope } from './test-scope.ts';

/** Listens on 127.0.0.1; resolves with the port. */
export async function listening(t: TestScope, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server of a test has a port');
  return address.port;
}
