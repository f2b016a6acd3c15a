// How one contestant does one kind of work: microseconds of CPU, or bytes of memory, for each unit of it.
// Must not know who is compared with whom.
import type { TLSSocket } from 'node:tls';
import { type Contestant, type ContestantKind, ENTERPRISE } from './contestant.ts';
import { cpuSeconds, type Lab, residentBytes } from './lab.ts';
import { download, type Loaded, type Timed } from './load.ts';
import { BULK_BYTES, type Origin, SPLICED_HOST, STAMPED_HOST } from './origin.ts';
import { getText, openSecure } from './tunnel.ts';

export interface Figure {
  /** In the row's unit. */
  readonly value: number;
  /** Units of work in a second, at the load that was there; null where nothing was repeated. */
  readonly perSecond: number | null;
}

export interface Setting {
  readonly lab: Lab;
  readonly origin: Origin;
  readonly seconds: number;
}

export type Measure = (setting: Setting, kind: ContestantKind) => Promise<Figure>;

const CONNECTIONS = 50;
const IDLE_CONNECTIONS = 500;
const WARM_SECONDS = 2;

/** Microseconds of CPU for each request of a path. */
export function perRequest(work: {
  readonly side: 'stamped' | 'spliced';
  readonly path: string;
  readonly load: (lab: Lab, timed: Timed) => Promise<Loaded>;
  /** How long every process of a contestant is given to compile what it runs. */
  readonly warmSeconds?: number;
}): Measure {
  return (setting, kind) =>
    withContestant(setting, { kind, side: work.side }, async (proxy, host) => {
      const { lab, seconds } = setting;
      const timed = { proxy, host, path: work.path, connections: CONNECTIONS };
      await work.load(lab, { ...timed, seconds: work.warmSeconds ?? WARM_SECONDS });
      const before = cpuSeconds(proxy.pid);
      const { answered, perSecond } = await work.load(lab, { ...timed, seconds });
      return { value: ((cpuSeconds(proxy.pid) - before) / answered) * 1e6, perSecond };
    });
}

/** Seconds of CPU for a gibibyte, of which the better of two downloads counts. */
export function perGibibyte(side: 'stamped' | 'spliced'): Measure {
  return async (setting, kind) => {
    const { lab } = setting;
    return withContestant(setting, { kind, side }, async (proxy, host) => {
      const work = { proxy, host, path: '/1g', bytes: BULK_BYTES };
      const seconds: number[] = [];
      for (let run = 0; run < 2; run += 1) {
        const before = cpuSeconds(proxy.pid);
        await download(lab, work);
        seconds.push(cpuSeconds(proxy.pid) - before);
      }
      return { value: Math.min(...seconds), perSecond: null };
    });
  };
}

/** Kilobytes of resident memory for each intercepted connection that did a request and then waits. */
export const perIdleConnection: Measure = (setting, kind) =>
  withContestant(setting, { kind, side: 'stamped' }, async (proxy, host) => {
    // The first ones pay for what all share.
    const sockets = await openIdle(proxy, host, 50);
    const before = residentBytes(proxy.pid);
    sockets.push(...(await openIdle(proxy, host, IDLE_CONNECTIONS)));
    const held = residentBytes(proxy.pid) - before;
    for (const socket of sockets) socket.destroy();
    return { value: held / IDLE_CONNECTIONS / 1_000, perSecond: null };
  });

async function openIdle(proxy: Contestant, host: string, count: number): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  for (let at = 0; at < count; at += 1) {
    const socket = await openSecure(proxy, host);
    socket.on('error', () => undefined);
    await getText(socket, host, '/200');
    sockets.push(socket);
  }
  return sockets;
}

/** Starts a contestant of its own for the measurement, sees that it does what is compared, and ends it. */
async function withContestant(
  { lab, origin }: Setting,
  wanted: { readonly kind: ContestantKind; readonly side: 'stamped' | 'spliced' },
  measure: (proxy: Contestant, host: string) => Promise<Figure>,
): Promise<Figure> {
  const proxy = await wanted.kind.start(lab, origin);
  const host = wanted.side === 'stamped' ? STAMPED_HOST : SPLICED_HOST;
  const socket = await openSecure(proxy, host);
  const stamp = await getText(socket, host, '/stamp');
  socket.destroy();
  const expected = wanted.side === 'stamped' ? ENTERPRISE : '';
  if (stamp !== expected) throw new Error(`${wanted.kind.name} stamped ${JSON.stringify(stamp)}`);
  const figure = await measure(proxy, host);
  await proxy.stop();
  return figure;
}
