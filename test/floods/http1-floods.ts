// Floods of connections and of HTTP/1, at the proxy port and inside tunnels, by one client.
// Must not know how they are measured.
import { connectThrough, openRaw, type RawConnection, tunnel } from '../support/raw-client.ts';
import { type Attacker, type Flood, hold, pour, together } from './flood.ts';

const LOOPS = 32;
const HELD = 900;
const HOST = 'github.com';
const TLS = { rejectUnauthorized: false };
const WRONG = Buffer.from('dave:wrong-guess').toString('base64');
const HELLO_BEGINS = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01]);
const BLOCKED = `GET /settings/tokens HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;

export const HTTP1_FLOODS: readonly Flood[] = [
  {
    name: 'connections beyond the limit',
    unit: 'connections',
    run: (attacker) => hold(attacker, { count: 2_500, open: () => openRaw(attacker.scope, attacker.port) }),
  },
  {
    name: 'connections opened and closed',
    unit: 'connections',
    run: (attacker) =>
      together(attacker, LOOPS, async () => {
        const connection = await openRaw(attacker.scope, attacker.port);
        attacker.sent(1);
        connection.socket.destroy();
      }),
  },
  {
    name: 'TLS handshakes',
    unit: 'handshakes',
    run: (attacker) =>
      together(attacker, LOOPS, async () => {
        attacker.sent(1);
        (await open(attacker, HOST)).socket.destroy();
      }),
  },
  slow(
    'slowloris at the CONNECT',
    ({ scope, port }) => openRaw(scope, port),
    'CONNECT github.com:443 HTTP/1.1\r\n',
  ),
  {
    name: 'slowloris inside tunnels',
    unit: 'connections',
    run: (attacker) =>
      hold(attacker, {
        count: 300,
        open: () => open(attacker, HOST),
        tick: ({ socket }) => socket.write('G'),
      }),
  },
  {
    name: 'TLS hellos that do not end',
    unit: 'connections',
    run: (attacker) =>
      hold(attacker, {
        count: HELD,
        open: async () => {
          const wish = { proxyPort: attacker.port };
          const { connection } = await connectThrough(attacker.scope, `${HOST}:443`, wish);
          await connection.send(HELLO_BEGINS);
          return connection;
        },
        tick: ({ socket }) => socket.write(Buffer.alloc(1)),
      }),
  },
  slow(
    'PROXY headers that do not end',
    ({ scope, balancedPort }) => openRaw(scope, balancedPort),
    'PROXY TCP4 ',
  ),
  {
    name: 'slow bodies',
    unit: 'connections',
    run: (attacker) =>
      hold(attacker, {
        count: 300,
        open: async () => {
          const connection = await open(attacker, HOST);
          await connection.send(`POST /slow HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1000000\r\n\r\n`);
          return connection;
        },
        tick: ({ socket }) => socket.write('x'),
      }),
  },
  {
    name: 'slow readers of large answers',
    unit: 'connections',
    run: (attacker) =>
      hold(attacker, {
        count: 100,
        open: async () => {
          const connection = await open(attacker, HOST);
          connection.socket.pause();
          await connection.send(`GET /bytes/1000000000 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
          return connection;
        },
      }),
  },
  {
    name: 'pipelines of refused requests, answers read',
    unit: 'requests',
    run: (attacker) => pipelines(attacker, 'read'),
  },
  {
    name: 'pipelines of refused requests, answers not read',
    unit: 'requests',
    run: (attacker) => pipelines(attacker, 'unread'),
  },
  {
    name: 'wrong proxy passwords (407, 429)',
    unit: 'requests',
    run: (attacker) => asked(attacker, attacker.staffPort, () => `Proxy-Authorization: Basic ${WRONG}\r\n`),
  },
  {
    name: 'no proxy password (407)',
    unit: 'requests',
    run: (attacker) => asked(attacker, attacker.staffPort, () => ''),
  },
  {
    name: 'CONNECTs to names nobody allowed (403)',
    unit: 'requests',
    run: (attacker) => connects(attacker, (at) => `n${at}.nobody.example:443`),
  },
  {
    name: 'requests for another host (421)',
    unit: 'requests',
    run: (attacker) =>
      together(attacker, LOOPS, async () => {
        const connection = await open(attacker, HOST);
        attacker.sent(1);
        await connection.send('GET / HTTP/1.1\r\nHost: gist.github.com\r\n\r\n');
        await connection.readToEnd();
      }),
  },
  {
    name: 'leaves for many refused names',
    unit: 'handshakes',
    run: (attacker) => newNames(attacker, 'github.dev'),
  },
  {
    name: 'leaves for many allowed names',
    unit: 'handshakes',
    run: (attacker) => newNames(attacker, HOST),
  },
  {
    name: 'heads of 64 KiB, targets beyond the limit',
    unit: 'requests',
    run: (attacker) =>
      together(attacker, LOOPS, async (at) => {
        const connection = await openRaw(attacker.scope, attacker.port);
        attacker.sent(1);
        const long = 'a'.repeat(at % 2 === 0 ? 70_000 : 20_000);
        await connection.send(
          at % 2 === 0
            ? `GET http://${HOST}/ HTTP/1.1\r\nHost: ${HOST}\r\nX: ${long}\r\n\r\n`
            : `GET http://${HOST}/${long} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
        );
        await connection.readToEnd();
      }),
  },
  {
    name: 'requests as fast as they are answered',
    unit: 'requests',
    run: (attacker) =>
      together(attacker, LOOPS, async () => {
        const connection = await open(attacker, HOST);
        while (!attacker.isOver()) {
          attacker.sent(1);
          await connection.send(`GET /x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
          await connection.readAnswer();
        }
      }),
  },
];

function open({ scope, port }: Attacker, host: string): Promise<RawConnection> {
  return tunnel(scope, `${host}:443`, { proxyPort: port, ca: '', tls: TLS });
}

/** Many connections that each begin something and go on with a byte now and then. */
function slow(name: string, dial: (attacker: Attacker) => Promise<RawConnection>, begins: string): Flood {
  return {
    name,
    unit: 'connections',
    run: (attacker) =>
      hold(attacker, {
        count: HELD,
        open: async () => {
          const connection = await dial(attacker);
          await connection.send(begins);
          return connection;
        },
        tick: ({ socket }) => socket.write('x'),
      }),
  };
}

function pipelines(attacker: Attacker, answers: 'read' | 'unread'): Promise<void> {
  return together(attacker, 8, async () => {
    const connection = await open(attacker, HOST);
    connection.socket.removeAllListeners('data');
    if (answers === 'read') connection.socket.resume();
    else connection.socket.pause();
    const piece = Buffer.from(BLOCKED.repeat(100));
    await pour(attacker, connection, { piece: () => piece, units: 100 });
  });
}

/** CONNECTs one after another on connections that stay. */
function asked(attacker: Attacker, port: number, lines: () => string): Promise<void> {
  return together(attacker, LOOPS, async () => {
    const connection = await openRaw(attacker.scope, port);
    while (!attacker.isOver()) {
      attacker.sent(1);
      await connection.send(`CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\n${lines()}\r\n`);
      await connection.readAnswer('CONNECT_REFUSED');
    }
  });
}

function connects(attacker: Attacker, authority: (at: number) => string): Promise<void> {
  let names = 0;
  return together(attacker, LOOPS, async () => {
    names += 1;
    attacker.sent(1);
    const wish = { proxyPort: attacker.port };
    const { connection } = await connectThrough(attacker.scope, authority(names), wish);
    connection.socket.destroy();
  });
}

function newNames(attacker: Attacker, under: string): Promise<void> {
  let names = 0;
  return together(attacker, LOOPS, async () => {
    names += 1;
    attacker.sent(1);
    (await open(attacker, `n${names}.${under}`)).socket.destroy();
  });
}
