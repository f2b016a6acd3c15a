// One worker as the main process sees it: a child, what it says, and how it ended.
// Must not know what a worker does, nor when another takes its place.
import { type ChildProcess, spawn } from 'node:child_process';
import { type FromWorker, isFromWorker, type Measures, type Pulse, type ToWorker } from './messages.ts';
import type { Worker, WorkerEnd, WorkerListener } from './worker.ts';

export interface WorkerProgram {
  /** The file that Node runs. */
  readonly file: string;
  /** Listening sockets, which the child has from descriptor 4 on. */
  readonly fds: readonly number[];
  /** Where its output goes. */
  readonly output: 'inherit' | 'ignore';
}

/** The first descriptor of a child after its standard ones and the channel. */
export const FIRST_SHARED_FD = 4;

export class WorkerProcess implements Worker {
  readonly number: number;
  readonly runsIn = 'process';
  readonly startedMs: number;
  readonly #child: ChildProcess;
  readonly #onMessage: WorkerListener;
  readonly #measuring = new Map<number, (measures: Measures) => void>();
  readonly ended: Promise<WorkerEnd>;
  pulse: Pulse | null = null;
  stream: string | null = null;
  measures: Measures = [];
  #silentTicks = 0;
  #isStuck = false;
  #nextId = 1;

  constructor(
    number: number,
    program: WorkerProgram,
    surroundings: {
      readonly nowMs: number;
      readonly onMessage: WorkerListener;
    },
  ) {
    this.number = number;
    this.startedMs = surroundings.nowMs;
    this.#onMessage = surroundings.onMessage;
    const { file, fds, output } = program;
    // The options of this Node too: whoever measures or debugs the gate means its workers.
    this.#child = spawn(process.execPath, [...process.execArgv, file], {
      stdio: ['ignore', output, output, 'ipc', ...fds],
      serialization: 'advanced',
    });
    this.#child.on('message', (message: unknown) => {
      if (isFromWorker(message)) this.#heard(message);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (status, signal) => resolve(this.#endOf(status, signal)));
      this.#child.once('error', (error) => {
        // Without a process there is no exit.
        if (this.#child.pid === undefined) resolve({ cause: 'exit', detail: error.message });
      });
    });
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  // Nor is anything said on a channel that is broken.
  send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  async measure(timeoutMs: number): Promise<Measures> {
    const id = this.#nextId;
    this.#nextId += 1;
    let timer: NodeJS.Timeout | null = null;
    const late = new Promise<Measures>((resolve) => {
      timer = setTimeout(() => resolve(this.measures), timeoutMs);
    });
    const asked = new Promise<Measures>((resolve) => this.#measuring.set(id, resolve));
    this.send({ kind: 'measure', id });
    this.measures = await Promise.race([asked, late, this.ended.then(() => this.measures)]);
    if (timer !== null) clearTimeout(timer);
    this.#measuring.delete(id);
    return this.measures;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  tick(limit: number): void {
    // Ticks, not times: when the whole machine slept, nobody was silent.
    this.#silentTicks += 1;
    if (this.#silentTicks > limit) this.killAsStuck();
  }

  killAsStuck(): void {
    this.#isStuck = true;
    this.kill();
  }

  #heard(message: FromWorker): void {
    this.#silentTicks = 0;
    if (message.kind === 'pulse') this.pulse = message.pulse;
    else if (message.kind === 'ready') this.stream = message.stream;
    else if (message.kind === 'measured') {
      this.#measuring.get(message.id)?.(message.measures);
      return;
    }
    this.#onMessage(message, this);
  }

  #endOf(status: number | null, signal: NodeJS.Signals | null): WorkerEnd {
    if (this.#isStuck) return { cause: 'stuck', detail: 'SIGKILL' };
    return signal === null ? { cause: 'exit', detail: String(status) } : { cause: 'signal', detail: signal };
  }
}
