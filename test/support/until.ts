// Waiting for what another part of this process is about to do. Must not know what.

const DEADLINE_MS = 5_000;

/** Asks again on every turn of the event loop until the answer is not null; rejects with `otherwise` after five seconds. */
export async function until<T>(ask: () => T | null, otherwise: string): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Error(`${otherwise} within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Waits until it holds. */
export async function untilTrue(holds: () => boolean, otherwise: string): Promise<void> {
  await until(() => (holds() ? true : null), otherwise);
}
