// A worker in a process of its own, which opens what it stands on by itself. Must not know how it is reached.
import type { RunningWorker, WorkerSurroundings } from '../../acts.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Limits } from '../../core/settings/limits.ts';
import { isToWorker, type WorkerOrders } from '../../crew/messages.ts';
import { bindListeners } from '../../gateway/door/listeners.ts';
import type { PolicySource } from '../../ports.ts';
import { type OperatorStream, openJournal, openLog } from '../record/record.ts';
import { failed } from '../trouble.ts';
import { openSigner } from './data-path.ts';
import { GateWorker, type Ground } from './gate-worker.ts';

export function startWorker({ say, log }: WorkerSurroundings): RunningWorker {
  const worker = new GateWorker({
    say,
    ground: (orders, opening) => openGround(orders, { ...opening, log }),
  });
  return {
    hear: async (message) => {
      if (isToWorker(message)) await worker.hear(message);
    },
    stop: () => worker.stop(),
    ended: worker.ended,
    report: (error) =>
      openLog(log).error('A worker ends: something happened that nobody expected.', { error }),
  };
}

/** Its own stream of the record, its own CA in memory, and the sockets that the main process has bound. */
async function openGround(
  { settings, number, listeners: shared }: WorkerOrders,
  opening: { readonly limits: Limits; readonly policy: PolicySource; readonly log: OperatorStream },
): Promise<Result<Ground, Trouble>> {
  const { limits, policy } = opening;
  const log = openLog(opening.log, number);
  const journal = openJournal({ settings, log, policy, policyRefused: () => false, expires: 'elsewhere' });
  const listeners = await bindListeners(
    shared.flatMap(({ index, port, fd }) => {
      const wanted = settings.listeners[index];
      return wanted === undefined ? [] : [{ ...wanted, host: wanted.at.address, port, bound: { fd } }];
    }),
  );
  if (!listeners.ok) {
    const { address, code } = listeners.error;
    return err(failed(`it cannot listen on ${address}: ${code}`));
  }
  const { places } = listeners.value;
  const authority = await openSigner({
    ...{ settings, limits, places },
    onSigned: (leaf) => journal.tellSigned(leaf),
  });
  if (!authority.ok) return authority;
  return ok({ keptBy: 'worker', journal, authority: authority.value, listeners: listeners.value });
}
