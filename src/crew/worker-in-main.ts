// The worker of a gate that has no processes besides its main one: the same words, said without a channel.
// Must not know what a worker does.
import type { Measures, Pulse, ToWorker } from './messages.ts';
import type { Worker, WorkerEnd } from './worker.ts';

/** What does the work in this process. */
export interface WorkInMain {
  /** Rejects when something happened that nobody expected, or when it cannot begin. */
  hear(message: ToWorker): Promise<void>;
  pulse(): Pulse | null;
  readonly ended: Promise<void>;
}

export class WorkerInMain implements Worker {
  readonly number: number;
  readonly runsIn = 'main';
  readonly pid: number = process.pid;
  readonly startedMs: number;
  readonly stream = null;
  readonly measures: Measures = [];
  readonly #work: WorkInMain;
  readonly #end = Promise.withResolvers<WorkerEnd>();
  #isOver = false;

  constructor(number: number, nowMs: number, work: WorkInMain) {
    this.number = number;
    this.startedMs = nowMs;
    this.#work = work;
    work.ended.then(() => this.#end.resolve({ cause: 'exit', detail: '0' }), crash);
  }

  get ended(): Promise<WorkerEnd> {
    return this.#end.promise;
  }

  get pulse(): Pulse | null {
    return this.#work.pulse();
  }

  send(message: ToWorker): void {
    this.#work.hear(message).catch((error: unknown) => {
      if (!this.#isOver) crash(error);
    });
  }

  /** It could not begin, and has said why. */
  giveUp(): void {
    this.#isOver = true;
    this.#end.resolve({ cause: 'exit', detail: '1' });
  }

  /** Its counters are the main process's own. */
  async measure(): Promise<Measures> {
    return this.measures;
  }

  /** What runs here ends with the process; nobody waits for it any longer. */
  kill(): void {
    this.#end.resolve({ cause: 'signal', detail: 'SIGKILL' });
  }

  // Nobody can take its place, and going on with what was to be changed is no choice.
  killAsStuck(): void {
    crash(new Error('The gate cannot take a change over.'));
  }

  // A main process that stands still counts no ticks either.
  tick(): void {}
}

/** As a bug in a worker's own process ends that: nothing of it may go on. */
function crash(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
