// Puts a gate together from its settings: every room is opened, introduced to the others, and closed again in order.
// Must not know how any of them works.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { startAdmin } from '../admin/admin-server.ts';
import { loadAdminToken } from '../admin/admin-token.ts';
import type { AllowlistWatch } from '../allowlist/allowlist-watch.ts';
import { type Authority, openAuthority } from '../authority/authority.ts';
import type { RunningGate, Trouble } from '../cli/shell.ts';
import { ClientLimit } from '../core/base/rate-limit.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { GateContext } from '../gateway/context.ts';
import { Dialer } from '../gateway/dial.ts';
import { Gateway } from '../gateway/gateway.ts';
import { bindListeners, type Listeners } from '../gateway/listeners.ts';
import { GateResolver, systemLookup } from '../gateway/resolve.ts';
import { UpstreamPool } from '../gateway/upstream-pool.ts';
import type { Clock } from '../ports.ts';
import { adminDoors } from './admin-doors.ts';
import { startAllowlistWatch } from './allowlist.ts';
import { systemClock } from './clock.ts';
import { type OpenedIdentity, openIdentity } from './identity.ts';
import { type OperatorStream, openRecord, type Record } from './record.ts';
import { failed, listenTrouble, thrownTrouble } from './trouble.ts';

/** Everything that was opened, and is closed in reverse. */
interface Opened {
  readonly settings: Settings;
  readonly record: Record;
  readonly listeners: Listeners;
  readonly identity: OpenedIdentity | null;
  readonly authority: Authority;
  readonly clock: Clock;
}

export interface GateSurroundings {
  readonly log?: OperatorStream;
  /** The time of decisions and their records. */
  readonly clock?: Clock;
}

/** Opens the gate, or nothing; whatever was opened on the way to a trouble is closed again. */
export async function startGate(
  settings: Settings,
  { log = process.stderr, clock = systemClock }: GateSurroundings = {},
): Promise<Result<RunningGate, Trouble>> {
  const closing: (() => Promise<void> | void)[] = [];
  const giveUp = async (trouble: Trouble): Promise<Result<RunningGate, Trouble>> => {
    for (const close of closing.toReversed()) await close();
    return err(trouble);
  };
  const record = openRecord(settings, log);
  if (!record.ok) return record;
  closing.push(() => record.value.close());
  const identity = openIdentity(settings, record.value.log);
  if (!identity.ok) return giveUp(identity.error);
  closing.push(() => identity.value?.close());
  const bound = await bindListeners(
    settings.listeners.map((listener) => ({
      ...listener,
      host: listener.proxy.address,
      port: listener.proxy.port,
    })),
  );
  if (!bound.ok) return giveUp(listenTrouble(bound.error));
  closing.push(() => bound.value.close());
  const authority = await openAuthority({
    dir: settings.ca.dir,
    clock: systemClock,
    options: leafOptions(settings, bound.value, record.value),
  });
  if (!authority.ok) return giveUp(failed(authority.error.detail));
  const opened = {
    settings,
    record: record.value,
    listeners: bound.value,
    identity: identity.value,
    authority: authority.value,
    clock,
  };
  const roots = readRoots(settings);
  if (!roots.ok) return giveUp(roots.error);
  const context = gateContext(opened, roots.value);
  const gateway = new Gateway(context, bound.value);
  closing.push(() => gateway.stop());
  const allowlist = startAllowlistWatch(settings.allowlist, { record: record.value, dialer: context.dialer });
  closing.push(() => allowlist?.close());
  const admin = await openAdmin(opened, { gateway, allowlist });
  if (!admin.ok) return giveUp(admin.error);
  record.value.tellStart(settings);
  return ok(runningGate(opened, { gateway, allowlist, admin: admin.value }));
}

function leafOptions(
  settings: Settings,
  listeners: Listeners,
  record: Record,
): Parameters<typeof openAuthority>[0]['options'] {
  const [first] = listeners.places;
  const host = first === undefined || ANY_ADDRESS.has(first.host) ? hostname() : first.host;
  return {
    crlUrl:
      settings.ca.crlUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${first?.port ?? 0}/ca.crl`,
    leafDays: settings.ca.leafDays,
    cache: {
      hosts: settings.limits.leafCache,
      perMinute: settings.limits.leavesPerMinute,
      refusalsPerMinute: settings.limits.refusalLeavesPerMinute,
    },
    onSigned: (leaf) => record.tellSigned(leaf),
  };
}

function gateContext(opened: Opened, roots: readonly string[]): GateContext {
  const { settings, record, listeners, authority } = opened;
  const { limits, upstream } = settings;
  const resolver = new GateResolver({
    map: upstream.resolve,
    allowPrivate: upstream.allowPrivate,
    clock: systemClock,
    timeoutMs: limits.resolveTimeoutMs,
    cacheMs: limits.resolveCacheMs,
    lookup: systemLookup,
  });
  const isGate: GateContext['isGate'] = (address, port) => listeners.isOwn(address, port);
  const ownCas = () => authority.signingPems;
  const dialer = new Dialer({ resolver, roots, ownCas, clock: systemClock, limits, isGate });
  const prefix = randomBytes(4).readUInt32BE().toString(36);
  let count = 0;
  return {
    policy: record.stamp,
    audit: record.audit,
    metrics: record.metrics,
    clock: opened.clock,
    resolver,
    leaves: authority,
    identity: opened.identity,
    printer: record.printer,
    log: record.log,
    limits,
    handshakes: handshakeLimit(limits.handshakesPerSecond),
    refusal: settings.refusal,
    dialer,
    upstream: new UpstreamPool(dialer, systemClock, limits),
    nextId: () => {
      count += 1;
      return `${prefix}-${count.toString(36)}`;
    },
    isGate,
  };
}

/** A client that was quiet may begin what two seconds allow at once: browsers open their connections together. */
export function handshakeLimit(perSecond: number): ClientLimit {
  return new ClientLimit({ burst: 2 * perSecond, perSecond }, () => systemClock.monotonic());
}

function readRoots(settings: Settings): Result<readonly string[], Trouble> {
  const { roots } = settings.upstream;
  if (roots === 'system') {
    const system = tls.getCACertificates('system');
    return ok(system.length > 0 ? system : tls.getCACertificates('bundled'));
  }
  const pems: string[] = [];
  for (const file of roots) {
    try {
      const found = readFileSync(file, 'utf8').match(CERTIFICATE_PEM) ?? [];
      if (found.length === 0)
        return err(failed(`Cannot trust the roots in "${file}": it holds no PEM certificate.`));
      pems.push(...found);
    } catch (error) {
      return err(thrownTrouble(`Cannot read the roots in "${file}"`, error));
    }
  }
  return ok(pems);
}

const CERTIFICATE_PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

async function openAdmin(
  opened: Opened,
  running: Pick<RunningParts, 'gateway' | 'allowlist'>,
): Promise<Result<{ readonly port: number; close(): Promise<void> }, Trouble>> {
  const { listen, tokenFile, auditorTokenFile, metrics, hosts } = opened.settings.admin;
  try {
    mkdirSync(join(tokenFile, '..'), { recursive: true, mode: 0o700 });
    const tokens = {
      admin: loadAdminToken(tokenFile),
      auditor: auditorTokenFile === null ? null : loadAdminToken(auditorTokenFile),
    };
    return ok(
      await startAdmin({ listen, tokens, metrics, hosts, doors: adminDoors({ ...opened, ...running }) }),
    );
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
    if (typeof code === 'string' && code.startsWith('EADDR')) {
      return err(listenTrouble({ listener: 'admin', address: `${listen.address}:${listen.port}`, code }));
    }
    return err(thrownTrouble('Cannot open the admin API', error));
  }
}

/** What runs, once everything is open. */
interface RunningParts {
  readonly gateway: Gateway;
  readonly allowlist: AllowlistWatch | null;
  readonly admin: { readonly port: number; close(): Promise<void> };
}

function runningGate(opened: Opened, running: RunningParts): RunningGate {
  const { settings, listeners, record, identity } = opened;
  const stop = async (): Promise<void> => {
    await running.allowlist?.close();
    await running.gateway.stop();
    await running.admin.close();
    await identity?.close();
    record.close();
  };
  let stopping: Promise<void> | null = null;
  return {
    listeners: listeners.places.map(({ name, host, port, credentials, proxyProtocol }) => ({
      name,
      url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
      credentials,
      proxyProtocol: proxyProtocol.length > 0,
    })),
    adminUrl: `http://${settings.admin.listen.address}:${running.admin.port}`,
    caFile: join(settings.ca.dir, 'ca.pem'),
    auditDir: settings.audit.dir,
    // Nothing breaks by itself: a bug ends the process, and a record that fails is resumed.
    broken: new Promise(() => undefined),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
    reload: async () => {
      const authority = await opened.authority.reload();
      if (!authority.ok) return err(failed(authority.error.detail));
      const reloaded = record.policy.reload();
      if (!reloaded.ok) return err({ kind: 'invalid', faults: reloaded.error });
      return ok({ revision: reloaded.value.revision });
    },
  };
}
