// The system tools that some tests drive: where each is, and how to get it.
// Must not know the tests. `.ci/run` installs the same tools.
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { ROOT } from './processes.ts';

/** Every tool a test may ask for, with the Debian package that brings it. */
export const SYSTEM_TOOLS = {
  git: 'git',
  curl: 'curl',
  gh: 'gh',
  chromium: 'chromium',
  certutil: 'libnss3-tools',
  openssl: 'openssl',
  python3: 'python3',
  testssl: 'testssl.sh',
  java: 'default-jre-headless',
  keytool: 'default-jre-headless',
  ant: 'ant',
  ip: 'iproute2',
  nft: 'nftables',
  prlimit: 'util-linux',
  faketime: 'faketime',
  nginx: 'nginx',
  jq: 'jq',
} as const;

export type SystemTool = keyof typeof SYSTEM_TOOLS;

/**
 * The path of a tool, or null after marking the test as not run: the test then returns at once.
 * With `CI=true` a missing tool throws, so that a green build has run everything.
 */
export function requireTool(t: TestContext, tool: SystemTool): string | null {
  const path = findTool(tool);
  if (path !== null) return path;
  const reason = `${tool} is missing; install it (Debian: apt-get install ${SYSTEM_TOOLS[tool]})`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  t.skip(reason);
  return null;
}

/** The same for a client that is an npm package under test/clients: the path of `file` in its node_modules. */
export function requireClient(t: TestContext, client: string, file: string): string | null {
  const path = join(ROOT, 'test', 'clients', client, 'node_modules', file);
  if (existsSync(path)) return path;
  const reason = `${client} is missing; install it (npm ci --prefix test/clients/${client})`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  t.skip(reason);
  return null;
}

/** The tool's path, or null where PATH does not lead to it. */
export function findTool(tool: SystemTool): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, tool);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
