// What is written about the gate, and the policy whose revisions it names: record, metrics, log, policy file.
// Must not know what the gate does.
import { join } from 'node:path';
import type { SignedLeaf } from '../authority/signed-leaf.ts';
import type { Trouble } from '../cli/shell.ts';
import { faultText } from '../core/base/document.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { AllowlistDriftDetail, GateEvent } from '../core/record/events.ts';
import type { Settings } from '../core/settings/settings.ts';
import { openPolicyFile, type PolicyFile } from '../settings/policy-file.ts';
import { StampSwitch } from '../settings/stamp-switch.ts';
import { AuditFile } from '../sinks/audit-file.ts';
import { Metrics } from '../sinks/metrics.ts';
import { OperatorLog } from '../sinks/operator-log.ts';
import { KeyedPrinter, loadPrintKey } from '../sinks/secret-printer.ts';
import { systemClock } from './clock.ts';
import { thrownTrouble } from './trouble.ts';
import { packageVersion } from './version.ts';

export interface Record {
  readonly policy: PolicyFile;
  /** The policy as the gate asks it: with the stamp on, or switched off for a while. */
  readonly stamp: StampSwitch;
  readonly audit: AuditFile;
  readonly metrics: Metrics;
  readonly printer: KeyedPrinter;
  readonly log: OperatorLog;
  tellStart(settings: Settings): void;
  turnStamp(to: 'on' | 'off'): void;
  tellSigned(leaf: SignedLeaf): void;
  tellDrift(detail: AllowlistDriftDetail): void;
  /** Writes that the gate stops, and closes. */
  close(): void;
}

/** Where the operator's lines go. */
export interface OperatorStream {
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

/** Opens the record and the policy; a policy that is wrong at the start is trouble. */
export function openRecord(settings: Settings, stream: OperatorStream): Result<Record, Trouble> {
  const log = new OperatorLog({ stream, format: stream.isTTY === true ? 'lines' : 'json', level: 'info' });
  const { dir, keepMs, fsyncMs } = settings.audit;
  let audit: AuditFile | null = null;
  const tell = (what: GateEvent['what'], detail: GateEvent['detail']): void => {
    audit?.write({ v: 1, at: new Date(systemClock.now()).toISOString(), kind: 'gate', what, detail });
  };
  const policy = openPolicyFile({
    file: settings.policy,
    timeZone: settings.timeZone,
    onLoaded: ({ revision }) => {
      tell('policy-loaded', { revision });
      log.info('The policy was loaded.', { revision });
    },
    onRefused: (faults) => {
      tell('policy-refused', { faults: faults.map(faultText).join('\n') });
      log.error('The policy was not loaded; the one before stays in force.', {
        faults: faults.map(faultText),
      });
    },
  });
  if (!policy.ok) return err({ kind: 'invalid', faults: policy.error });
  try {
    const printer = new KeyedPrinter({ key: loadPrintKey(join(dir, 'print.key')), clock: systemClock });
    audit = new AuditFile({ dir, keepMs, fsyncMs, clock: systemClock, log });
    const stamp = new StampSwitch(policy.value);
    const metrics = openMetrics(audit, policy.value, stamp);
    return ok(assemble({ policy: policy.value, stamp, audit, metrics, printer, log }, tell));
  } catch (error) {
    policy.value.close();
    return err(thrownTrouble(`Cannot open the audit record in "${dir}"`, error));
  }
}

function openMetrics(audit: AuditFile, policy: PolicyFile, stamp: StampSwitch): Metrics {
  return new Metrics({
    recordHealthy: () => audit.healthy(),
    recordRefused: () => audit.refused(),
    policyRevision: () => stamp.current().revision,
    policyRefused: () => policy.status().faults.length > 0,
    version: packageVersion(),
  });
}

type Parts = Pick<Record, 'policy' | 'stamp' | 'audit' | 'metrics' | 'printer' | 'log'>;

function assemble(
  parts: Parts,
  tell: (what: GateEvent['what'], detail: GateEvent['detail']) => void,
): Record {
  return {
    ...parts,
    tellStart: (settings) =>
      tell('start', {
        version: packageVersion(),
        policy: parts.policy.current().revision,
        listeners: settings.listeners.length,
      }),
    turnStamp: (to) => {
      parts.stamp.turn(to);
      tell(to === 'on' ? 'stamp-on' : 'stamp-off', { revision: parts.stamp.current().revision });
      parts.log.warn(`The stamp was switched ${to}.`);
    },
    tellSigned: ({ host, serial, notAfter, purpose }) =>
      tell('leaf-signed', { host, serial, notAfter, purpose }),
    tellDrift: (detail) => tell('allowlist-drift', detail),
    close: () => {
      tell('stop', {});
      parts.stamp.close();
      parts.policy.close();
      parts.metrics.close();
      parts.audit.close();
    },
  };
}
