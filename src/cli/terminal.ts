// The process as commands see it: text in and out, surroundings, the wish to stop. Tests bring their own.
// Must not know any command.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface Terminal {
  /** To standard output, as it stands. */
  out(text: string): void;
  /** To standard error, as it stands. */
  err(text: string): void;
  outBytes(bytes: Uint8Array): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** True when standard output may carry colours. */
  readonly colours: boolean;
  /** True when a person can answer questions. */
  readonly interactive: boolean;
  /** True when standard error can draw over its last line. */
  readonly redraws: boolean;
  /** True when standard output is a screen that can be wiped. */
  readonly wipes: boolean;
  ask(question: string): Promise<string>;
  /** Like `ask`, without showing what is typed. */
  askSecret(question: string): Promise<string>;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Standard input in pieces, for more than memory holds. */
  inputPieces(): AsyncIterable<Uint8Array>;
  /** Milliseconds since 1970 UTC. */
  nowMs(): number;
  /** Resolves with the first signal to stop. A second one more than a second later ends the process at once. */
  untilStopped(): Promise<StopSignal>;
  /** Calls `listener` on each SIGHUP. */
  onHangup(listener: () => void): void;
  /** Calls `listener` with an error that nobody caught, then ends the process with 1. */
  onCrash(listener: (error: unknown) => void): void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  // A reader that goes away, as `| head` does, wants no more; what runs goes on.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outBytes: (bytes) => void stdout.write(bytes),
    env,
    cwd: process.cwd(),
    // https://no-color.org: any value that is not empty.
    colours: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    wipes: stdout.isTTY === true && env['TERM'] !== 'dumb',
    redraws: stderr.isTTY === true && env['TERM'] !== 'dumb',
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    ask: (question) => ask(question, stderr),
    askSecret: async (question) => {
      stderr.write(question);
      const answer = await ask('', new Writable({ write: (_chunk, _encoding, done) => done() }));
      stderr.write('\n');
      return answer;
    },
    readInput: () => text(stdin),
    inputPieces: () => stdin,
    nowMs: () => Date.now(),
    untilStopped,
    onHangup: (listener) => void process.on('SIGHUP', listener),
    onCrash: (listener) =>
      void process.on('uncaughtException', (error) => {
        listener(error);
        process.exit(1);
      }),
  };
}

async function ask(question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

function untilStopped(): Promise<StopSignal> {
  return new Promise((resolve) => {
    let stoppingSinceMs: number | null = null;
    const stop = (signal: StopSignal): void => {
      // npm and a wrapper pass on what the terminal has sent already: the same wish, milliseconds later.
      if (stoppingSinceMs !== null && performance.now() - stoppingSinceMs > 1_000) process.exit(130);
      stoppingSinceMs ??= performance.now();
      resolve(signal);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}
