// What the self-test asks of a network: each probe is one way around the gate, and how it was found.
// Must not know how packets are sent.

/** `open` is what an attacker hopes for; `unknown` could not be tried. */
export type Finding = {
  readonly result: 'closed' | 'open' | 'unknown';
  /** What was seen. */
  readonly detail: string;
};

export interface Probe {
  /** `direct-web`, with several destinations each; docs/network.md explains each. */
  readonly id: string;
  readonly destination: string;
  /** How to close it. */
  readonly mend: string;
  try(): Promise<Finding>;
}

export interface Tried extends Finding {
  readonly id: string;
  readonly destination: string;
  readonly mend: string;
}

/** All at once: together they take as long as the slowest. */
export function tryAll(probes: readonly Probe[]): Promise<readonly Tried[]> {
  return Promise.all(
    probes.map(async ({ id, destination, mend, try: tryIt }) => ({
      ...{ id, destination, mend },
      ...(await tryIt()),
    })),
  );
}

export function closed(detail: string): Finding {
  return { result: 'closed', detail };
}

export function open(detail: string): Finding {
  return { result: 'open', detail };
}

export function unknown(detail: string): Finding {
  return { result: 'unknown', detail };
}
