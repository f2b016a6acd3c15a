// Waiting for what another part of this process, or another process, is about to do. Must not know what.

/** Patience, not a promise: a machine that is busy with other things is not a failure. */
const DEADLINE_MS = 20_000;

/** Asks again on every turn of the event loop until the answer is not null; rejects with `otherwise` after 20 seconds. */
export async function until<T>(ask: () => T | null | Promise<T | null>, otherwise: string): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Error(`${otherwise} within ${DEADLINE_MS} ms`);
    await turn();
  }
}

/** Waits until it holds. */
export async function untilTrue(holds: () => boolean | Promise<boolean>, otherwise: string): Promise<void> {
  await until(async () => ((await holds()) ? true : null), otherwise);
}

/** Tries again until the attempt does not reject; rejects as the last one did after 20 seconds. */
export async function untilDone<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}
