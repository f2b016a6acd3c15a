// How many connections the admin API holds: it must not use up what the gate needs to read its policy.
// Must not know requests beyond their begin and end.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps a server to `most` connections. Over it, the one that has gone longest without a request makes room, so that whoever
 * opens many and asks nothing locks nobody out; where all of them ask, the new one is closed.
 */
export function limitConnections(server: Server, most: number): void {
  // In the order in which they fell idle.
  const idle = new Set<Socket>();
  const asking = new Map<Socket, number>();
  server.on('connection', (socket) => {
    idle.add(socket);
    socket.once('close', () => {
      idle.delete(socket);
      asking.delete(socket);
    });
    if (idle.size + asking.size <= most) return;
    const [oldest = socket] = idle;
    oldest.destroy();
    // Its close is told later; it holds no descriptor any more.
    idle.delete(oldest);
  });
  server.on('request', ({ socket }, response) => {
    idle.delete(socket);
    asking.set(socket, (asking.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (asking.get(socket) ?? 1) - 1;
      if (left > 0) return void asking.set(socket, left);
      asking.delete(socket);
      if (!socket.destroyed) idle.add(socket);
    });
  });
}
