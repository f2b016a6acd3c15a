// What of the limits one worker of several may use, so that the gate as a whole keeps to them.
// Must not know workers beyond their number.
import type { Limits } from './limits.ts';

/** Divided evenly, rounded up. What stands on its own in each worker, such as a time or the size of a head, stays. */
export function limitsShare(limits: Limits, workers: number): Limits {
  const share = (all: number): number => Math.ceil(all / workers);
  return {
    ...limits,
    poolConnections: share(limits.poolConnections),
    handshakesPerSecond: share(limits.handshakesPerSecond),
    leavesPerMinute: share(limits.leavesPerMinute),
    refusalLeavesPerMinute: share(limits.refusalLeavesPerMinute),
    identityQueue: share(limits.identityQueue),
  };
}
