// The process of a worker: its channel to the main process, its signals, its end. bin/worker.js calls it.
// Must not know what a worker serves.
import type { Acts } from '../../acts.ts';

/** Serves until the main process says stop or is gone; whatever nobody expected ends the process at once. */
export async function workerMain(loadActs: () => Promise<Pick<Acts, 'startWorker'>>): Promise<void> {
  const early: unknown[] = [];
  const keep = (message: unknown): void => void early.push(message);
  process.on('message', keep);
  // Ctrl-C and the end of a terminal reach every process of the group; the main process says what is to be done.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const acts = await loadActs();
  const worker = await acts.startWorker({
    say: (message) => {
      if (process.connected) process.send?.(message, undefined, {}, () => undefined);
    },
    log: process.stderr,
  });
  const crash = (error: unknown): void => {
    worker.report(error);
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  const hear = (message: unknown): void => void worker.hear(message).catch(crash);
  process.off('message', keep);
  process.on('message', hear);
  for (const message of early) hear(message);
  process.on('SIGTERM', () => void worker.stop());
  // Without a main process nobody reads policies or watches the record: what runs may finish, nothing begins.
  process.on('disconnect', () => void worker.stop());
  if (!process.connected) void worker.stop();
  worker.ended.then(() => process.exit(0), crash);
}
