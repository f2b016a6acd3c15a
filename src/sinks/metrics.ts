// Counts for Prometheus. The hot path adds to plain numbers; prom-client sees them when somebody scrapes.
// Must not know what is counted, beyond the catalogue.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ANSWER_SECONDS_BUCKETS, METRICS, type MetricEntry } from '../core/record/metric-catalogue.ts';
import type { VendorSaid } from '../core/vendors/vendor.ts';
import type { AllowlistMetricSink, MetricSink } from '../ports.ts';
import { Tally } from './_tally.ts';
import { joined, type ProcessMeasures } from './process-measures.ts';

/** What is read at the time of a scrape. */
export interface MetricReadings {
  /** True while the record can be written. */
  recordHealthy(): boolean;
  /** Events that were not in the record when they were due. */
  recordRefused(): number;
  policyRevision(): string;
  /** True while the policy on the disk is invalid and an older one is in force. */
  policyRefused(): boolean;
  readonly version: string;
}

/** What is read of the workers of a gate: a row per worker, and per worker and cause. */
export interface WorkerReadings {
  up(): Iterable<readonly [readonly string[], number]>;
  ends(): Iterable<readonly [readonly string[], number]>;
}

/** The metrics of one process, in a registry of its own. */
export class Metrics implements MetricSink, AllowlistMetricSink {
  readonly #registry = new Registry();
  readonly #connections = new Tally(1);
  readonly #open = new Tally(1);
  readonly #decisions = new Tally(3);
  readonly #answers = new Tally(2);
  readonly #failures = new Tally(2);
  readonly #challenges = new Tally(1);
  readonly #vendors = new Tally(2);
  readonly #seconds: Histogram;
  readonly #loopDelay: ReturnType<typeof monitorEventLoopDelay>;
  readonly #allowlistChecks = new Tally(1);
  #allowlistDrift: readonly (readonly [readonly string[], number])[] = [];
  #allowlistHadMs: number | null = null;
  #workers: WorkerReadings | null = null;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(readings: MetricReadings) {
    this.#loopDelay = monitorEventLoopDelay({ resolution: 20 });
    this.#loopDelay.enable();
    this.#tallied(METRICS.connections, this.#connections);
    this.#tallied(METRICS.connectionsOpen, this.#open);
    this.#tallied(METRICS.decisions, this.#decisions);
    this.#tallied(METRICS.answers, this.#answers);
    const { name, help, labels } = METRICS.answerSeconds;
    const buckets = [...ANSWER_SECONDS_BUCKETS];
    this.#seconds = new Histogram({
      name,
      help,
      labelNames: [...labels],
      buckets,
      registers: [this.#registry],
    });
    this.#read(METRICS.bytes, () => [
      [['in'], this.#bytesIn],
      [['out'], this.#bytesOut],
    ]);
    this.#tallied(METRICS.failures, this.#failures);
    this.#tallied(METRICS.challenges, this.#challenges);
    this.#tallied(METRICS.vendorAnswers, this.#vendors);
    this.#readGate(readings);
    this.#readAllowlist();
    this.#readProcess();
  }

  connectionOpened(listener: string): void {
    this.#connections.add(listener);
    this.#open.add(listener);
  }

  connectionClosed(listener: string): void {
    this.#open.take(listener);
  }

  decided(stage: 'connection' | 'request', verdict: 'block' | 'splice' | 'forward', code: string): void {
    this.#decisions.add(stage, verdict, code);
  }

  answered(by: 'upstream' | 'gate' | 'none', status: number): void {
    this.#answers.add(by, STATUS_TEXT[status] ?? 'other');
  }

  challenged(listener: string): void {
    this.#challenges.add(listener);
  }

  took(by: 'upstream' | 'gate' | 'none', ms: number): void {
    this.#seconds.observe(BY_LABELS[by], ms / 1_000);
  }

  moved(bytesIn: number, bytesOut: number): void {
    this.#bytesIn += bytesIn;
    this.#bytesOut += bytesOut;
  }

  failed(side: 'client' | 'upstream' | 'gateway', code: string): void {
    this.#failures.add(side, code);
  }

  vendorSaid(vendor: string, what: VendorSaid): void {
    this.#vendors.add(vendor, what);
  }

  allowlistChecked(outcome: 'fetched' | 'unchanged' | 'failed'): void {
    this.#allowlistChecks.add(outcome);
  }

  allowlistHad(atMs: number): void {
    this.#allowlistHadMs = atMs;
  }

  allowlistDrift(counts: Readonly<Record<string, number>>): void {
    this.#allowlistDrift = Object.entries(counts).map(([state, count]) => [[state], count]);
  }

  /** Has the main process of a gate tell of its workers. */
  readWorkers(workers: WorkerReadings): void {
    this.#workers = workers;
  }

  /** Prometheus text, format 0.0.4: of this process, and of others whose measures are given. */
  async text(others: readonly ProcessMeasures[] = []): Promise<string> {
    if (others.length === 0) return this.#registry.metrics();
    return joined([await this.#registry.getMetricsAsJSON(), ...others]).metrics();
  }

  /** The counters of this process, for the text of another. */
  async measures(): Promise<ProcessMeasures> {
    return (await this.#registry.getMetricsAsJSON()).filter(({ name }) => !OF_THE_GATE.has(name));
  }

  /** The media type of `text()`. */
  contentType(): string {
    return this.#registry.contentType;
  }

  close(): void {
    this.#loopDelay.disable();
  }

  #readGate(readings: MetricReadings): void {
    this.#read(METRICS.recordHealthy, () => [[[], readings.recordHealthy() ? 1 : 0]]);
    this.#read(METRICS.recordRefused, () => [[[], readings.recordRefused()]]);
    this.#read(METRICS.policyInfo, () => [[[readings.policyRevision()], 1]]);
    this.#read(METRICS.policyRefused, () => [[[], readings.policyRefused() ? 1 : 0]]);
    this.#read(METRICS.workerUp, () => this.#workers?.up() ?? []);
    this.#read(METRICS.workerEnds, () => this.#workers?.ends() ?? []);
    this.#read(METRICS.buildInfo, () => [[[readings.version, process.versions.node], 1]]);
  }

  #readAllowlist(): void {
    this.#tallied(METRICS.allowlistChecks, this.#allowlistChecks);
    this.#read(METRICS.allowlistDrift, () => this.#allowlistDrift);
    this.#read(METRICS.allowlistChecked, () =>
      this.#allowlistHadMs === null ? [] : [[[], this.#allowlistHadMs / 1_000]],
    );
  }

  #readProcess(): void {
    const startedAt = Date.now() / 1_000 - process.uptime();
    this.#read(METRICS.startTime, () => [[[], startedAt]]);
    this.#read(METRICS.cpuSeconds, () => {
      const { user, system } = process.cpuUsage();
      return [[[], (user + system) / 1e6]];
    });
    this.#read(METRICS.residentBytes, () => [[[], process.memoryUsage.rss()]]);
    this.#read(METRICS.loopDelay, () => {
      const seconds = this.#loopDelay.percentile(99) / 1e9;
      this.#loopDelay.reset();
      return [[[], Number.isFinite(seconds) ? seconds : 0]];
    });
  }

  #tallied(entry: MetricEntry, tally: Tally): void {
    this.#read(entry, () => tally.rows());
  }

  /** A metric whose values are read at each scrape: label values in the catalogue's order, and a number. */
  #read(entry: MetricEntry, rows: () => Iterable<readonly [readonly string[], number]>): void {
    const { name, help, labels, across } = entry;
    const aggregator = across === 'gate' ? ('first' as const) : across;
    const options = { name, help, labelNames: [...labels], registers: [this.#registry], aggregator };
    const collect = (put: (labels: Record<string, string>, value: number) => void): void => {
      for (const [values, number] of rows())
        put(Object.fromEntries(labels.map((label, at) => [label, values[at] ?? ''])), number);
    };
    if (entry.kind === 'gauge') {
      new Gauge({
        ...options,
        collect() {
          this.reset();
          collect((set, number) => this.set(set, number));
        },
      });
      return;
    }
    new Counter({
      ...options,
      collect() {
        this.reset();
        collect((set, number) => this.inc(set, number));
      },
    });
  }
}

const OF_THE_GATE: ReadonlySet<string> = new Set(
  Object.values(METRICS).flatMap(({ name, across }) => (across === 'gate' ? [name] : [])),
);

const BY_LABELS = {
  upstream: { by: 'upstream' },
  gate: { by: 'gate' },
  none: { by: 'none' },
} as const;

// Statuses as text, made once; index 0 is "none was sent". Anything else an upstream invents is `other`.
const STATUS_TEXT: readonly (string | undefined)[] = Array.from({ length: 600 }, (_, status) =>
  status === 0 || status >= 100 ? String(status) : undefined,
);
