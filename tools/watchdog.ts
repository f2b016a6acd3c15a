// Loaded into every test file's process: ends it when it outlives its time, whatever holds it.
// The runner's own timeout asks with SIGTERM, which a test process answers by waiting for its hooks.
// Must not know any test.
const LIMIT_MS = 130_000;

setTimeout(() => {
  console.error(
    `${process.argv[1]} is still there after ${LIMIT_MS / 1_000} s: something it opened was never closed.`,
  );
  process.exit(1);
}, LIMIT_MS).unref();
