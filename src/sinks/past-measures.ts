// What the counters of processes stood at when they ended: a gate's totals do not go back because a worker is replaced.
// Must not know processes.
import { joined, type ProcessMeasures } from './process-measures.ts';

export class PastMeasures {
  #sum: ProcessMeasures = [];

  /** Counts on from the last measures of a process that is gone; gauges end with it. */
  async add(measures: ProcessMeasures): Promise<void> {
    const counters = measures.filter(({ type }) => COUNTING.has(String(type)));
    if (counters.length > 0) this.#sum = await joined([this.#sum, counters]).getMetricsAsJSON();
  }

  sum(): ProcessMeasures {
    return this.#sum;
  }
}

const COUNTING: ReadonlySet<string> = new Set(['counter', 'histogram']);
