// The crew of a gate: so many workers at all times, each replaced when it ends, all of them changed together or not at
// all. Must not know what they do, nor what a change means.
import type { Clock } from '../ports.ts';
import type { Change, FromWorker, ToWorker, WorkerOrders } from './messages.ts';
import type { Worker, WorkerEnd, WorkerListener } from './worker.ts';

export interface CrewOptions {
  readonly size: number;
  /** Starts a worker for the place of this number. */
  readonly hire: (number: number, hear: WorkerListener) => Worker;
  readonly clock: Clock;
  /** What a worker that starts now is to begin with. */
  readonly orders: (number: number) => WorkerOrders;
  readonly onReady: (worker: Worker) => void;
  /** Another starts after `againInMs`; null: none does, since the crew stops. */
  readonly onEnded: (worker: Worker, end: WorkerEnd, againInMs: number | null) => void;
  readonly onMessage: WorkerListener;
}

/** A place that is always filled, but for the moments between two workers. */
interface Slot {
  readonly number: number;
  worker: Worker | null;
  /** Workers in a row that ended as soon as they had begun. */
  shortLives: number;
  timer: NodeJS.Timeout | null;
}

interface Preparing {
  readonly id: number;
  readonly waiting: Set<Worker>;
  readonly done: () => void;
}

export class Crew {
  readonly #options: CrewOptions;
  readonly #slots: readonly Slot[];
  readonly #readyMs = new Map<Worker, number>();
  readonly #ticking: NodeJS.Timeout;
  #preparing: Preparing | null = null;
  #changing: Promise<void> = Promise.resolve();
  #nextId = 1;
  #isStopping = false;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, (_, at) => ({
      ...{ number: at + 1, worker: null, shortLives: 0, timer: null },
    }));
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#ticking.unref();
  }

  /** Starts all; resolves with the first one's trouble, or with null once every one is ready. */
  start(): Promise<string | null> {
    return new Promise((resolve) => {
      let missing = this.#slots.length;
      const hear = (message: FromWorker): void => {
        if (message.kind === 'trouble') resolve(message.message);
        if (message.kind === 'ready') missing -= 1;
        if (missing === 0) resolve(null);
      };
      for (const slot of this.#slots) {
        const worker = this.#fill(slot, hear);
        void worker.ended.then(({ cause, detail }) =>
          resolve(`worker ${slot.number} ended (${cause} ${detail})`),
        );
      }
    });
  }

  /** How many there are to be. */
  get size(): number {
    return this.#slots.length;
  }

  /** The workers that serve now. */
  get ready(): readonly Worker[] {
    return [...this.#readyMs.keys()];
  }

  tell(message: ToWorker, except: Worker | null = null): void {
    for (const { worker } of this.#slots) if (worker !== null && worker !== except) worker.send(message);
  }

  /**
   * Every worker prepares the change, then every worker takes it. One that cannot, or does not answer, is replaced by one
   * that begins with it, so that a change is never taken back; and what it forbids ends within a second, though one
   * stands still: that one serves nobody, and reads what it is to take before all else. Changes follow each other; the
   * promise is of this one's end.
   */
  change(change: Change): Promise<void> {
    this.#changing = this.#changing.then(() => this.#change(change));
    return this.#changing;
  }

  /** Resolves once no change is under way. */
  async settled(): Promise<void> {
    await this.#changing;
  }

  /** Asks every worker to finish; what has not after `limitMs` is killed. Resolves when none is left. */
  async stop(limitMs: number): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#ticking);
    for (const slot of this.#slots) if (slot.timer !== null) clearTimeout(slot.timer);
    const workers = this.#slots.flatMap(({ worker }) => worker ?? []);
    this.tell({ kind: 'stop' });
    const killing = setTimeout(() => {
      for (const worker of workers) worker.kill();
    }, limitMs);
    await Promise.all(workers.map((worker) => worker.ended));
    clearTimeout(killing);
  }

  async #change(change: Change): Promise<void> {
    const id = this.#nextId;
    this.#nextId += 1;
    const waiting = new Set(this.#slots.flatMap(({ worker }) => worker ?? []));
    const workers = [...waiting];
    if (workers.length === 0) return;
    let isCommitted = false;
    const commit = (): void => {
      if (!isCommitted) for (const worker of workers) worker.send({ kind: 'commit', id });
      isCommitted = true;
    };
    const waited = setTimeout(commit, PATIENCE_MS);
    const late = setTimeout(() => {
      for (const worker of waiting) worker.killAsStuck();
    }, PREPARE_LIMIT_MS);
    await new Promise<void>((resolve) => {
      this.#preparing = { id, waiting, done: resolve };
      for (const worker of workers) worker.send({ kind: 'prepare', id, change });
    });
    clearTimeout(late);
    clearTimeout(waited);
    this.#preparing = null;
    commit();
  }

  #fill(slot: Slot, hear: (message: FromWorker) => void = () => undefined): Worker {
    const worker = this.#options.hire(slot.number, (message, from) => {
      this.#heard(message, from);
      hear(message);
    });
    slot.worker = worker;
    worker.send({ kind: 'begin', orders: this.#options.orders(slot.number) });
    void worker.ended.then((end) => this.#ended(slot, worker, end));
    return worker;
  }

  #heard(message: FromWorker, worker: Worker): void {
    if (message.kind === 'ready') {
      this.#readyMs.set(worker, this.#options.clock.monotonic());
      this.#options.onReady(worker);
    } else if (message.kind === 'prepared') {
      if (message.fault !== null) worker.killAsStuck();
      this.#answered(worker);
    } else this.#options.onMessage(message, worker);
  }

  #answered(worker: Worker): void {
    if (this.#preparing?.waiting.delete(worker) === true && this.#preparing.waiting.size === 0)
      this.#preparing.done();
  }

  #ended(slot: Slot, worker: Worker, end: WorkerEnd): void {
    const readyMs = this.#readyMs.get(worker);
    this.#readyMs.delete(worker);
    slot.worker = null;
    this.#answered(worker);
    const livedMs = readyMs === undefined ? 0 : this.#options.clock.monotonic() - readyMs;
    slot.shortLives = livedMs < SHORT_LIFE_MS ? slot.shortLives + 1 : 0;
    const againInMs = this.#isStopping ? null : backOffMs(slot.shortLives);
    this.#options.onEnded(worker, end, againInMs);
    if (againInMs === null) return;
    slot.timer = setTimeout(() => this.#fill(slot), againInMs);
  }

  #tick(): void {
    for (const { worker } of this.#slots)
      worker?.tick(this.#readyMs.has(worker) ? SILENT_TICKS : BEGINNING_TICKS);
  }
}

/** A worker that ended once is back at once; one that keeps ending as it begins waits longer each time. */
export function backOffMs(shortLives: number): number {
  return shortLives < 3 ? 0 : Math.min(LONGEST_BACK_OFF_MS, 100 * 2 ** (shortLives - 3));
}

const TICK_MS = 1_000;
const SILENT_TICKS = 10;
/** Before it serves, a worker may be loading on a machine that has other things to do. */
const BEGINNING_TICKS = 60;
const SHORT_LIFE_MS = 1_000;
const LONGEST_BACK_OFF_MS = 10_000;
const PATIENCE_MS = 500;
const PREPARE_LIMIT_MS = 5_000;
