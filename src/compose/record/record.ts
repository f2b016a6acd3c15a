// What is written about the gate, and the policy whose revisions it names: record, metrics, log, policy file.
// Must not know what the gate does.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { SignedLeaf } from '../../authority/signed-leaf.ts';
import { faultText } from '../../core/base/document.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { unreachable } from '../../core/base/unreachable.ts';
import type { AllowlistDriftDetail, GateEvent } from '../../core/record/events.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { PolicySource } from '../../ports.ts';
import { openPolicyFile, type PolicyFile } from '../../settings/policy-file.ts';
import { StampSwitch } from '../../settings/stamp-switch.ts';
import { AuditFile } from '../../sinks/audit-file.ts';
import { readyAuditFolder } from '../../sinks/audit-folder-check.ts';
import { type FolderLock, lockFolder } from '../../sinks/folder-lock.ts';
import { Metrics } from '../../sinks/metrics.ts';
import { OperatorLog } from '../../sinks/operator-log.ts';
import { KeyedPrinter, loadPrintKey } from '../../sinks/secret-printer.ts';
import { systemClock } from '../clock.ts';
import { failed, thrownTrouble } from '../trouble.ts';
import { packageVersion } from '../version.ts';
import { Witness } from './witness.ts';

/** What one process writes: its own stream of the record, its counters, its lines for the operator. */
export interface Journal {
  readonly stream: string;
  readonly audit: AuditFile;
  readonly metrics: Metrics;
  readonly printer: KeyedPrinter;
  readonly log: OperatorLog;
  readonly witness: Witness;
  /** False when it is not in the record. */
  tell(what: GateEvent['what'], detail: GateEvent['detail']): boolean;
  tellSigned(leaf: SignedLeaf): void;
  close(): void;
}

/** The journal of a whole gate or of its main process, and the policy. */
export interface Record extends Journal {
  readonly policy: PolicyFile;
  /** The policy as the gate asks it: with the stamp on, or switched off for a while. */
  readonly stamp: StampSwitch;
  tellStart(settings: Settings): void;
  turnStamp(to: 'on' | 'off'): void;
  tellDrift(detail: AllowlistDriftDetail): void;
  /** Writes that the gate stops, and closes. */
  close(): void;
}

/** Where the operator's lines go. */
export interface OperatorStream {
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

/** The operator's log of this process; with the number of a worker on each of its lines. */
export function openLog(stream: OperatorStream, worker: number | null = null): OperatorLog {
  const format = stream.isTTY === true ? 'lines' : 'json';
  return new OperatorLog({ stream, format, level: 'info', ...(worker === null ? {} : { worker }) });
}

export interface JournalOptions {
  readonly settings: Settings;
  readonly log: OperatorLog;
  readonly policy: PolicySource;
  readonly policyRefused: () => boolean;
  /** Who removes files that are past their keep: one process of a gate. */
  readonly expires: 'here' | 'elsewhere';
}

/** Opens the journal of a process, under a name that no other has. Throws what the file system throws. */
export function openJournal({ settings, log, policy, policyRefused, expires }: JournalOptions): Journal {
  const { dir, keepMs, fsyncMs } = settings.audit;
  const stream = randomBytes(4).readUInt32BE().toString(36);
  const key = loadPrintKey(join(dir, 'print.key'));
  const printer = new KeyedPrinter({ key, clock: systemClock });
  const keep = expires === 'here' ? keepMs : null;
  const audit = new AuditFile({ dir, stream, keepMs: keep, fsyncMs, clock: systemClock, log });
  const tell: Journal['tell'] = (what, detail) =>
    audit.write({ v: 1, at: new Date(systemClock.now()).toISOString(), kind: 'gate', what, detail });
  const metrics = new Metrics({
    recordHealthy: () => audit.healthy(),
    recordRefused: () => audit.refused(),
    policyRevision: () => policy.current().revision,
    policyRefused,
    version: packageVersion(),
  });
  return {
    ...{ stream, audit, metrics, printer, log, tell },
    witness: new Witness({ dir, audit, key, log, tell }),
    tellSigned: ({ host, serial, notAfter, purpose }) =>
      void tell('leaf-signed', { host, serial, notAfter, purpose }),
    close: () => {
      metrics.close();
      audit.close();
    },
  };
}

/** Opens the policy, once its files have settled, and the record; a policy that is wrong at the start is trouble. */
export async function openRecord(
  settings: Settings,
  stream: OperatorStream,
): Promise<Result<Record, Trouble>> {
  const log = openLog(stream);
  let journal: Journal | null = null;
  const policy = await openPolicyFile({
    file: settings.policy,
    settleMs: settings.settleMs,
    timeZone: settings.timeZone,
    listeners: settings.listeners,
    onLoaded: ({ revision }) => {
      journal?.tell('policy-loaded', { revision });
      log.info('The policy was loaded.', { revision });
    },
    onRefused: (faults) => {
      journal?.tell('policy-refused', { faults: faults.map(faultText).join('\n') });
      log.error('The policy was not loaded; the one before stays in force.', {
        faults: faults.map(faultText),
      });
    },
  });
  if (!policy.ok) return err({ kind: 'invalid', faults: policy.error });
  // Behind the policy: a gate that refuses that leaves no folder behind. Before the record: no other gate writes there.
  const guarded = guardFolder(settings.audit.dir, log);
  if (!guarded.ok) {
    policy.value.close();
    return guarded;
  }
  const lock = guarded.value;
  try {
    const stamp = new StampSwitch(policy.value);
    const policyRefused = () => policy.value.status().faults.length > 0;
    journal = openJournal({ settings, log, policy: stamp, policyRefused, expires: 'here' });
    journal.witness.tellFound();
    return ok(assemble(journal, { policy: policy.value, stamp, lock }));
  } catch (error) {
    policy.value.close();
    lock.release();
    return err(thrownTrouble(`Cannot open the audit record in "${settings.audit.dir}"`, error));
  }
}

/** Two gates would seal and expire each other's files; the folder is one gate's, or the second does not open. */
function guardFolder(dir: string, log: OperatorLog): Result<FolderLock, Trouble> {
  try {
    readyAuditFolder(dir);
  } catch (error) {
    return err(thrownTrouble(`Cannot open the audit record in "${dir}"`, error));
  }
  const locked = lockFolder(dir);
  switch (locked.kind) {
    case 'locked':
      return ok(locked.lock);
    case 'held':
      return err(
        failed(
          `Cannot open the audit record in "${dir}": another gate writes there (${locked.by}). Stop it, or give this gate a folder of its own in audit.dir.`,
        ),
      );
    case 'unknown':
      log.warn('Cannot tell whether another gate writes the record in this folder.', {
        dir,
        cause: locked.cause,
      });
      return ok({ release: () => undefined });
    default:
      return unreachable(locked);
  }
}

function assemble(
  journal: Journal,
  parts: Pick<Record, 'policy' | 'stamp'> & { readonly lock: FolderLock },
): Record {
  const { policy, stamp, lock } = parts;
  const { tell, log } = journal;
  return {
    ...journal,
    ...{ policy, stamp },
    tellStart: (settings) =>
      void tell('start', {
        version: packageVersion(),
        policy: parts.policy.current().revision,
        listeners: settings.listeners.length,
      }),
    turnStamp: (to) => {
      parts.stamp.turn(to);
      tell(to === 'on' ? 'stamp-on' : 'stamp-off', { revision: parts.stamp.current().revision });
      log.warn(`The stamp was switched ${to}.`);
    },
    tellDrift: (detail) => void tell('allowlist-drift', detail),
    close: () => {
      tell('stop', {});
      parts.stamp.close();
      parts.policy.close();
      journal.witness.seal([]);
      journal.close();
      lock.release();
    },
  };
}
