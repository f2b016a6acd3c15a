// Puts a gate of one process together from its settings: every room is opened, introduced to the others, and closed again
// in order. Must not know how any of them works.

import type { RunningGate } from '../acts.ts';
import type { AllowlistWatch } from '../allowlist/allowlist-watch.ts';
import type { Authority } from '../authority/authority.ts';
import { ok, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';
import type { Settings } from '../core/settings/settings.ts';
import { bindListeners } from '../gateway/door/listeners.ts';
import type { Clock, IdentitySource, Route } from '../ports.ts';
import { openAdmin } from './admin.ts';
import { startAllowlistWatch } from './allowlist.ts';
import { caSettled, reloadBoth } from './ca.ts';
import { systemClock } from './clock.ts';
import { type DataPath, openDataPath } from './data-path.ts';
import { gateActs } from './gate-acts.ts';
import { type FollowedIdentity, followedIdentity } from './identity.ts';
import { Opening, oneStop } from './opening.ts';
import { adminPlace, gatePlaces } from './places.ts';
import { keepSealed, type OperatorStream, openRecord, type Record } from './record.ts';
import { listenTrouble } from './trouble.ts';

/** What stands once the gate runs; closed in this order. */
interface Opened extends DataPath {
  readonly settings: Settings;
  readonly admin: { close(): Promise<void> };
  readonly identity: FollowedIdentity;
  readonly record: Record;
  readonly allowlist: AllowlistWatch | null;
  readonly stopSealing: () => void;
}

export interface GateSurroundings {
  readonly log?: OperatorStream;
  /** The time of decisions and their records. */
  readonly clock?: Clock;
  /** How upstream is reached; directly, where none is given. */
  readonly route?: Route | undefined;
  /** Asked in place of the sources that the settings name. */
  readonly identity?: IdentitySource | undefined;
}

/** Opens the gate, or nothing; whatever was opened on the way to a trouble is closed again. */
export async function startGate(
  settings: Settings,
  { log = process.stderr, clock = systemClock, route, identity: other }: GateSurroundings = {},
): Promise<Result<RunningGate, Trouble>> {
  const opening = new Opening();
  const record = await openRecord(settings, log);
  if (!record.ok) return record;
  opening.undoBy(() => record.value.close());
  const settled = await caSettled(settings);
  if (!settled.ok) return opening.giveUp(settled.error);
  const identity = await followedIdentity(settings, record.value.log);
  if (!identity.ok) return opening.giveUp(identity.error);
  opening.undoBy(() => identity.value.close());
  const bound = await bindListeners(
    settings.listeners.map(({ at, ...rest }) => ({ ...rest, host: at.address, port: at.port })),
  );
  if (!bound.ok) return opening.giveUp(listenTrouble(bound.error));
  opening.undoBy(() => bound.value.close());
  const place = adminPlace(settings);
  const path = await openDataPath({
    ...{ settings, limits: settings.limits, listeners: bound.value },
    ...{ policy: record.value.stamp, journal: record.value },
    ...{ identity: other ?? identity.value.stack, clock, route, listensToo: () => [place] },
  });
  if (!path.ok) return opening.giveUp(path.error);
  const { gateway, authority, ...way } = path.value;
  opening.undoBy(() => gateway.stop());
  const allowlist = startAllowlistWatch(settings.allowlist, { ...way, record: record.value });
  opening.undoBy(() => allowlist?.close());
  const acts = gateActs({
    ...{ settings, record: record.value, places: bound.value.places, caPem: () => authority.caPem },
    ...{ connections: () => gateway.connections, clock, allowlist },
    reload: reloading(settings, record.value, authority),
  });
  const admin = await openAdmin(settings, acts);
  if (!admin.ok) return opening.giveUp(admin.error);
  place.port = admin.value.port;
  record.value.tellStart(settings);
  const opened = {
    ...path.value,
    ...{ settings, admin: admin.value, identity: identity.value, record: record.value, allowlist },
    stopSealing: keepSealed(record.value),
  };
  return ok({
    ...gatePlaces(settings, { listeners: bound.value.places, adminPort: admin.value.port }),
    broken: new Promise(() => undefined),
    ...acts,
    stop: oneStop(() => closeAll(opened)),
  });
}

function reloading(settings: Settings, record: Record, authority: Authority): RunningGate['reload'] {
  return () => reloadBoth({ settings, record, authority, tellCrew: async () => undefined });
}

async function closeAll(opened: Opened): Promise<void> {
  const { gateway, admin, identity, record, allowlist, stopSealing } = opened;
  allowlist?.close();
  await gateway.stop();
  await admin.close();
  await identity.close();
  stopSealing();
  record.close();
}
