// A program that plays the internet for whoever gets there: TLS, SSH's banner, DNS over TLS and QUIC's first answer.
// Must not know who asks. Arguments: a certificate and its key.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const [certFile = '', keyFile = ''] = process.argv.slice(2);
const tls = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (socket) => {
  socket.on('error', () => {});
});
tls.on('tlsClientError', () => {});
const ssh = createServer((socket) => {
  socket.on('error', () => {});
  socket.write('SSH-2.0-world\r\n');
});
const resolver = createServer((socket) => void socket.on('error', () => {}));
const quic = createSocket('udp6');
// RFC 8999 section 6: version 0, the connection identifiers swapped, and what is spoken.
quic.on('message', (packet, { port, address }) => {
  const [to, from] = [packet.subarray(6, 14), packet.subarray(15, 23)];
  const answer = [
    Buffer.of(0x80, 0, 0, 0, 0, from.length),
    from,
    Buffer.of(to.length),
    to,
    Buffer.of(0, 0, 0, 1),
  ];
  quic.send(Buffer.concat(answer), port, address);
});
tls.listen(443);
ssh.listen(22);
resolver.listen(853);
quic.bind(443);
await Promise.all([tls, ssh, resolver, quic].map((each) => once(each, 'listening')));
process.stdout.write('the world is there\n');
