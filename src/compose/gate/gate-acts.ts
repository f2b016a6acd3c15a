// What a front can ask of a gate that runs, fulfilled by the rooms that know. Must not know which front asks.
import { X509Certificate } from 'node:crypto';
import type { ExplainQuestion, GateActs, ReadyCheck, RunningGate } from '../../acts.ts';
import type { AllowlistWatch } from '../../allowlist/allowlist-watch.ts';
import { parseIpAddress } from '../../core/base/ip-address.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { type Explanation, explain } from '../../core/policy/decide/explain.ts';
import { parseQuestion } from '../../core/policy/decide/question.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { BoundListener } from '../../gateway/door/listeners.ts';
import type { Clock } from '../../ports.ts';
import { findEvents } from '../../sinks/audit-search.ts';
import type { ProcessMeasures } from '../../sinks/process-measures.ts';
import { systemClock } from '../clock.ts';
import type { Record } from '../record/record.ts';
import { packageVersion } from '../version.ts';

export interface ActParts {
  readonly settings: Settings;
  readonly record: Record;
  readonly places: readonly BoundListener[];
  caPem(): string;
  /** The time of decisions. */
  readonly clock: Clock;
  readonly reload: RunningGate['reload'];
  /** Null where the settings ask for none. */
  readonly allowlist: AllowlistWatch | null;
  readonly crew: CrewActs;
}

/** Facts of each process that carries traffic. */
export type CrewFacts = readonly { readonly [fact: string]: unknown }[];

/** What the crew of a gate answers, asked through its main process. */
export interface CrewActs {
  connections(): number;
  readiness(): readonly ReadyCheck[];
  /** Null where there are no processes besides the main one. */
  status(): CrewFacts | null;
  /** True while each worker can write its record. */
  recordHealthy(): boolean;
  /** Counters of other processes. */
  measures(): Promise<readonly ProcessMeasures[]>;
  /** Resolves once all have taken over what was changed. */
  settled(): Promise<void>;
}

export function gateActs(parts: ActParts): GateActs {
  const { settings, record, places, crew, allowlist } = parts;
  const startedMs = systemClock.now();
  return {
    readiness: () => readiness(parts),
    status: () => ({
      version: packageVersion(),
      startedAt: new Date(startedMs).toISOString(),
      connections: crew.connections(),
      ...workersOf(crew),
      listeners: places.map(({ name, door, host, port, credentials }) => ({
        name,
        door,
        address: `${host}:${port}`,
        credentials,
      })),
    }),
    policyStatus: () => record.policy.status(),
    reload: parts.reload,
    stamp: settings.admin.stampSwitch
      ? { isOn: () => record.stamp.isOn, turn: (to) => turnStamp(parts, to) }
      : null,
    allowlist: allowlist === null ? null : () => allowlist.report(),
    explain: (question) => answer(parts, question),
    findEvents: (reference) => findEvents(settings.audit.dir, reference),
    metrics: async () => ({
      contentType: record.metrics.contentType(),
      text: await record.metrics.text(await crew.measures()),
    }),
    caPem: parts.caPem,
  };
}

function workersOf(crew: CrewActs): { readonly workers?: CrewFacts } {
  const workers = crew.status();
  return workers === null ? {} : { workers };
}

async function turnStamp({ record, crew }: ActParts, to: 'on' | 'off'): Promise<void> {
  record.turnStamp(to);
  await crew.settled();
}

function readiness({ record, places, caPem, crew }: ActParts): readonly ReadyCheck[] {
  const faults = record.policy.status().faults.length;
  const isRecorded = record.audit.healthy() && crew.recordHealthy();
  return [
    {
      name: 'policy',
      ok: true,
      detail: faults === 0 ? 'in force' : `a newer text has ${faults} faults; the older policy is in force`,
    },
    {
      name: 'record',
      ok: isRecorded,
      detail: isRecorded ? 'written' : 'cannot be written; audited traffic is stopped',
    },
    { name: 'listeners', ok: places.length > 0, detail: `${places.length} open` },
    caCheck(caPem()),
    ...crew.readiness(),
  ];
}

function answer({ record, clock }: ActParts, question: ExplainQuestion): Result<Explanation, string> {
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

function caCheck(caPem: string): ReadyCheck {
  const endsMs = Date.parse(new X509Certificate(caPem).validTo);
  const isValid = endsMs > systemClock.now();
  return {
    name: 'ca',
    ok: isValid,
    detail: `${isValid ? 'valid until' : 'expired on'} ${new Date(endsMs).toISOString()}`,
  };
}
