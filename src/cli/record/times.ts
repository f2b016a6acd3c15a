// Moments in JSON for a program, as text that people and programs read alike. Must not know whose moments they are.

/** The value with each number under a key such as `firstMs` as an RFC 3339 time under `first`. */
export function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) =>
      TIMES.has(key) && typeof item === 'number'
        ? [key.slice(0, -'Ms'.length), new Date(item).toISOString()]
        : [key, withTimes(item)],
    ),
  );
}

const TIMES: ReadonlySet<string> = new Set(['fromMs', 'toMs', 'firstMs', 'lastMs']);
