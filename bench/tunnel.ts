// A CONNECT through a proxy, and TLS inside it. Must not know which proxy.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Contestant } from './contestant.ts';

/** The line and headers that ask a proxy for a tunnel, ready to be sent. */
export function connectText(authority: string, credentials: string | null): string {
  const proof =
    credentials === null
      ? ''
      : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proof}\r\n`;
}

/** Opens a tunnel to port 443; rejects when the proxy refuses it. */
async function openTunnel(proxy: Contestant, host: string): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.write(connectText(`${host}:443`, proxy.credentials));
  const [answer] = await once(socket, 'data');
  if (!String(answer).startsWith('HTTP/1.1 200')) throw new Error(`CONNECT ${host}: ${String(answer)}`);
  return socket;
}

/** A TLS connection through the proxy to a host. Whose certificate it shows is not looked at: speed is measured here. */
export async function openSecure(proxy: Contestant, host: string): Promise<TLSSocket> {
  const socket = await openTunnel(proxy, host);
  const secure = connectTls({
    socket,
    servername: host,
    checkServerIdentity: () => undefined,
    ...ANY_CERTIFICATE,
  });
  await once(secure, 'secureConnect');
  return secure;
}

/** Sends a request for a small path and gives the body of its answer. */
export async function getText(socket: TLSSocket, host: string, path: string): Promise<string> {
  let text = '';
  const whole = new Promise<void>((resolve, reject) => {
    const onData = (piece: Buffer): void => {
      text += piece.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? Number.NaN);
      if (end < 0 || text.length < end + 4 + length) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData);
    socket.once('close', () => reject(new Error(`${host}${path}: closed after ${JSON.stringify(text)}`)));
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await whole;
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}

const ANY_CERTIFICATE = { rejectUnauthorized: false };
