// The crew of a gate as its main process has it: workers in processes of their own, or, where there are none, one in the
// main process. Both hear the same words. Must not know what a worker does, nor who is told of it.
import { fileURLToPath } from 'node:url';
import type { Authority } from '../../authority/authority.ts';
import { err, ok } from '../../core/base/result.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { Crew, type CrewOptions } from '../../crew/crew.ts';
import type { WorkerOrders } from '../../crew/messages.ts';
import { WorkerInMain } from '../../crew/worker-in-main.ts';
import { FIRST_SHARED_FD, WorkerProcess } from '../../crew/worker-process.ts';
import { bindListeners } from '../../gateway/door/listeners.ts';
import { systemClock } from '../clock.ts';
import type { Record } from '../record/record.ts';
import { listenTrouble } from '../trouble.ts';
import type { BoundSockets } from './bound-sockets.ts';
import { CrewWatch } from './crew-watch.ts';
import { GateWorker, type Ground } from './gate-worker.ts';
import type { OpenedSources } from './identity.ts';
import type { AdminPlace } from './places.ts';

/** What the main process has open for its crew. */
export interface CrewParts {
  readonly settings: Settings;
  readonly record: Record;
  readonly sources: OpenedSources;
  readonly sockets: BoundSockets;
  readonly authority: Authority;
  readonly adminPlace: AdminPlace;
}

export interface CrewWish extends Pick<Ground, 'clock' | 'route' | 'identity'> {
  /** None: the main process does the work. */
  readonly processes: number;
  /** Where the output of processes goes. */
  readonly workerOutput?: 'inherit' | 'ignore' | undefined;
}

export interface GateCrew {
  readonly crew: Crew;
  readonly watch: CrewWatch;
}

/** A crew that has not started. */
export function assembleCrew(parts: CrewParts, wish: CrewWish): GateCrew {
  const { settings, record, sockets, sources, adminPlace: place } = parts;
  const size = Math.max(1, wish.processes);
  const listeners = sockets.places.map(({ port }, index) => ({ index, port, fd: FIRST_SHARED_FD + index }));
  const watch = new CrewWatch(record, wish.processes);
  const crew = new Crew({
    size,
    hire: wish.processes === 0 ? hireInMain(parts, wish) : hireProcess(parts, wish),
    clock: systemClock,
    orders: (number) => ({
      ...{ number, workers: size, settings, listeners, adminPort: place.port },
      policy: sentPolicy(record),
      sources: sources.current(),
    }),
    onReady: (worker) => watch.ready(worker),
    onEnded: (worker, end, againInMs) => watch.ended(worker, end, againInMs),
    onMessage: (message, worker) => watch.heard(message, worker),
  });
  watch.follow(crew);
  return { crew, watch };
}

/** The policy in force, for workers to compile. */
export function sentPolicy({ stamp }: Record): WorkerOrders['policy'] {
  const { document, revision } = stamp.current();
  return { document, revision };
}

function hireProcess({ sockets }: CrewParts, { workerOutput = 'inherit' }: CrewWish): CrewOptions['hire'] {
  const program = { file: WORKER_FILE, fds: sockets.fds(), output: workerOutput };
  return (number, onMessage) => new WorkerProcess(number, program, { nowMs: systemClock.now(), onMessage });
}

/** It stands on what the main process has: one stream of the record, one CA in memory, the sockets themselves. */
function hireInMain(parts: CrewParts, { clock, route, identity }: CrewWish): CrewOptions['hire'] {
  const { record: journal, authority, sockets } = parts;
  return (number, hear) => {
    const work = new GateWorker({
      say: (message) => {
        hear(message, worker);
        if (message.kind === 'trouble') worker.giveUp();
      },
      ground: async () => {
        const listeners = await bindListeners(sockets.take());
        if (!listeners.ok) return err(listenTrouble(listeners.error));
        const ground = { journal, authority, listeners: listeners.value, clock, route, identity };
        return ok({ keptBy: 'main', ...ground });
      },
    });
    const worker = new WorkerInMain(number, systemClock.now(), work);
    return worker;
  };
}

const WORKER_FILE = fileURLToPath(new URL('../../../bin/worker.js', import.meta.url));
