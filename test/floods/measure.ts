// What a flood costs the others: a member's requests while it runs, the gate's CPU and memory, and what the gate says of it.
// Must not know any single flood.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSeconds, residentBytes } from '../../bench/lab.ts';
import type { GateProcess } from '../support/gate.ts';
import { withScope } from '../support/own-scope.ts';
import { pause } from '../support/pace.ts';
import { type RawConnection, tunnel } from '../support/raw-client.ts';

/** A member's requests from one place: milliseconds of each that was answered, and how many were not. */
export interface Probed {
  readonly ms: readonly number[];
  readonly lost: number;
}

export interface Measured {
  /** From another address, on a new tunnel each time. */
  readonly elsewhere: Probed;
  /** From the flood's own address, on a tunnel that stood before. */
  readonly here: Probed;
  /** Cores of the gate's CPU. */
  readonly cpu: number;
  readonly megabytes: { readonly before: number; readonly peak: number; readonly after: number };
  /** What the gate's metrics counted meanwhile, most first. */
  readonly did: readonly (readonly [what: string, count: number])[];
}

const EVERY_MS = 25;
/** A probe that takes longer is lost. */
const PATIENCE_MS = 5_000;
/** For what was refused to be let go of, and for V8 to tidy up. */
const REST_MS = 3_000;
const GET = 'GET /member HTTP/1.1\r\nHost: github.com\r\n\r\n';

/** Measures while `load` runs. */
export async function measured(gate: GateProcess, load: () => Promise<void>): Promise<Measured> {
  const countsBefore = await countsOf(gate);
  const standing = await withScope(async () => openTunnel(gate, {}));
  const before = residentBytes(gate.pid);
  let peak = before;
  const watching = setInterval(() => {
    peak = Math.max(peak, residentBytes(gate.pid));
  }, 200);
  const cpuBefore = cpuSeconds(gate.pid);
  const startMs = performance.now();
  const running = { isOver: false };
  const probing = Promise.all([
    probe(running, () => askElsewhere(gate)),
    probe(running, pipelined(standing)),
  ]);
  await load();
  running.isOver = true;
  const cpu = ((cpuSeconds(gate.pid) - cpuBefore) / (performance.now() - startMs)) * 1_000;
  const [elsewhere, here] = await probing;
  standing.socket.destroy();
  await pause(REST_MS);
  clearInterval(watching);
  const after = residentBytes(gate.pid);
  const did = difference(countsBefore, await countsOf(gate));
  return { elsewhere, here, cpu, megabytes: inMegabytes({ before, peak, after }), did };
}

/** The value below which so many of a hundred lie. */
export function percentile({ ms }: Probed, hundredths: number): number {
  const sorted = [...ms].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * hundredths) / 100))] ?? Number.NaN;
}

/** Asks at fixed times, whether the last answer is there or not: a gate that stands still shows in every one of them. */
async function probe(running: { readonly isOver: boolean }, ask: () => Promise<void>): Promise<Probed> {
  const ms: number[] = [];
  let lost = 0;
  const asked: Promise<void>[] = [];
  for (let dueMs = performance.now(); !running.isOver; dueMs += EVERY_MS) {
    await pause(Math.max(0, dueMs - performance.now()));
    asked.push(
      inTime(ask()).then(
        () => void ms.push(performance.now() - dueMs),
        () => {
          lost += 1;
        },
      ),
    );
  }
  await Promise.all(asked);
  return { ms, lost };
}

async function inTime(asked: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
  });
  await Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

async function askElsewhere(gate: GateProcess): Promise<void> {
  const connection = await openTunnel(gate, { localAddress: '127.0.0.2' });
  try {
    await ask(connection);
  } finally {
    connection.socket.destroy();
  }
}

/** Each request is sent at once, and its answer read after those before it. */
function pipelined(connection: RawConnection): () => Promise<void> {
  let before: Promise<unknown> = Promise.resolve();
  return async () => {
    const sending = connection.send(GET);
    const answered = before.then(() => sending).then(() => connection.readAnswer());
    before = answered.catch(() => undefined);
    const { status } = await answered;
    if (status !== 200) throw new Error(`the member was answered ${status}`);
  };
}

async function ask(connection: RawConnection): Promise<void> {
  await connection.send(GET);
  const { status } = await connection.readAnswer();
  if (status !== 200) throw new Error(`the member was answered ${status}`);
}

function openTunnel(gate: GateProcess, wish: { readonly localAddress?: string }): Promise<RawConnection> {
  const scope = { after: () => undefined };
  return tunnel(scope, 'github.com:443', { proxyPort: gate.port('open'), ca: gate.caPem, ...wish });
}

const COUNTED = /^gatewright_(failures_total|answers_total|challenges_total)\{([^}]*)\} (\d+)$/;

/** Failures by code, answers of the gate by status and challenges (407, 429), as its metrics have them. */
async function countsOf(gate: GateProcess): Promise<ReadonlyMap<string, number>> {
  const token = readFileSync(join(gate.dir, 'admin-token'), 'utf8').trim();
  const answer = await fetch(`${gate.adminUrl}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const counts = new Map<string, number>();
  for (const line of (await answer.text()).split('\n')) {
    const [, metric, labels = '', count] = COUNTED.exec(line) ?? [];
    const label = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1];
    const status = label('by') === 'gate' ? label('status') : undefined;
    const answered = status === undefined ? undefined : `answered ${status}`;
    const what = metric === 'challenges_total' ? 'challenged' : (label('code') ?? answered);
    if (what !== undefined) counts.set(what, (counts.get(what) ?? 0) + Number(count));
  }
  return counts;
}

function difference(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly (readonly [string, number])[] {
  return [...after]
    .map(([what, count]) => [what, count - (before.get(what) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .sort(([, one], [, other]) => other - one);
}

function inMegabytes(bytes: Measured['megabytes']): Measured['megabytes'] {
  const whole = (value: number): number => Math.round(value / 1e6);
  return { before: whole(bytes.before), peak: whole(bytes.peak), after: whole(bytes.after) };
}
