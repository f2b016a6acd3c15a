// Programs that tests start: their output, their end, and that none is left behind.
// Must not know which programs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestScope } from './test-scope.ts';

/** The project's folder. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The command, to be run with a Node. */
export const GATEWRIGHT: string = join(ROOT, 'bin', 'gatewright.js');

export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly cwd?: string | undefined;
  /** On top of this process's variables; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly input?: string | undefined;
  /** Another user to run as; only root may. */
  readonly uid?: number | undefined;
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves with everything on standard output so far once `pattern` is in it; rejects when the program ends before. */
  until(pattern: RegExp): Promise<string>;
  /** The same for standard error. */
  untilError(pattern: RegExp): Promise<string>;
  /** All it wrote so far, on both streams. */
  output(): string;
  readonly ended: Promise<Ended>;
}

/** What programs live as long as: a test, or with `after` of node:test the whole file. */
export type Life = TestScope;

/** Starts a program; it is killed when the test ends. */
export function start(t: Life, command: readonly string[], options: Options = {}): Started {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  t.after(() => child.kill('SIGKILL'));
  child.stdin.on('error', () => {
    // The program may end without reading.
  });
  child.stdin.end(options.input ?? '');
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = once(child, 'close').then(([status, signal]): Ended => ({ status, signal, ...output }));
  const waitFor = (stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(output[stream])) resolve(output[stream]);
      };
      child[stream].on('data', look);
      look();
      void ended.then((end) => reject(new Error(`ended before ${pattern}: ${JSON.stringify(end)}`)), reject);
    });
  return {
    child,
    until: (pattern) => waitFor('stdout', pattern),
    untilError: (pattern) => waitFor('stderr', pattern),
    output: () => output.stdout + output.stderr,
    ended,
  };
}

/** Runs a program to its end. */
export function runToEnd(t: Life, command: readonly string[], options: Options = {}): Promise<Ended> {
  return start(t, command, options).ended;
}

/** Runs `gatewright ARGS…` on this Node to its end. */
export function gatewright(t: Life, args: readonly string[], options: Options = {}): Promise<Ended> {
  return runToEnd(t, [process.execPath, GATEWRIGHT, ...args], options);
}
