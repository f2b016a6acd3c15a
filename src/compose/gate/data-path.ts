// The data path of one worker: the way upstream, and the gateway in front of listeners that are bound already.
// Must not know how many processes there are, nor who reads files and who is told.
import { hostname } from 'node:os';
import { type Authority, type AuthorityOptions, openAuthority } from '../../authority/authority.ts';
import type { SignedLeaf } from '../../authority/signed-leaf.ts';
import { ClientLimit } from '../../core/base/rate-limit.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Limits } from '../../core/settings/limits.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { GateContext } from '../../gateway/context.ts';
import type { BoundListener, Listeners } from '../../gateway/door/listeners.ts';
import { type Elsewhere, Gateway } from '../../gateway/gateway.ts';
import { Dialer } from '../../gateway/upstream/dial.ts';
import { directRoute } from '../../gateway/upstream/direct.ts';
import { leadsToGate, type OwnPlace, ownNames } from '../../gateway/upstream/own-places.ts';
import { GateResolver, isInterfaceAddress } from '../../gateway/upstream/resolve.ts';
import { systemLookup } from '../../gateway/upstream/system-lookup.ts';
import { UpstreamPool } from '../../gateway/upstream/upstream-pool.ts';
import type { ClientNotices, Clock, IdentitySource, PolicySource, Route } from '../../ports.ts';
import { systemClock } from '../clock.ts';
import type { Journal } from '../record/record.ts';
import { failed } from '../trouble.ts';
import { readRoots } from './roots.ts';

export interface DataPathParts {
  readonly settings: Settings;
  /** Of this process: a share of the settings' own where there are several. */
  readonly limits: Limits;
  readonly listeners: Listeners;
  readonly authority: Authority;
  /** Where this gate listens besides: its admin API. Asked anew, since a free port is known once it is open. */
  readonly listensToo: () => readonly OwnPlace[];
  readonly policy: PolicySource;
  readonly journal: Journal;
  /** Null when no listener requires credentials. */
  readonly identity: IdentitySource | null;
  /** The time of decisions. */
  readonly clock?: Clock | undefined;
  /** How upstream is reached; directly, where none is given. */
  readonly route?: Route | undefined;
  /** Hears of clients that somebody should look after. */
  readonly notices: ClientNotices;
  /** Connections that other workers of the gate serve. */
  readonly elsewhere: Elsewhere;
}

/** Serves the listeners from then on. */
export function openGateway(parts: DataPathParts): Result<Gateway, Trouble> {
  const { settings, limits, listeners, authority, route } = parts;
  const isGate: GateContext['isGate'] = (address, port) =>
    leadsToGate([...listeners.places, ...parts.listensToo()], address, port);
  const way = wayUpstream({ settings, limits, isGate, route, authority });
  if (!way.ok) return way;
  // Pages are asked for in HTTP alone.
  const ports = listeners.places.flatMap(({ door, port }) => (door === 'proxy' ? [port] : []));
  const { crlUrl } = leafOptions(settings, limits, listeners.places);
  const names = ownNames({ machine: hostname(), ports, crlUrl });
  const context = gateContext(parts, { ...way.value, ownNames: names });
  return ok(new Gateway(context, listeners, parts.elsewhere));
}

/** Where a listener is, and what is spoken there. */
type DoorPlace = Pick<BoundListener, 'door' | 'host' | 'port'>;

/** Opens the CA that signs the leaves of one worker. */
export async function openSigner(parts: {
  readonly settings: Settings;
  readonly limits: Limits;
  readonly places: readonly DoorPlace[];
  readonly onSigned?: ((leaf: SignedLeaf) => void) | undefined;
}): Promise<Result<Authority, Trouble>> {
  const { settings, limits, places, onSigned } = parts;
  const options = { ...leafOptions(settings, limits, places), onSigned };
  const authority = await openAuthority({ dir: settings.ca.dir, clock: systemClock, options });
  return authority.ok ? authority : err(failed(authority.error.detail));
}

/** How this process reaches upstream. */
export interface WayUpstream extends Pick<GateContext, 'resolver' | 'dialer' | 'isGate'> {}

/** Resolves and dials as the settings say; the gate's own CA is never believed upstream. */
export function wayUpstream(parts: {
  readonly settings: Settings;
  readonly limits: Limits;
  readonly isGate: GateContext['isGate'];
  readonly authority: Authority;
  readonly route?: Route | undefined;
}): Result<WayUpstream, Trouble> {
  const { settings, limits, isGate, authority, route = directRoute(limits) } = parts;
  const roots = readRoots(settings);
  if (!roots.ok) return roots;
  const resolver = new GateResolver({
    map: settings.upstream.resolve,
    allowPrivate: settings.upstream.allowPrivate,
    clock: systemClock,
    timeoutMs: limits.resolveTimeoutMs,
    cacheMs: limits.resolveCacheMs,
    isOwn: isInterfaceAddress,
    lookup: systemLookup(),
  });
  const ownCas = () => authority.signingPems;
  const clock = systemClock;
  const dialer = new Dialer({ resolver, route, roots: roots.value, ownCas, clock, limits, isGate });
  return ok({ resolver, dialer, isGate });
}

/** How leaves are made; their revocation list is fetched from the first listener of HTTP unless the settings say where. */
function leafOptions(settings: Settings, limits: Limits, places: readonly DoorPlace[]): AuthorityOptions {
  const first = places.find(({ door }) => door === 'proxy');
  const host = first === undefined || ANY_ADDRESS.has(first.host) ? hostname() : first.host;
  return {
    crlUrl:
      settings.ca.crlUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${first?.port ?? 0}/ca.crl`,
    leafDays: settings.ca.leafDays,
    cache: {
      hosts: limits.leafCache,
      perMinute: limits.leavesPerMinute,
      refusalsPerMinute: limits.refusalLeavesPerMinute,
    },
  };
}

function gateContext(parts: DataPathParts, way: WayUpstream & Pick<GateContext, 'ownNames'>): GateContext {
  const { settings, limits, journal } = parts;
  let count = 0;
  return {
    ...way,
    policy: parts.policy,
    audit: journal.audit,
    metrics: journal.metrics,
    clock: parts.clock ?? systemClock,
    leaves: parts.authority,
    identity: parts.identity,
    printer: journal.printer,
    log: journal.log,
    notices: parts.notices,
    limits,
    handshakes: handshakeLimit(limits.handshakesPerSecond),
    refusal: settings.refusal,
    upstream: new UpstreamPool(way.dialer, systemClock, limits),
    nextId: () => {
      count += 1;
      return `${journal.stream}-${count.toString(36)}`;
    },
  };
}

/** A client that was quiet may begin what two seconds allow at once: browsers open their connections together. */
function handshakeLimit(perSecond: number): ClientLimit {
  return new ClientLimit({ burst: 2 * perSecond, perSecond }, () => systemClock.monotonic());
}

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
