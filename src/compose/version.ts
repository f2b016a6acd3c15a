// The version of this package. Must not know who prints it.
import { readFileSync } from 'node:fs';

/** As package.json has it. */
export function packageVersion(): string {
  const read: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const version: unknown = typeof read === 'object' && read !== null ? Reflect.get(read, 'version') : null;
  return typeof version === 'string' ? version : 'unknown';
}
