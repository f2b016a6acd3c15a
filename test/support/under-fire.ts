// A gate under load whose processes are killed at random: what upstream saw, against what the record says when all is
// over. Must not know how the gate writes its record.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyRecord } from '../../src/sinks/audit-verify.ts';
import { readPrintKey } from '../../src/sinks/secret-printer.ts';
import { createTestAuthority } from './certificates.ts';
import { type GateFolder, type GateProcess, startGateProcess } from './gate.ts';
import { officeGate, UPSTREAM_NAMES } from './office.ts';
import { withScope } from './own-scope.ts';
import { tunnel } from './raw-client.ts';
import type { TestScope } from './test-scope.ts';
import { startTwin } from './twin.ts';
import { liveWorkers } from './workers.ts';

export interface FireWish {
  readonly rounds: number;
  readonly clients: number;
  readonly seed: number;
  readonly onRound?: (round: number, killed: 'worker' | 'main') => void;
}

export interface FireResult {
  /** Requests that upstream saw. */
  readonly seen: number;
  /** Paths of those that no decision of the record is about. */
  readonly unrecorded: readonly string[];
  /** What is wrong with the record's chains. */
  readonly faults: readonly string[];
  readonly kills: { readonly worker: number; readonly main: number };
  /** Pieces of lines that were set aside. */
  readonly torn: number;
}

/** Kills a process of the gate in each round, at a moment that upstream's count of requests sets. */
export async function underFire(t: TestScope, wish: FireWish): Promise<FireResult> {
  const authority = await createTestAuthority();
  const seen = new Seen();
  const twin = await startTwin(t, {
    tls: await authority.issue({ names: UPSTREAM_NAMES }),
    alpn: ['http/1.1'],
    answer: (request, response) => {
      seen.note(request.url ?? '');
      response.end('seen');
    },
  });
  const gateWish = {
    ...officeGate(authority, twin.port),
    limits: { drainTimeout: '1s' },
    workers: 2,
  };
  const start = (again?: GateFolder) => startGateProcess(t, gateWish, { again });
  const place = { gate: await start() };
  const random = randomFrom(wish.seed);
  const stopping = new AbortController();
  const clients = Array.from({ length: wish.clients }, (_, at) => load(at, place, stopping.signal));
  const kills = { worker: 0, main: 0 };
  for (let round = 0; round < wish.rounds; round += 1) {
    await seen.more(1 + Math.floor(random() * 40));
    const kind = round % 3 === 2 ? 'main' : 'worker';
    if (kind === 'main') place.gate = await killMain(place.gate, start);
    else killWorker(place.gate, random());
    kills[kind] += 1;
    wish.onRound?.(round + 1, kind);
  }
  await seen.more(10);
  stopping.abort();
  await Promise.all(clients);
  await place.gate.stop();
  return { ...(await judge(place.gate.dir, seen)), kills };
}

/** Kills the main process, and starts another at once: the workers of the first one are still there. */
async function killMain(
  gate: GateProcess,
  start: (again: GateFolder) => Promise<GateProcess>,
): Promise<GateProcess> {
  process.kill(gate.pid, 'SIGKILL');
  await gate.ended;
  return start(gate);
}

function killWorker(gate: GateProcess, random: number): void {
  const workers = liveWorkers(gate);
  const victim = workers[Math.floor(random * workers.length)];
  if (victim === undefined) return;
  try {
    process.kill(victim.pid, 'SIGKILL');
  } catch {
    // It has ended since the record said that it had begun.
  }
}

/** One client: a tunnel, requests on it until it breaks, and again. */
async function load(at: number, place: { gate: GateProcess }, signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn += 1) {
    try {
      await withScope(async (scope) => {
        const { gate } = place;
        const connection = await tunnel(scope, 'github.com:443', { proxyPort: gate.port(), ca: gate.caPem });
        for (let request = 0; request < 20 && !signal.aborted; request += 1) {
          await connection.send(`GET /fire-${at}-${turn}-${request} HTTP/1.1\r\nHost: github.com\r\n\r\n`);
          await connection.readAnswer();
        }
      });
    } catch {
      // Whoever it talked to was killed. Nobody may listen for a moment.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** The paths that upstream saw, and word of more. */
class Seen {
  readonly paths = new Set<string>();
  readonly #more = new EventTarget();

  note(path: string): void {
    this.paths.add(path);
    this.#more.dispatchEvent(new Event('more'));
  }

  /** Waits for so many more. */
  async more(count: number): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    for (const until = this.paths.size + count; this.paths.size < until; )
      await once(this.#more, 'more', { signal });
  }
}

async function judge(dir: string, { paths }: Seen): Promise<Omit<FireResult, 'kills'>> {
  const folder = join(dir, 'audit');
  const recorded = new Set<string>();
  const names = readdirSync(folder);
  for (const name of names.filter((each) => each.endsWith('.jsonl'))) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)) {
      const event = JSON.parse(line);
      if (event.kind === 'decision' && event.request !== null) recorded.add(event.request.path);
    }
  }
  const { faults } = await verifyRecord({ paths: [folder], key: readPrintKey(join(folder, 'print.key')) });
  return {
    seen: paths.size,
    unrecorded: [...paths].filter((path) => !recorded.has(path)),
    faults: faults.map(({ file, line, text }) => `${file}:${line}: ${text}`),
    torn: names.filter((name) => name.endsWith('.torn')).length,
  };
}

/** Numbers from 0 to 1 by a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Throws with everything that is wrong, and how to see it again. */
export function assertAllRecorded({ unrecorded, faults, seen }: FireResult, seed: number): void {
  assert.ok(seen > 0);
  assert.deepEqual({ unrecorded, faults }, { unrecorded: [], faults: [] }, `seed ${seed}`);
}
