// Time that passes on purpose, for programs that measure. Must not be used by a test: what it waits for is an event.

/** Resolves after so many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(() => resolve(), ms));
}
