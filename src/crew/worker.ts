// One worker as the main process has it, be it a process of its own or the main process itself. Types only; must not
// know what a worker does, nor when another takes its place.
import type { FromWorker, Measures, Pulse, ToWorker } from './messages.ts';

/** Why a worker is gone; `stuck`: it said nothing for too long and was killed. */
export interface WorkerEnd {
  readonly cause: 'exit' | 'signal' | 'stuck';
  /** The exit status or the signal's name. */
  readonly detail: string;
}

export interface Worker {
  readonly number: number;
  /** Where it runs. In the main process it has no stream of the record and no counters of its own. */
  readonly runsIn: 'process' | 'main';
  readonly pid: number | null;
  readonly startedMs: number;
  /** The stream that it writes; null until it is ready. */
  readonly stream: string | null;
  readonly pulse: Pulse | null;
  /** What its counters stood at when they were asked last. */
  readonly measures: Measures;
  /** Resolves once it is gone. */
  readonly ended: Promise<WorkerEnd>;
  /** Nothing is said to a worker that is gone: its end tells the rest. */
  send(message: ToWorker): void;
  /** Its counters now, or what they were last if it does not answer in time. */
  measure(timeoutMs: number): Promise<Measures>;
  kill(): void;
  /** It does not do what it must: another takes its place. */
  killAsStuck(): void;
  /** Called once a second: a worker that says nothing for `limit` of these is killed. */
  tick(limit: number): void;
}

export type WorkerListener = (message: FromWorker, worker: Worker) => void;
