// Waiting in front of something that runs until it is stopped or breaks.
// Must not know what runs.
import { type Cli, endInTrouble, warn } from './cli.ts';
import { EXIT } from './exit-status.ts';
import type { Running } from './shell.ts';

/** Waits for Ctrl-C or SIGTERM, stops it, and ends the command: 0 when it was asked to stop, 1 when it broke. */
export async function untilEnd(cli: Cli, running: Running): Promise<void> {
  const asked = cli.terminal.untilStopped().then((signal) => ({ kind: 'asked', signal }) as const);
  const broke = running.broken.then((trouble) => ({ kind: 'broke', trouble }) as const);
  const end = await Promise.race([asked, broke]);
  if (end.kind === 'asked') warn(cli, 'Stopping …');
  await running.stop();
  if (end.kind === 'broke') endInTrouble(cli, end.trouble);
  else cli.end(EXIT.fine);
}
