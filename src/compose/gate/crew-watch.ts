// What the main process knows and says of its crew: in the record, in the log, in the metrics, to whoever asks; and what
// it passes on between workers. Must not know how they are started or what they serve.
import type { ReadyCheck } from '../../acts.ts';
import type { Crew } from '../../crew/crew.ts';
import type { FromWorker } from '../../crew/messages.ts';
import type { Worker, WorkerEnd } from '../../crew/worker.ts';
import { type LeafRefusals, loggedRefusals } from '../../sinks/leaf-refusals.ts';
import { PastMeasures } from '../../sinks/past-measures.ts';
import { areMeasures, type ProcessMeasures } from '../../sinks/process-measures.ts';
import { systemClock } from '../clock.ts';
import type { Record } from '../record/record.ts';
import { SEAL_MS } from '../record/witness.ts';
import type { CrewActs, CrewFacts } from './gate-acts.ts';

/** How often a worker of this number ended, by cause. */
type Ends = Map<string, number>;

export class CrewWatch implements CrewActs {
  readonly #record: Record;
  readonly #processCount: number;
  readonly #past = new PastMeasures();
  readonly #ends = new Map<number, Ends>();
  readonly #numbers = new Set<number>();
  readonly #refusals: LeafRefusals;
  #crew: Crew | null = null;
  #timers: readonly NodeJS.Timeout[] = [];

  /** `processes`: how many there are to be; none where the main process does the work. */
  constructor(record: Record, processes: number) {
    this.#record = record;
    this.#processCount = processes;
    this.#refusals = loggedRefusals(record.log, systemClock);
    record.metrics.readWorkers({ up: () => this.#up(), ends: () => this.#endRows() });
  }

  follow(crew: Crew): void {
    this.#crew = crew;
  }

  /** Begins to seal the record and to count connections over all workers. */
  open(): void {
    this.#timers = [
      setInterval(() => this.#seal(), SEAL_MS),
      setInterval(() => this.#tellCensus(), CENSUS_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  ready({ number, pid, stream, runsIn }: Worker): void {
    if (runsIn === 'main') return;
    this.#numbers.add(number);
    this.#record.tell('worker-started', { worker: number, pid, stream });
  }

  ended(worker: Worker, { cause, detail }: WorkerEnd, againInMs: number | null): void {
    if (worker.runsIn === 'main') return;
    const { number, pid, stream } = worker;
    const { tell, log, witness } = this.#record;
    tell('worker-ended', { worker: number, pid, stream, cause, detail, againInMs });
    if (stream !== null) witness.tellEnd(stream);
    if (againInMs === null) return;
    log.error('A worker ended; another takes its place.', { worker: number, pid, cause, detail, againInMs });
    const ends: Ends = this.#ends.get(number) ?? new Map();
    this.#ends.set(number, ends.set(cause, (ends.get(cause) ?? 0) + 1));
    if (areMeasures(worker.measures)) void this.#past.add(worker.measures);
  }

  heard(message: FromWorker, worker: Worker): void {
    if (message.kind === 'credentials') this.#crew?.tell(message, worker);
    if (message.kind === 'leaf-refused') this.#refusals.leafRefused(message.refusal);
    if (message.kind === 'trouble')
      this.#record.log.error(`A worker could not begin: ${message.message}.`, { worker: worker.number });
  }

  connections(): number {
    return this.#workers().reduce((sum, { pulse }) => sum + (pulse?.connections ?? 0), 0);
  }

  readiness(): readonly ReadyCheck[] {
    const up = this.#workers().length;
    if (this.#processCount === 0) return [];
    return [{ name: 'workers', ok: up > 0, detail: `${up} of ${this.#processCount} serve` }];
  }

  recordHealthy(): boolean {
    return this.#workers().every(({ pulse }) => pulse?.recordHealthy !== false);
  }

  status(): CrewFacts | null {
    if (this.#processCount === 0) return null;
    return this.#processes().map(({ number, pid, stream, startedMs, pulse }) => ({
      ...{ worker: number, pid, stream, startedAt: new Date(startedMs).toISOString() },
      connections: pulse?.connections ?? 0,
      recordHealthy: pulse?.recordHealthy ?? true,
    }));
  }

  async measures(): Promise<readonly ProcessMeasures[]> {
    if (this.#processCount === 0) return [];
    const all = await Promise.all(this.#processes().map((worker) => worker.measure(MEASURE_LIMIT_MS)));
    return [...all.filter(areMeasures), this.#past.sum()];
  }

  async settled(): Promise<void> {
    await this.#crew?.settled();
  }

  #workers(): readonly Worker[] {
    return this.#crew?.ready ?? [];
  }

  /** Those that have a stream and counters of their own. */
  #processes(): readonly Worker[] {
    return this.#workers().filter(({ runsIn }) => runsIn === 'process');
  }

  /** The heads of all streams into the main one, and the main one's head into all others. */
  #seal(): void {
    const { witness, audit } = this.#record;
    const others = this.#processes().flatMap(({ pulse }) =>
      pulse?.head == null ? [] : [{ head: pulse.head, activity: pulse.activity }],
    );
    const head = witness.seal(others) ? audit.head() : null;
    if (head !== null) this.#crew?.tell({ kind: 'witness', head });
    // What is asked now is what a worker that dies before the next time is remembered by.
    for (const worker of this.#processes()) void worker.measure(MEASURE_LIMIT_MS);
  }

  /** Tells each worker what the others serve, so that limits hold over all of them. */
  #tellCensus(): void {
    const workers = this.#workers();
    if (workers.length < 2) return;
    for (const worker of workers) {
      const others = workers.filter((other) => other !== worker);
      const clients = new Map<string, number>();
      for (const { pulse } of others)
        for (const [address, count] of pulse?.clients ?? [])
          clients.set(address, (clients.get(address) ?? 0) + count);
      const connections = others.reduce((sum, { pulse }) => sum + (pulse?.connections ?? 0), 0);
      worker.send({ kind: 'census', connections, clients: [...clients] });
    }
  }

  *#up(): Generator<readonly [readonly string[], number]> {
    const up = new Set(this.#processes().map(({ number }) => number));
    for (const number of this.#numbers) yield [[String(number)], up.has(number) ? 1 : 0];
  }

  *#endRows(): Generator<readonly [readonly string[], number]> {
    for (const [number, ends] of this.#ends)
      for (const [cause, count] of ends) yield [[String(number), cause], count];
  }
}

const CENSUS_MS = 250;
const MEASURE_LIMIT_MS = 500;
