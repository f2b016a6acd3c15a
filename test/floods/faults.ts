// Faults and loads whose cost is a figure: large bodies past a reader that pauses, a gate without descriptors, a stampede
// for one new name. Must not know how they are shown.
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { residentBytes, residentBytesOfEach } from '../../bench/lab.ts';
import { gateSays } from '../support/gate-answers.ts';
import { openHttp2 } from '../support/http2-client.ts';
import { pause } from '../support/pace.ts';
import { openRaw, type RawConnection, tunnel } from '../support/raw-client.ts';
import type { TestScope } from '../support/test-scope.ts';
import { untilDone } from '../support/until.ts';
import { openStage, type Stage } from './stage.ts';

export interface FaultFigures {
  readonly seen: string;
  readonly seconds: number;
  readonly megabytes: { readonly before: number; readonly peak: number; readonly after: number };
}

export interface Fault {
  readonly name: string;
  readonly run: (
    scope: TestScope,
    wish: { readonly gigabytes: number },
  ) => Promise<{ readonly figures: FaultFigures; readonly wrong: string | null }>;
}

const HOST = 'github.com';
const SPLICED = 'docs.example.org';
/** What a large body may add to the memory of a worker. */
const GROWTH_MEGABYTES = 64;
const PIECE = Buffer.alloc(256 * 1024, 'x');
/** The reader pauses so often, and for so long. */
const PAUSE_EVERY = 64 << 20;
const PAUSE_MS = 20;
const REST_MS = 3_000;
const WARM_CONNECTIONS = 8;
const WARM_BYTES = 50e6;

export const FAULTS: readonly Fault[] = [
  large('down over HTTP/1.1', (stage, bytes) => downHttp1(stage, { bytes, host: HOST })),
  large('up over HTTP/1.1', upHttp1),
  large('down over HTTP/2', downHttp2),
  large('up over HTTP/2', upHttp2),
  large('down through a splice', (stage, bytes) => downHttp1(stage, { bytes, host: SPLICED })),
  { name: 'file descriptors run out at 256', run: outOfDescriptors },
  { name: '500 clients at once for a new name', run: stampede },
];

/** A body of so many gigabytes; the work resolves with the bytes that arrived. */
function large(name: string, work: (stage: Stage, bytes: number) => Promise<number>): Fault {
  return {
    name: `a large body ${name}`,
    run: async (scope, { gigabytes }) => {
      const stage = await openStage(scope);
      // What is compiled and allocated once in each worker must not count for the body.
      await Promise.all(Array.from({ length: WARM_CONNECTIONS }, () => work(stage, WARM_BYTES)));
      const bytes = gigabytes * 1e9;
      const { figures, growth, result } = await watched(stage, () => work(stage, bytes));
      await stage.gate.stop();
      const seen = `${result / 1e9} GB arrived, ${(result / 1e9 / figures.seconds).toFixed(2)} GB/s`;
      const wrong =
        result !== bytes
          ? `${result} of ${bytes} bytes arrived`
          : growth > GROWTH_MEGABYTES
            ? `the memory of a worker grew by ${growth} MB`
            : null;
      return { figures: { ...figures, seen }, wrong };
    },
  };
}

interface Watched<T> {
  readonly figures: Omit<FaultFigures, 'seen'>;
  /** Megabytes by which the process grew that grew most. */
  readonly growth: number;
  readonly result: T;
}

async function watched<T>({ gate }: Stage, work: () => Promise<T>): Promise<Watched<T>> {
  const first = residentBytesOfEach(gate.pid);
  const before = sumOf(first);
  let peak = before;
  let growth = 0;
  const watching = setInterval(() => {
    const now = residentBytesOfEach(gate.pid);
    peak = Math.max(peak, sumOf(now));
    for (const [pid, bytes] of now) growth = Math.max(growth, bytes - (first.get(pid) ?? 0));
  }, 100);
  const startMs = performance.now();
  const result = await work();
  const seconds = (performance.now() - startMs) / 1_000;
  await pause(REST_MS);
  clearInterval(watching);
  const after = residentBytes(gate.pid);
  const whole = (bytes: number): number => Math.round(bytes / 1e6);
  const megabytes = { before: whole(before), peak: whole(peak), after: whole(after) };
  return { figures: { seconds, megabytes }, growth: whole(growth), result };
}

function sumOf(bytes: ReadonlyMap<number, number>): number {
  return [...bytes.values()].reduce((sum, each) => sum + each, 0);
}

const FOREVER: TestScope = { after: () => undefined };

function open(stage: Stage, host: string, alpn: readonly string[]): ReturnType<typeof tunnel> {
  const ca = `${stage.gate.caPem}\n${stage.upstreamRoots}`;
  return tunnel(FOREVER, `${host}:443`, { proxyPort: stage.gate.port('open'), ca, alpn });
}

/** Counts what comes, and pauses now and then, so that the gate must wait with what it has. */
async function countPausing(from: Duplex, bytes: number): Promise<number> {
  let received = 0;
  let unpaused = 0;
  return new Promise((resolve) => {
    from.on('data', (piece: Buffer) => {
      received += piece.length;
      unpaused += piece.length;
      if (received >= bytes) resolve(received);
      if (unpaused < PAUSE_EVERY) return;
      unpaused = 0;
      from.pause();
      setTimeout(() => from.resume(), PAUSE_MS);
    });
    from.once('close', () => resolve(received));
  });
}

async function downHttp1(
  stage: Stage,
  { bytes, host }: { readonly bytes: number; readonly host: string },
): Promise<number> {
  const connection = await open(stage, host, ['http/1.1']);
  await connection.send(`GET /bytes/${bytes} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const { socket } = connection;
  socket.removeAllListeners('data');
  const [first] = await once(socket, 'data');
  const head = first.indexOf('\r\n\r\n') + 4;
  const rest = first.length - head;
  const received = rest + (await countPausing(socket, bytes - rest));
  socket.destroy();
  return received;
}

async function upHttp1(stage: Stage, bytes: number): Promise<number> {
  const connection = await open(stage, HOST, ['http/1.1']);
  await connection.send(`POST /up HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${bytes}\r\n\r\n`);
  await writeAll(connection.socket, bytes);
  const answer = await connection.readAnswer();
  connection.socket.destroy();
  return Number(answer.body.toString());
}

async function downHttp2(stage: Stage, bytes: number): Promise<number> {
  const connection = await open(stage, HOST, ['h2']);
  const session = await openHttp2(FOREVER, connection.socket, HOST);
  session.setLocalWindowSize(8 << 20);
  const stream = session.request({ ':path': `/bytes/${bytes}` });
  const received = await countPausing(stream, bytes);
  session.destroy();
  return received;
}

async function upHttp2(stage: Stage, bytes: number): Promise<number> {
  const connection = await open(stage, HOST, ['h2']);
  const session = await openHttp2(FOREVER, connection.socket, HOST);
  const stream = session.request({ ':path': '/up', ':method': 'POST' }, { endStream: false });
  const answered = (async () => {
    let text = '';
    for await (const piece of stream) text += String(piece);
    return Number(text);
  })();
  await writeAll(stream, bytes);
  stream.end();
  const received = await answered;
  session.destroy();
  return received;
}

async function writeAll(to: Duplex, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; ) {
    const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
    left -= piece.length;
    if (!to.write(piece)) await once(to, 'drain');
  }
}

async function outOfDescriptors(scope: TestScope): ReturnType<Fault['run']> {
  const stage = await openStage(scope, ['prlimit', '--nofile=256:256']);
  const proxyPort = stage.gate.port('open');
  const { figures, result } = await watched(stage, async () => {
    const held: RawConnection[] = [];
    for (let at = 0; at < 600; at += 1) held.push(await openRaw(FOREVER, proxyPort));
    const told = await Promise.all(held.map(connectTold));
    for (const { socket } of held) socket.destroy();
    const freedMs = performance.now();
    await untilDone(async () => (await open(stage, HOST, ['http/1.1'])).socket.destroy());
    const backMs = performance.now() - freedMs;
    const count = (what: string): number => told.filter((each) => each === what).length;
    return { backMs, refused: count('503 overloaded'), closed: count('closed'), served: count('200') };
  });
  await stage.gate.stop();
  const { served, refused, closed, backMs } = result;
  const seen = `of 600 connections ${served} got a tunnel, ${refused} a 503, ${closed} were closed; served again after ${backMs.toFixed(0)} ms`;
  return { figures: { ...figures, seen }, wrong: refused + closed === 0 ? 'nobody was refused' : null };
}

async function connectTold(connection: RawConnection): Promise<string> {
  try {
    await connection.send(`CONNECT ${SPLICED}:443 HTTP/1.1\r\nHost: ${SPLICED}:443\r\n\r\n`);
    const answer = await connection.readAnswer('CONNECT');
    return answer.status === 200 ? '200' : `${answer.status} ${gateSays(answer.headers).code}`;
  } catch {
    return 'closed';
  }
}

async function stampede(scope: TestScope): ReturnType<Fault['run']> {
  const stage = await openStage(scope);
  const host = 'gist.github.com';
  const { figures, result } = await watched(stage, async () => {
    const asks = Array.from({ length: 500 }, async () => {
      const connection = await open(stage, host, ['http/1.1']);
      await connection.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const { status } = await connection.readAnswer();
      connection.socket.destroy();
      return status;
    });
    const statuses = await Promise.all(asks);
    return statuses.filter((status) => status === 200).length;
  });
  const leaves = stage.gate
    .events()
    .filter((event) => event.kind === 'gate' && event.what === 'leaf-signed').length;
  await stage.gate.stop();
  const wrong = result === 500 ? null : `${500 - result} clients were not served`;
  return { figures: { ...figures, seen: `${result} were served, ${leaves} leaf signed` }, wrong };
}
