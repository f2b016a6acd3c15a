// THE ONE ROOT: puts a gate together from its settings. The main process binds the listeners, reads what people edit, keeps
// the crew up and in step, and answers whoever asks. Traffic is the crew's: processes, or, where there are none, this one.
import { availableParallelism } from 'node:os';
import type { RunningGate } from '../../acts.ts';
import type { AllowlistWatch } from '../../allowlist/allowlist-watch.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { leadsToGate } from '../../gateway/upstream/own-places.ts';
import type { Clock, IdentitySource, Route } from '../../ports.ts';
import { systemClock } from '../clock.ts';
import { type OperatorStream, openRecord } from '../record/record.ts';
import { failed, listenTrouble } from '../trouble.ts';
import { openAdmin } from './admin.ts';
import { startAllowlistWatch } from './allowlist.ts';
import { bindSockets } from './bound-sockets.ts';
import { assembleCrew, type CrewParts, type GateCrew, sentPolicy } from './crew.ts';
import { openSigner, wayUpstream } from './data-path.ts';
import { gateActs } from './gate-acts.ts';
import { openSources } from './identity.ts';
import { adminPlace, gatePlaces } from './places.ts';
import { caSettled, reloadBoth } from './reload.ts';

export interface GateOptions {
  readonly log?: OperatorStream;
  /** Processes that carry the traffic, the settings' number where none is given; 0: this one carries it. */
  readonly workers?: number | undefined;
  /** Where the output of workers goes. */
  readonly workerOutput?: 'inherit' | 'ignore';
  /** What a worker in this process has in place of its own: the time of decisions, the way upstream, whom it asks. */
  readonly clock?: Clock | undefined;
  readonly route?: Route | undefined;
  readonly identity?: IdentitySource | undefined;
}

/** What the main process has open. */
interface MainParts extends CrewParts {
  readonly allowlist: AllowlistWatch | null;
}

/** Opens the gate with its crew, or nothing: whatever was opened on the way to a trouble is closed again. */
export async function startGate(
  settings: Settings,
  options: GateOptions = {},
): Promise<Result<RunningGate, Trouble>> {
  await using opening = new AsyncDisposableStack();
  const main = await openMain(settings, options, opening);
  if (!main.ok) return main;
  const { record, sockets, adminPlace: place } = main.value;
  const staff = joinCrew(main.value, options, opening);
  const acts = actsOf(main.value, staff, options);
  const admin = await openAdmin(settings, acts);
  if (!admin.ok) return admin;
  opening.defer(() => admin.value.close());
  // Opened before the crew: where it listens is no destination of theirs.
  place.port = admin.value.port;
  opening.defer(async () => {
    main.value.allowlist?.close();
    // Nobody waits at a door behind which everybody leaves.
    sockets.close();
    await staff.crew.stop(settings.limits.drainTimeoutMs + STOP_GRACE_MS);
  });
  const trouble = await staff.crew.start();
  if (trouble !== null) return err(failed(`Cannot open the gate: ${trouble}.`));
  staff.watch.open();
  record.tellStart(settings);
  const closing = opening.move();
  return ok({
    ...gatePlaces(settings, { listeners: sockets.places, adminPort: admin.value.port }),
    // A worker that ends is replaced, a record that fails is resumed, and a bug of this process ends it.
    broken: new Promise(() => undefined),
    ...acts,
    // Asked twice, it is one stop; whoever asked later waits for the same end.
    stop: once(() => closing.disposeAsync()),
  });
}

/** `opening` learns of each part how it is closed. */
async function openMain(
  settings: Settings,
  { log = process.stderr, route }: GateOptions,
  opening: AsyncDisposableStack,
): Promise<Result<MainParts, Trouble>> {
  const { limits } = settings;
  const record = await openRecord(settings, log);
  if (!record.ok) return record;
  opening.defer(() => record.value.close());
  const settled = await caSettled(settings);
  if (!settled.ok) return settled;
  const sockets = await bindSockets(settings.listeners);
  if (!sockets.ok) return err(listenTrouble(sockets.error));
  opening.defer(() => sockets.value.close());
  const { places } = sockets.value;
  // Where processes carry the traffic they open it too, and this one signs nothing: a CA that is wrong is refused here.
  const onSigned = record.value.tellSigned;
  const authority = await openSigner({ settings, limits, places, onSigned });
  if (!authority.ok) return authority;
  const sources = await openSources(settings, record.value.log);
  if (!sources.ok) return sources;
  opening.defer(() => sources.value.close());
  const place = adminPlace(settings);
  const way = wayUpstream({
    ...{ settings, limits, route, authority: authority.value },
    isGate: (address, port) => leadsToGate([...places, place], address, port),
  });
  if (!way.ok) return way;
  const allowlist = startAllowlistWatch(settings.allowlist, { ...way.value, record: record.value });
  opening.defer(() => allowlist?.close());
  return ok({
    ...{ settings, record: record.value, sockets: sockets.value, authority: authority.value },
    ...{ sources: sources.value, allowlist, adminPlace: place },
  });
}

/** The crew, told of each change of what people edit. */
function joinCrew(main: MainParts, options: GateOptions, opening: AsyncDisposableStack): GateCrew {
  const { record, sources, settings } = main;
  const wanted = options.workers ?? settings.workers;
  const processes = wanted === 'auto' ? availableParallelism() : wanted;
  const staff = assembleCrew(main, { ...options, processes });
  opening.defer(() => staff.watch.close());
  const { crew } = staff;
  opening.defer(record.stamp.onChange(() => void crew.change({ policy: sentPolicy(record) })));
  sources.follow((states) => void crew.change({ sources: states }));
  return staff;
}

function actsOf(main: MainParts, { crew, watch }: GateCrew, { clock = systemClock }: GateOptions) {
  const { settings, record, sockets, authority, allowlist } = main;
  return gateActs({
    ...{ settings, record, places: sockets.places, crew: watch, clock, allowlist },
    caPem: () => authority.caPem,
    reload: () =>
      reloadBoth({
        ...{ settings, record, authority },
        tellCrew: (taken) => (taken === null ? crew.settled() : crew.change({ authority: taken })),
      }),
  });
}

function once(act: () => Promise<void>): () => Promise<void> {
  let acting: Promise<void> | null = null;
  return () => {
    acting ??= act();
    return acting;
  };
}

/** What a worker may take to close after its drain is over. */
const STOP_GRACE_MS = 5_000;
