// A worker for the command line that runs it. Must not know how it is reached.
import type { RunningWorker, WorkerSurroundings } from '../acts.ts';
import { isToWorker } from '../crew/messages.ts';
import { openLog } from './record.ts';
import { GateWorker } from './worker.ts';

export function startWorker({ say, log }: WorkerSurroundings): RunningWorker {
  const worker = new GateWorker({ say, log });
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
