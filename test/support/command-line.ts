// The command line inside the test's own process: a terminal that remembers, and acts only where some are given.
// Must not know any command.
import { tmpdir } from 'node:os';
import type { Acts } from '../../src/acts.ts';
import type { Cli } from '../../src/cli/cli.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { readPolicy, watchFiles } from '../../src/compose/acts/policy.ts';

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The acts that a command may ask for. */
export type GivenActs = Partial<Omit<Acts, 'ca'>> & { readonly ca?: Partial<Acts['ca']> };

export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What a person types, in order; without it nobody is there to ask. */
  readonly answers?: readonly string[];
  readonly input?: string;
  readonly nowMs?: number;
  readonly colours?: 'shown';
  readonly wipes?: 'shown';
  /** Standard error is a terminal. */
  readonly redraws?: 'yes';
  readonly acts?: GivenActs;
}

/** Runs `gatewright ARGS…` and returns what it said. */
export async function sayTo(args: readonly string[], surroundings: Surroundings = {}): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const status = await runCommandLine(args, {
    terminal: rememberingTerminal(said, surroundings),
    loadActs: async () => givenActs(surroundings),
  });
  return { status, ...said };
}

/** What a command is given, for a part of one that is asked alone. */
export function cliIn(surroundings: Surroundings): Cli {
  return {
    terminal: rememberingTerminal({ stdout: '', stderr: '' }, surroundings),
    loadActs: async () => givenActs(surroundings),
    end: () => undefined,
  };
}

function givenActs({ acts }: Surroundings): Acts {
  return missingIsAFault({ readPolicy, watchFiles, ...acts });
}

function rememberingTerminal(said: { stdout: string; stderr: string }, given: Surroundings): Terminal {
  const answers = [...(given.answers ?? [])];
  const answer = async (question: string): Promise<string> => {
    said.stderr += question;
    const next = answers.shift();
    if (next === undefined) throw new Error(`nobody answers ${JSON.stringify(question)}`);
    return next;
  };
  return {
    out: (text) => {
      said.stdout += text;
    },
    err: (text) => {
      said.stderr += text;
    },
    outBytes: (bytes) => {
      said.stdout += new TextDecoder().decode(bytes);
    },
    env: given.env ?? {},
    cwd: given.cwd ?? tmpdir(),
    colours: given.colours === 'shown',
    interactive: given.answers !== undefined,
    wipes: given.wipes === 'shown',
    redraws: given.redraws === 'yes',
    ask: answer,
    askSecret: answer,
    readInput: async () => given.input ?? '',
    inputPieces: async function* () {
      yield new TextEncoder().encode(given.input ?? '');
    },
    nowMs: () => given.nowMs ?? Date.parse('2026-11-21T12:00:00Z'),
    untilStopped: async () => 'SIGINT',
    onHangup: () => {},
    onCrash: () => {},
  };
}

// A command that asks for more acts than its test gave has left its room.
function missingIsAFault(acts: GivenActs): Acts {
  const guarded: GivenActs = new Proxy(acts, {
    get: (target, name) => {
      if (name in target) return Reflect.get(target, name);
      // A promise is asked whether it is one.
      if (name === 'then') return undefined;
      throw new Error(`the command asked for the act ${String(name)}`);
    },
  });
  // The proxy answers every name or throws, so the missing ones are never seen as undefined.
  return guarded as Acts;
}
