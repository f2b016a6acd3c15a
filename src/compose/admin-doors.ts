// What the admin API is told and may ask, from the rooms that know. Must not know HTTP.
import { X509Certificate } from 'node:crypto';
import type { AdminDoors, ExplainQuestion, ReadyCheck } from '../admin/admin-doors.ts';
import type { AllowlistWatch } from '../allowlist/allowlist-watch.ts';
import type { Authority } from '../authority/authority.ts';
import { parseIpAddress } from '../core/base/ip-address.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { type Explanation, explain } from '../core/policy/explain.ts';
import { parseQuestion } from '../core/policy/question.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Listeners } from '../gateway/listeners.ts';
import type { Clock } from '../ports.ts';
import { findEvents } from '../sinks/audit-search.ts';
import { systemClock } from './clock.ts';
import type { Record } from './record.ts';
import { packageVersion } from './version.ts';

export interface DoorParts {
  readonly settings: Settings;
  readonly record: Record;
  readonly listeners: Listeners;
  readonly authority: Authority;
  readonly gateway: Gateway;
  /** The time of decisions. */
  readonly clock: Clock;
  /** Null where the settings ask for none. */
  readonly allowlist: AllowlistWatch | null;
}

export function adminDoors(parts: DoorParts): AdminDoors {
  const { settings, record, listeners, authority, gateway, allowlist } = parts;
  const startedMs = systemClock.now();
  return {
    readiness: () => readiness(parts),
    status: () => ({
      version: packageVersion(),
      startedAt: new Date(startedMs).toISOString(),
      connections: gateway.connections,
      listeners: listeners.places.map(({ name, host, port, credentials }) => ({
        name,
        address: `${host}:${port}`,
        credentials,
      })),
    }),
    policy: {
      status: () => record.policy.status(),
      reload: () => {
        const reloaded = record.policy.reload();
        return reloaded.ok ? ok(reloaded.value.revision) : reloaded;
      },
    },
    stamp: settings.admin.stampSwitch
      ? { isOn: () => record.stamp.isOn, turn: (to) => record.turnStamp(to) }
      : null,
    allowlist: allowlist === null ? null : () => allowlist.report(),
    explain: (question) => answer(parts, question),
    findEvents: (reference) => findEvents(settings.audit.dir, reference),
    metrics: async () => ({ contentType: record.metrics.contentType(), text: await record.metrics.text() }),
    caPem: authority.caPem,
  };
}

function readiness({ record, listeners, authority }: DoorParts): readonly ReadyCheck[] {
  const faults = record.policy.status().faults.length;
  return [
    {
      name: 'policy',
      ok: true,
      detail: faults === 0 ? 'in force' : `a newer text has ${faults} faults; the older policy is in force`,
    },
    {
      name: 'record',
      ok: record.audit.healthy(),
      detail: record.audit.healthy() ? 'written' : 'cannot be written; audited traffic is stopped',
    },
    { name: 'listeners', ok: listeners.places.length > 0, detail: `${listeners.places.length} open` },
    caCheck(authority),
  ];
}

function answer({ record, clock }: DoorParts, question: ExplainQuestion): Result<Explanation, string> {
  const asked = parseQuestion(question.url);
  if (!asked.ok) return asked;
  const from = question.from === null ? null : parseIpAddress(question.from);
  if (from !== null && !from.ok)
    return err(`Cannot read the address ${JSON.stringify(question.from)}: ${from.error}.`);
  const { user, groups, device, listener, method, websocket } = question;
  const client = { user, groups, from: from === null ? null : from.value, device, listener };
  return ok(
    explain(record.stamp.current(), {
      question: asked.value,
      client,
      method,
      websocket,
      nowMs: clock.now(),
    }),
  );
}

function caCheck(authority: Authority): ReadyCheck {
  const endsMs = Date.parse(new X509Certificate(authority.caPem).validTo);
  const isValid = endsMs > systemClock.now();
  return {
    name: 'ca',
    ok: isValid,
    detail: `${isValid ? 'valid until' : 'expired on'} ${new Date(endsMs).toISOString()}`,
  };
}
