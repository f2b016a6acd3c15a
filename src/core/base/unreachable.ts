/** Ends every exhaustive `switch`: the compiler proves that no variant is left, and a bug that gets here ends the worker. */
export function unreachable(value: never): never {
  throw new Error(`unreachable variant: ${JSON.stringify(value)}`);
}
