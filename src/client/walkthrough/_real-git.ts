// The git that people have, through the same proxy and with the same trust. Credentials go by its environment, so that
// nobody reads them from a list of processes. Must not know repositories.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Sight } from './_sight.ts';

export interface GitSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly proxy: string;
  /** A PEM file of everything that is believed. */
  readonly caFile: string;
}

const PATIENCE_MS = 10_000;

/** True where a git can be started. */
export async function hasGit(env: GitSurroundings['env']): Promise<boolean> {
  return (await run(['--version'], env)).status === 0;
}

/** Runs git; what GitHub said comes from git's own words: `remote: …` and `The requested URL returned error: …`. */
export async function runGit(
  args: readonly string[],
  token: string | null,
  surroundings: GitSurroundings,
): Promise<Sight> {
  const ended = await run(args, variables(token, surroundings));
  if (ended.status === 0) return { status: 200, by: 'GitHub', text: null };
  const remote = /^remote: (.*)$/m.exec(ended.stderr)?.[1];
  const status = /returned error: (\d+)/.exec(ended.stderr)?.[1];
  const lastLine = ended.stderr.trim().split('\n').at(-1) ?? '';
  return remote === undefined || status === undefined
    ? { status: 0, by: 'nobody', text: lastLine }
    : { status: Number(status), by: 'GitHub', text: remote.trimEnd() };
}

function variables(
  token: string | null,
  { env, proxy, caFile }: GitSurroundings,
): Record<string, string | undefined> {
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  const settings = [
    ['http.proxy', proxy],
    ['http.sslCAInfo', caFile],
    // Nobody else's credentials, and nobody asked for them.
    ['credential.helper', ''],
    ...(token === null ? [] : [['http.extraHeader', `Authorization: Basic ${basic}`]]),
  ];
  const numbered = settings.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return {
    ...env,
    ...Object.fromEntries(numbered),
    GIT_CONFIG_COUNT: String(settings.length),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_SSL_CAINFO: undefined,
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
    NO_PROXY: undefined,
    no_proxy: undefined,
  };
}

function run(
  args: readonly string[],
  env: GitSurroundings['env'],
): Promise<{ readonly status: number | null; readonly stderr: string }> {
  return new Promise((resolve) => {
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    const child = spawn('git', args, { env: { ...env }, stdio: [...stdio], timeout: PATIENCE_MS });
    const stderr = text(child.stderr);
    child.once('error', () => resolve({ status: null, stderr: 'git cannot be started' }));
    child.once('close', async (status) => resolve({ status, stderr: await stderr }));
  });
}
