// A port of this machine that leads through a proxy's CONNECT to one destination: for clients that know no proxies.
// Must not know what is said through it.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TestScope } from './test-scope.ts';

/** The bridge's port on 127.0.0.1; it is closed when the scope ends. */
export async function bridgeThrough(t: TestScope, proxyPort: number, authority: string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const proxy = connect(proxyPort, '127.0.0.1');
    for (const [one, other] of [
      [client, proxy],
      [proxy, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    proxy.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
    let head = '';
    const readHead = (piece: Buffer): void => {
      head += piece.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      proxy.off('data', readHead);
      client.write(Buffer.from(head.slice(end + 4), 'latin1'));
      client.pipe(proxy).pipe(client);
    };
    proxy.on('data', readHead);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
