// The watch over GitHub's list, introduced to the gate's own way upstream. Must not know how either works.
// One for the whole gate, however many processes serve it.
import { AllowlistWatch } from '../../allowlist/allowlist-watch.ts';
import { fetchPublished } from '../../allowlist/fetch-published.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { GatewayFailure } from '../../gateway/failure.ts';
import type { Dialer } from '../../gateway/upstream/dial.ts';
import { systemClock } from '../clock.ts';
import type { Record } from '../record/record.ts';

/** Starts it where the settings ask for it; null where they do not. */
export function startAllowlistWatch(
  settings: Settings['allowlist'],
  parts: { readonly record: Record; readonly dialer: Dialer },
): AllowlistWatch | null {
  const { meta: place, everyMs, categories } = settings;
  if (place === null) return null;
  const { record, dialer } = parts;
  const open = async () => {
    const dialed = await dialer.tls({ host: place.host, port: place.port, offers: ['http/1.1'] });
    return dialed instanceof GatewayFailure ? { detail: `${dialed.code}: ${dialed.detail}` } : dialed.socket;
  };
  return new AllowlistWatch({
    url: place.url,
    everyMs,
    categories,
    fetch: (etag, signal) => fetchPublished({ place, etag, signal, open }),
    policy: record.policy,
    clock: systemClock,
    log: record.log,
    metrics: record.metrics,
    tellDrift: (detail) => record.tellDrift(detail),
    random: Math.random,
    later: (ms, act) => {
      const timer = setTimeout(act, ms).unref();
      return () => clearTimeout(timer);
    },
  });
}
