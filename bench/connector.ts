// Says CONNECT for a load generator that cannot: every connection to this port becomes a tunnel through the proxy.
// A process of its own on the load's core, so that its time is not the proxy's. Must not know what goes through.
import { connect, createServer, type Socket } from 'node:net';
import { connectText } from './tunnel.ts';

const [ownPort = '', proxyPort = '', authority = '', credentials = ''] = process.argv.slice(2);
const hello = connectText(authority, credentials === '' ? null : credentials);

createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
  const proxy = connect({ port: Number(proxyPort), host: '127.0.0.1', noDelay: true });
  proxy.write(hello);
  // The answer to a CONNECT is one short piece, and nothing follows it before the client has spoken.
  proxy.once('data', () => {
    pass(client, proxy);
    pass(proxy, client);
  });
}).listen({ port: Number(ownPort), host: '127.0.0.1', backlog: 4_096 });

function pass(from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    if (!to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
  from.resume();
}
