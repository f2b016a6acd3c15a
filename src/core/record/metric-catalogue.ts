// Every metric of the gate: its name, kind, labels and one sentence. `docs/metrics.md` is checked against it.
// Must not know who counts or who serves them.

export interface MetricEntry {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** What the gate's figure is made of where several processes have one each; `gate`: its main process alone has it. */
  readonly across: 'sum' | 'min' | 'max' | 'gate';
}

/** The catalogue, in the order in which `/metrics` shows it. */
export const METRICS: {
  readonly connections: MetricEntry;
  readonly connectionsOpen: MetricEntry;
  readonly decisions: MetricEntry;
  readonly answers: MetricEntry;
  readonly answerSeconds: MetricEntry;
  readonly bytes: MetricEntry;
  readonly failures: MetricEntry;
  readonly challenges: MetricEntry;
  readonly vendorAnswers: MetricEntry;
  readonly recordHealthy: MetricEntry;
  readonly recordRefused: MetricEntry;
  readonly policyInfo: MetricEntry;
  readonly policyRefused: MetricEntry;
  readonly allowlistDrift: MetricEntry;
  readonly allowlistChecks: MetricEntry;
  readonly allowlistChecked: MetricEntry;
  readonly workerUp: MetricEntry;
  readonly workerEnds: MetricEntry;
  readonly buildInfo: MetricEntry;
  readonly startTime: MetricEntry;
  readonly cpuSeconds: MetricEntry;
  readonly residentBytes: MetricEntry;
  readonly loopDelay: MetricEntry;
} = {
  connections: counter('gatewright_connections_total', 'Client connections accepted.', ['listener']),
  connectionsOpen: gauge(['gatewright_connections_open', 'sum'], 'Client connections open now.', [
    'listener',
  ]),
  decisions: counter('gatewright_decisions_total', 'Decisions by stage, verdict and reason code.', [
    'stage',
    'verdict',
    'code',
  ]),
  answers: counter(
    'gatewright_answers_total',
    'Answers to clients by who wrote them and their HTTP status; status 0: none was sent.',
    ['by', 'status'],
  ),
  answerSeconds: {
    name: 'gatewright_answer_seconds',
    kind: 'histogram',
    help: 'Seconds from a request head to the end of its answer.',
    labels: ['by'],
    across: 'sum',
  },
  bytes: counter('gatewright_bytes_total', 'Payload bytes moved, in: from clients, out: to clients.', [
    'direction',
  ]),
  failures: counter('gatewright_failures_total', 'Failures by side and code (docs/errors.md).', [
    'side',
    'code',
  ]),
  challenges: counter(
    'gatewright_challenges_total',
    'Requests that were answered 407 or 429: credentials were wanted, wrong, or to be waited with.',
    ['listener'],
  ),
  vendorAnswers: counter(
    'gatewright_vendor_answers_total',
    'Answers in which a vendor refused an account, found the header wrong, or named another plan.',
    ['vendor', 'what'],
  ),
  recordHealthy: gauge(
    ['gatewright_record_healthy', 'min'],
    '1 while audit records can be written, else 0.',
    [],
  ),
  recordRefused: counter(
    'gatewright_record_refused_total',
    'Audit events that could not be written when they were due.',
    [],
  ),
  policyInfo: gauge(
    ['gatewright_policy_info', 'gate'],
    'Always 1; the revision of the policy in force is its label.',
    ['revision'],
  ),
  policyRefused: gauge(
    ['gatewright_policy_refused', 'gate'],
    '1 while the policy file on disk is invalid and an older policy is in force, else 0.',
    [],
  ),
  workerUp: gauge(
    ['gatewright_worker_up', 'gate'],
    '1 while the worker serves, else 0; where the gate is one process, there is none.',
    ['worker'],
  ),
  workerEnds: counter('gatewright_worker_ends_total', 'Workers that ended and were replaced.', [
    'worker',
    'cause',
  ]),
  buildInfo: gauge(
    ['gatewright_build_info', 'gate'],
    'Always 1; the versions of the gate and of Node are its labels.',
    ['version', 'node'],
  ),
  allowlistChecks: counter(
    'gatewright_allowlist_checks_total',
    "Questions for GitHub's list of domains, by outcome.",
    ['outcome'],
  ),
  allowlistDrift: gauge(
    ['gatewright_allowlist_drift', 'gate'],
    "What GitHub's list of domains and the policy do not agree on, by state; none before the list was read.",
    ['state'],
  ),
  allowlistChecked: gauge(
    ['gatewright_allowlist_checked_time_seconds', 'gate'],
    "When GitHub's list of domains was last had, in seconds since 1970 UTC; none before.",
    [],
  ),
  startTime: gauge(
    ['process_start_time_seconds', 'gate'],
    'When the process started, in seconds since 1970 UTC.',
    [],
  ),
  cpuSeconds: counter(
    'process_cpu_seconds_total',
    'CPU time spent, user and system, in seconds, by all processes.',
    [],
  ),
  residentBytes: gauge(
    ['process_resident_memory_bytes', 'sum'],
    'Resident memory in bytes, of all processes.',
    [],
  ),
  loopDelay: gauge(
    ['gatewright_loop_delay_seconds', 'max'],
    'The 99th percentile of the event loop delay since the last scrape, in seconds; the slowest process has it.',
    [],
  ),
};

/** Upper bounds of the buckets of `gatewright_answer_seconds`. Streams of Copilot last minutes. */
export const ANSWER_SECONDS_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

function counter(name: string, help: string, labels: readonly string[]): MetricEntry {
  return { name, kind: 'counter', help, labels, across: 'sum' };
}

function gauge(
  [name, across]: readonly [string, MetricEntry['across']],
  help: string,
  labels: readonly string[],
): MetricEntry {
  return { name, kind: 'gauge', help, labels, across };
}
