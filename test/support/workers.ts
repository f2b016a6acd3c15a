// The workers of a test gate, as its record tells of them, and a connection to each.
// Must not know what is tried with them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { GateEvent } from '../../src/core/record/events.ts';
import type { TestGate } from './gate.ts';
import { type InsideWish, inside, type Office } from './office.ts';
import type { RawConnection } from './raw-client.ts';
import type { TestScope } from './test-scope.ts';
import { until, untilTrue } from './until.ts';

/** A worker that has started and not ended. */
export interface LiveWorker {
  readonly number: number;
  readonly pid: number;
  readonly stream: string;
}

/** By their numbers. */
export function liveWorkers(gate: Pick<TestGate, 'events'>): readonly LiveWorker[] {
  const live = new Map<number, LiveWorker>();
  for (const event of gate.events()) {
    if (event.kind !== 'gate') continue;
    const { worker, pid, stream } = event.detail;
    const number = Number(worker);
    if (event.what === 'worker-started')
      live.set(number, { number, pid: Number(pid), stream: String(stream) });
    if (event.what === 'worker-ended' && live.get(number)?.pid === pid) live.delete(number);
  }
  return [...live.values()].toSorted((a, b) => a.number - b.number);
}

/** Kills a worker as the system would; resolves with what the record says of its end. */
export async function killWorker(gate: TestGate, { pid }: LiveWorker): Promise<GateEvent['detail']> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has come to an end of its own.
  }
  const isEnd = (event: { kind: string }): boolean =>
    event.kind === 'gate' && Reflect.get(event, 'what') === 'worker-ended' && detailOf(event)['pid'] === pid;
  return detailOf(await gate.event(isEnd));
}

function detailOf(event: object): GateEvent['detail'] {
  const detail: unknown = Reflect.get(event, 'detail');
  return typeof detail === 'object' && detail !== null ? { ...detail } : {};
}

/** Waits until so many serve. */
export async function untilServing(gate: TestGate, count: number): Promise<void> {
  await untilTrue(() => liveWorkers(gate).length === count, `${count} workers do not serve`);
}

/** The worker that has decided a request with this path. */
export async function workerOf(gate: TestGate, path: string): Promise<LiveWorker> {
  const { decision } = await gate.pair((event) => event.request?.path === path);
  const [stream] = decision.id.split('-');
  const found = liveWorkers(gate).find((worker) => worker.stream === stream);
  assert.ok(found !== undefined, `no worker that lives writes ${decision.id}`);
  return found;
}

/** Something open in a worker. */
export interface Held {
  readonly worker: LiveWorker;
  readonly connection: RawConnection;
}

/** Asks for a path of its own, on a connection that stays open; resolves with the path. */
export async function askOnce(connection: RawConnection): Promise<{ path: string; status: number }> {
  const path = `/asked-${randomUUID()}`;
  await connection.send(`GET ${path} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
  const { status } = await connection.readAnswer();
  return { path, status };
}

/** One connection with a served request in each of so many workers. */
export async function oneInEach(
  t: TestScope,
  office: Office,
  { workers, ...wish }: InsideWish & { readonly workers: number },
): Promise<readonly Held[]> {
  const held = new Map<number, Held>();
  // Which worker accepts is up to the system; it does not keep to one.
  for (let attempt = 0; held.size < workers && attempt < 200; attempt += 1) {
    const connection = await inside(t, office, wish);
    const { path } = await askOnce(connection);
    const worker = await workerOf(office.gate, path);
    if (held.has(worker.number)) connection.socket.destroy();
    else held.set(worker.number, { worker, connection });
  }
  return until(() => (held.size === workers ? [...held.values()] : null), 'not every worker accepts');
}
