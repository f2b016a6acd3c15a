// What runs in the verifying thread: one comparison at a time, so that the event loop never pays for bcrypt.
// Must not know users.
import type { MessagePort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

export interface Comparison {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

export interface Compared {
  readonly id: number;
  readonly matches: boolean;
}

/** Answers comparisons that come through the port. */
export function serveComparisons(port: MessagePort): void {
  port.on('message', ({ id, password, hash }: Comparison) => {
    const answer: Compared = { id, matches: compareSync(password, hash) };
    port.postMessage(answer);
  });
}
