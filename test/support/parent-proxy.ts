// A proxy between the gate and the world, and a route that leads through it, as a company has one before the gate can
// reach anything. It connects to whatever it is asked for. Must not know what goes through it.
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Route } from '../../src/ports.ts';
import { listening } from './listening.ts';
import type { TestScope } from './test-scope.ts';

export interface ParentProxy {
  /** What it was asked for, `ADDRESS:PORT`, in order. */
  readonly asked: string[];
  /** The connections that it led on, by now. */
  readonly led: number;
  /** Answers every CONNECT with this status from now on; null leads on. */
  refuses(status: number | null): void;
  readonly route: Route;
}

export async function startParentProxy(t: TestScope): Promise<ParentProxy> {
  const asked: string[] = [];
  let refusal: number | null = null;
  let led = 0;
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Socket) => {
    asked.push(request.url ?? '');
    client.on('error', () => client.destroy());
    if (refusal !== null) {
      client.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    led += 1;
    const [, address = '', port = ''] = /^\[?([^\]]*)\]?:(\d+)$/.exec(request.url ?? '') ?? [];
    const onward = connect({ host: address, port: Number(port), allowHalfOpen: true }, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(onward).pipe(client);
    });
    onward.on('error', () => client.destroy());
  });
  const port = await listening(t, server);
  return {
    asked,
    get led() {
      return led;
    },
    refuses: (status) => {
      refusal = status;
    },
    route: routeThrough(port),
  };
}

function routeThrough(port: number): Route {
  return {
    connect: (_target, [endpoint]) =>
      new Promise((resolve) => {
        const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
        const fail = (detail: string): void => {
          socket.destroy();
          resolve({ ok: false, error: { code: 'connect-failed', detail } });
        };
        socket.on('error', (error) => fail(error.message));
        socket.write(`CONNECT ${endpoint?.address}:${endpoint?.port} HTTP/1.1\r\nHost: upstream\r\n\r\n`);
        let head = Buffer.alloc(0);
        // Read as it stands, so that whoever takes the socket begins to read it.
        const read = (): void => {
          const piece: Buffer | null = socket.read();
          if (piece === null) return;
          head = Buffer.concat([head, piece]);
          const end = head.indexOf('\r\n\r\n');
          if (end < 0) return;
          socket.off('readable', read);
          const [line = ''] = head.toString('latin1').split('\r\n');
          if (!line.startsWith('HTTP/1.1 200')) {
            fail(`the parent proxy said ${line}`);
            return;
          }
          const early = head.subarray(end + 4);
          if (early.length > 0) socket.unshift(early);
          resolve({ ok: true, value: socket });
        };
        socket.on('readable', read);
      }),
  };
}
