// The main process of a gate that runs in workers: it binds the listeners, reads what people edit, keeps the workers up
// and in step, and answers administrators. It carries no traffic, and must not know how traffic is carried.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { RunningGate } from '../acts.ts';
import type { AllowlistWatch } from '../allowlist/allowlist-watch.ts';
import { type Authority, openAuthority } from '../authority/authority.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';
import type { Settings } from '../core/settings/settings.ts';
import { Crew } from '../crew/crew.ts';
import type { WorkerOrders } from '../crew/messages.ts';
import { FIRST_SHARED_FD } from '../crew/worker-process.ts';
import { leadsToGate } from '../gateway/upstream/own-places.ts';
import { openAdmin } from './admin.ts';
import { startAllowlistWatch } from './allowlist.ts';
import { bindShared, type SharedSockets } from './bind-shared.ts';
import { caSettled, reloadBoth } from './ca.ts';
import { systemClock } from './clock.ts';
import { CrewWatch } from './crew-watch.ts';
import { leafOptions, wayUpstream } from './data-path.ts';
import { gateActs } from './gate-acts.ts';
import { type OpenedSources, openSources } from './identity.ts';
import { Opening, oneStop } from './opening.ts';
import { type AdminPlace, adminPlace, gatePlaces } from './places.ts';
import { type OperatorStream, openRecord, type Record } from './record.ts';
import { failed, listenTrouble } from './trouble.ts';

export interface FleetOptions {
  readonly log?: OperatorStream;
  /** Where the output of workers goes. */
  readonly workerOutput: 'inherit' | 'ignore';
}

interface Opened {
  readonly settings: Settings;
  readonly record: Record;
  readonly sources: OpenedSources;
  readonly sockets: SharedSockets;
  readonly authority: Authority;
  readonly allowlist: AllowlistWatch | null;
  readonly adminPlace: AdminPlace;
}

/** Opens the gate with all its workers, or nothing. */
export async function startFleet(
  settings: Settings,
  options: FleetOptions = { workerOutput: 'inherit' },
): Promise<Result<RunningGate, Trouble>> {
  const opening = new Opening();
  const opened = await openMain(settings, options, opening);
  if (!opened.ok) return opening.giveUp(opened.error);
  const { record, authority, sockets, sources, allowlist } = opened.value;
  const { crew, watch } = assembleCrew(opened.value, options);
  opening.undoBy(() => crew.stop(0));
  const stopFollowing = record.stamp.onChange(() => void crew.change({ policy: sentPolicy(record) }));
  opening.undoBy(stopFollowing);
  sources.follow((states) => void crew.change({ sources: states }));
  const acts = gateActs({
    ...{ settings, record, places: sockets.places, crew: watch, caPem: () => authority.caPem },
    ...{ connections: () => watch.connections(), clock: systemClock, allowlist },
    reload: () =>
      reloadBoth({
        ...opened.value,
        tellCrew: (authority) => (authority === null ? crew.settled() : crew.change({ authority })),
      }),
  });
  const admin = await openAdmin(settings, acts);
  if (!admin.ok) return opening.giveUp(admin.error);
  opening.undoBy(() => admin.value.close());
  // Opened before the workers: where it listens is no destination of theirs.
  opened.value.adminPlace.port = admin.value.port;
  const trouble = await crew.start();
  if (trouble !== null) return opening.giveUp(failed(`Cannot open the gate: ${trouble}.`));
  watch.open();
  record.tellStart(settings);
  return ok({
    ...gatePlaces(settings, { listeners: sockets.places, adminPort: admin.value.port }),
    // A worker that ends is replaced, and a record that fails is resumed.
    broken: new Promise(() => undefined),
    ...acts,
    stop: oneStop(() =>
      closeAll(opened.value, { crew, watch, closeAdmin: () => admin.value.close(), stopFollowing }),
    ),
  });
}

/** What the main process itself has open. `opening` learns of each part how it is closed. */
async function openMain(
  settings: Settings,
  options: FleetOptions,
  opening: Opening,
): Promise<Result<Opened, Trouble>> {
  const record = await openRecord(settings, options.log ?? process.stderr);
  if (!record.ok) return record;
  opening.undoBy(() => record.value.close());
  const settled = await caSettled(settings);
  if (!settled.ok) return settled;
  const sockets = await bindShared(settings.listeners);
  if (!sockets.ok) return err(listenTrouble(sockets.error));
  opening.undoBy(() => sockets.value.close());
  // It signs nothing here: it is what the workers open too, so that a CA that is wrong is refused before they try.
  const authority = await openAuthority({
    dir: settings.ca.dir,
    clock: systemClock,
    options: leafOptions({ settings, limits: settings.limits }, sockets.value.places),
  });
  if (!authority.ok) return err(failed(authority.error.detail));
  const { log } = record.value;
  const sources = await openSources(settings, log);
  if (!sources.ok) return sources;
  opening.undoBy(() => sources.value.close());
  const place = adminPlace(settings);
  const way = wayUpstream({
    ...{ settings, limits: settings.limits, authority: authority.value },
    isGate: (address, port) => leadsToGate([...sockets.value.places, place], address, port),
  });
  if (!way.ok) return way;
  const allowlist = startAllowlistWatch(settings.allowlist, {
    record: record.value,
    dialer: way.value.dialer,
  });
  opening.undoBy(() => allowlist?.close());
  return ok({
    allowlist,
    settings,
    record: record.value,
    sockets: sockets.value,
    authority: authority.value,
    sources: sources.value,
    adminPlace: place,
  });
}

function assembleCrew(
  { settings, record, sockets, sources, adminPlace: place }: Opened,
  { workerOutput }: FleetOptions,
): { readonly crew: Crew; readonly watch: CrewWatch } {
  const size = settings.workers === 'auto' ? availableParallelism() : settings.workers;
  const listeners = sockets.places.map(({ port }, index) => ({ index, port, fd: FIRST_SHARED_FD + index }));
  const watch = new CrewWatch(record);
  const crew = new Crew({
    size,
    program: { file: WORKER_FILE, fds: sockets.fds, output: workerOutput },
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

interface Acting {
  readonly crew: Crew;
  readonly watch: CrewWatch;
  readonly stopFollowing: () => void;
  closeAdmin(): Promise<void>;
}

async function closeAll(opened: Opened, acting: Acting): Promise<void> {
  const { settings, record, sockets, sources, allowlist } = opened;
  const { crew, watch, stopFollowing, closeAdmin } = acting;
  allowlist?.close();
  // Nobody waits at a door behind which everybody leaves.
  sockets.close();
  await crew.stop(settings.limits.drainTimeoutMs + STOP_GRACE_MS);
  await closeAdmin();
  sources.close();
  stopFollowing();
  watch.close();
  record.close();
}

function sentPolicy({ stamp }: Record): WorkerOrders['policy'] {
  const { document, revision } = stamp.current();
  return { document, revision };
}

const WORKER_FILE = fileURLToPath(new URL('../../bin/worker.js', import.meta.url));
/** What a worker may take to close after its drain is over. */
const STOP_GRACE_MS = 5_000;
