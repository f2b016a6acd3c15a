// The last body of /meta that was read, on the disk, so that an unchanged list is not sent again.
// Must not know how it is fetched. What cannot be read or written is as if there were no cache.
import fs, { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../core/base/make-folder.ts';
import { readRegularFile } from '../../core/base/regular-file.ts';
import type { Cli } from '../cli.ts';

/** A body, and the ETag under which it can be asked for again. */
export interface CachedMeta {
  readonly url: string;
  readonly etag: string;
  readonly body: string;
}

/** `--cache`, or a file in the user's cache folder (XDG Base Directory Specification); null where there is none. */
export function metaCacheFile(cli: Cli, option: string | undefined): string | null {
  if (option !== undefined) return resolve(cli.terminal.cwd, option);
  const { XDG_CACHE_HOME: cache = '', HOME: home = '' } = cli.terminal.env;
  if (cache.startsWith('/')) return join(cache, 'gatewright', 'meta.json');
  return home.startsWith('/') ? join(home, '.cache', 'gatewright', 'meta.json') : null;
}

export function readMetaCache(file: string, url: string): CachedMeta | null {
  try {
    const read = cachedSchema().parse(JSON.parse(Buffer.from(readRegularFile(file, fs)).toString()));
    return read.url === url ? read : null;
  } catch {
    return null;
  }
}

/** Whole or not at all; the next time asks again when it could not be written. */
export function writeMetaCache(file: string, cached: CachedMeta): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    makeFolder(dirname(file), { mkdir: (path) => mkdirSync(path, { mode: 0o700 }), parentOf: dirname });
    writeFileSync(draft, `${JSON.stringify({ v: 1, ...cached })}\n`, { mode: 0o600 });
    renameSync(draft, file);
  } catch {
    rmSync(draft, { force: true });
  }
}

function cachedSchema() {
  return z
    .strictObject({
      v: z.literal(1),
      url: z.string(),
      // As it goes into a header line (RFC 9110 section 8.8.3).
      etag: z.string().regex(/^(?:W\/)?"[\x21\x23-\x7e]*"$/),
      body: z.string(),
    })
    .transform(({ url, etag, body }): CachedMeta => ({ url, etag, body }));
}
