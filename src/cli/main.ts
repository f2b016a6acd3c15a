// The entry that bin/gatewright.js calls: the real terminal, the real acts, the exit status.
// Must not know any command.
import { runCommandLine } from './program.ts';
import { processTerminal } from './terminal.ts';

/** Runs the process's own command line and ends the process with its status. */
export async function main(): Promise<void> {
  const status = await runCommandLine(process.argv.slice(2), {
    terminal: processTerminal(),
    loadActs: async () => (await import('../compose.ts')).createActs(),
  });
  // Not process.exit(): what is still on its way to a pipe would be cut.
  process.exitCode = status;
  // Everything has been asked to end; what has not by then must not keep the terminal.
  setTimeout(() => process.exit(status), 2_000).unref();
}
