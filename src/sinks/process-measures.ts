// The measures of several processes as one, each put together as the catalogue says.
// Must not know what is measured.
import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from 'prom-client';

/** As a registry gives them; they can be sent to another process. */
export type ProcessMeasures = readonly MetricObjectWithValues<MetricValue<string>>[];

export function joined(all: readonly ProcessMeasures[]): Registry {
  return AggregatorRegistry.aggregate(all.map((measures) => [...measures]));
}

/** Whether what another process of this gate sent are measures. */
export function areMeasures(sent: readonly unknown[]): sent is ProcessMeasures {
  return sent.every((each) => typeof each === 'object' && each !== null && 'values' in each);
}
