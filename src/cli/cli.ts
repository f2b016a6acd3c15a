// What every command is given, and how it says what it has to say.
// Must not know any command.
import { styleText } from 'node:util';
import type { Acts } from '../acts.ts';
import type { Fault } from '../core/base/document.ts';
import type { Trouble } from '../core/base/trouble.ts';
import { unreachable } from '../core/base/unreachable.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import type { Terminal } from './terminal.ts';

export interface Cli {
  readonly terminal: Terminal;
  /** Loads what a gate can do; commands that only think never do. */
  loadActs(): Promise<Acts>;
  /** Called once by the command that ran. */
  end(status: ExitStatus): void;
}

/** A line on standard output. */
export function say(cli: Cli, line = ''): void {
  cli.terminal.out(`${line}\n`);
}

/** A value on standard output, for a program. */
export function sayJson(cli: Cli, value: unknown): void {
  cli.terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** A line on standard error. */
export function warn(cli: Cli, line: string): void {
  cli.terminal.err(`${line}\n`);
}

/** Ends with what went wrong. */
export function endInTrouble(cli: Cli, trouble: Trouble): void {
  cli.end(sayTrouble(cli, trouble));
}

/** Says what went wrong, one line for a failure, one line per fault of a document; returns the status it means. */
export function sayTrouble(cli: Cli, trouble: Trouble): ExitStatus {
  switch (trouble.kind) {
    case 'failed':
      warn(cli, trouble.message);
      return EXIT.failure;
    case 'invalid':
      for (const fault of trouble.faults) warn(cli, faultLine(fault));
      return EXIT.invalid;
    default:
      return unreachable(trouble);
  }
}

/** `FILE:LINE:COLUMN: …`, which editors and build logs turn into a link. */
export function faultLine({ file, line, column, value, problem, mend }: Fault, prefix = ''): string {
  return `${file}:${line}:${column}: ${prefix}${JSON.stringify(value)}: ${problem}; ${mend}`;
}

/** Colours where the terminal shows them; the text is the same without. */
export function paint(cli: Cli, style: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string): string {
  return cli.terminal.colours ? styleText(style, text, { validateStream: false }) : text;
}

/** Help made of examples: what to type, and what for. */
export function examples(...rows: readonly (readonly [command: string, purpose: string])[]): string {
  const width = Math.max(...rows.map(([command]) => command.length));
  const lines = rows.map(([command, purpose]) => `  $ ${command.padEnd(width)}   # ${purpose}`);
  return `\nExamples:\n${lines.join('\n')}`;
}
