// A folder that lives as long as a test. Must not know what is put into it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestScope } from './test-scope.ts';

/** A new empty folder; removed with all it holds when the test ends. */
export async function tempDir(t: TestScope): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'gatewright-'));
  // A program that was just killed may still write for a moment.
  t.after(() => rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return path;
}
