// The real git as a developer behind the gate runs it: proxy, CA and a token from a credential helper.
// Must not know which repositories there are.
import assert from 'node:assert/strict';
import { cleanVariables } from './clients.ts';
import type { Demo } from './demo.ts';
import { type Ended, runToEnd } from './processes.ts';
import type { TestScope } from './test-scope.ts';

export interface GitUser {
  /** The proxy's URL, with credentials where the listener wants them. */
  readonly proxy: string;
  /** Handed over when GitHub asks; null for nobody. */
  readonly token: string | null;
}

export interface Git {
  /** Runs `git ARGS…` to its end. */
  run(args: readonly string[], cwd?: string): Promise<Ended>;
  /** The same; fails with what git said unless it ends well. */
  must(args: readonly string[], cwd?: string): Promise<string>;
}

export function gitOf(t: TestScope, demo: Demo, { proxy, token }: GitUser): Git {
  const helper = token === null ? '' : `!f() { echo username=anybody; echo password=${token}; }; f`;
  const settings = [
    `http.proxy=${proxy}`,
    `http.sslCAInfo=${demo.caFile}`,
    `credential.helper=${helper}`,
    // Random bytes do not get smaller; trying would measure zlib.
    'core.compression=0',
    'gc.auto=0',
  ].flatMap((setting) => ['-c', setting]);
  const run = (args: readonly string[], cwd = demo.folder): Promise<Ended> =>
    runToEnd(t, ['git', ...settings, ...args], { cwd, env: cleanVariables(demo.folder) });
  return {
    run,
    must: async (args, cwd) => {
      const ended = await run(args, cwd);
      assert.equal(ended.status, 0, `git ${args.join(' ')}\n${ended.stderr}`);
      return ended.stdout;
    },
  };
}
