// A gate with nothing but the forwarding: no record, no metrics, no users, the smallest policy that still stamps.
// For the benchmark alone; it shows what the rest costs. Must not know how it is measured.
import { readFileSync } from 'node:fs';
import { type Authority, openAuthority } from '../src/authority/authority.ts';
import { ClientLimit } from '../src/core/base/rate-limit.ts';
import { compilePolicy } from '../src/core/policy/compile/compile.ts';
import { parsePolicy } from '../src/core/policy/language/parse.ts';
import type { Settings } from '../src/core/settings/settings.ts';
import { bindListeners } from '../src/gateway/door/listeners.ts';
import { Gateway } from '../src/gateway/gateway.ts';
import { Dialer } from '../src/gateway/upstream/dial.ts';
import { directRoute } from '../src/gateway/upstream/direct.ts';
import { GateResolver } from '../src/gateway/upstream/resolve.ts';
import { systemLookup } from '../src/gateway/upstream/system-lookup.ts';
import { UpstreamPool } from '../src/gateway/upstream/upstream-pool.ts';
import type { AuditSink, ClientNotices, Clock, Log, MetricSink } from '../src/ports.ts';
import { readSettingsFile } from '../src/settings/settings-file.ts';

const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
const nothing = (): void => undefined;
const audit: AuditSink = { write: () => true, healthy: () => true };
const metrics: MetricSink = {
  connectionOpened: nothing,
  connectionClosed: nothing,
  decided: nothing,
  answered: nothing,
  took: nothing,
  challenged: nothing,
  moved: nothing,
  failed: nothing,
  vendorSaid: nothing,
};
const notices: ClientNotices = { leafRefused: nothing };
const log: Log = { info: nothing, warn: nothing, error: nothing };

const [settingsFile = '', policyFile = ''] = process.argv.slice(2);
const settings = readSettingsFile(settingsFile);
if (!settings.ok) throw new Error(`Cannot read ${settingsFile}`);
await serve(settings.value, policyFile);

async function serve(settings: Settings, file: string): Promise<void> {
  const { limits, upstream, listeners } = settings;
  const document = parsePolicy({ text: readFileSync(file, 'utf8'), file }, { timeZone: 'UTC' });
  if (!document.ok) throw new Error(`Cannot read ${file}`);
  const policy = compilePolicy(document.value, { revision: 'bare' });
  const authority = await openCa(settings);
  const bound = await bindListeners(
    listeners.map(({ at, ...rest }) => ({
      ...rest,
      credentials: 'none',
      host: at.address,
      port: at.port,
    })),
  );
  if (!bound.ok) throw new Error(bound.error.code);
  const resolver = new GateResolver({
    map: upstream.resolve,
    allowPrivate: [],
    clock,
    timeoutMs: limits.resolveTimeoutMs,
    cacheMs: limits.resolveCacheMs,
    isOwn: () => false,
    lookup: systemLookup(),
  });
  const roots = upstream.roots === 'system' ? [] : upstream.roots.map((root) => readFileSync(root, 'utf8'));
  const own = { isGate: (): boolean => false, ownNames: new Set<string>() };
  const ownCas = () => authority.signingPems;
  const dialer = new Dialer({ resolver, roots, ownCas, clock, limits, route: directRoute(limits), ...own });
  let count = 0;
  new Gateway(
    {
      policy: { current: () => policy, onChange: () => nothing },
      ...{ audit, metrics, clock, resolver, log, notices, limits, dialer, ...own },
      handshakes: new ClientLimit({ burst: 1e9, perSecond: 1e9 }, () => clock.monotonic()),
      leaves: authority,
      identity: null,
      printer: { print: () => '' },
      refusal: settings.refusal,
      upstream: new UpstreamPool(dialer, clock, limits),
      nextId: () => {
        count += 1;
        return String(count);
      },
    },
    bound.value,
  );
}

async function openCa(settings: Settings): Promise<Authority> {
  const authority = await openAuthority({
    dir: settings.ca.dir,
    clock,
    options: {
      crlUrl: 'http://127.0.0.1/ca.crl',
      leafDays: settings.ca.leafDays,
      cache: { hosts: 100, perMinute: 1_000, refusalsPerMinute: 60 },
      onSigned: nothing,
    },
  });
  if (!authority.ok) throw new Error(authority.error.detail);
  return authority.value;
}
