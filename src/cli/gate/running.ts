// Waiting in front of something that runs until it is stopped or breaks.
// Must not know what runs.

import type { Running } from '../../acts.ts';
import type { Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { crashText } from '../../core/record/crash.ts';
import { type Cli, endInTrouble, warn } from '../cli.ts';
import { EXIT } from '../exit-status.ts';

/**
 * Starts something and stays in front of it until Ctrl-C, SIGTERM or its own end. The command ends with 0 when it was
 * asked to stop, with 1 or 3 when it could not start or broke. A wish to stop that comes during the start is kept.
 */
export async function stayWith<R extends Running>(
  cli: Cli,
  starting: Promise<Result<R, Trouble>>,
  tell: (running: R) => void,
): Promise<void> {
  cli.terminal.onCrash((error) => cli.terminal.err(crashText(error)));
  const asked = cli.terminal.untilStopped().then(() => null);
  const started = await starting;
  if (!started.ok) return endInTrouble(cli, started.error);
  const running = started.value;
  tell(running);
  const trouble = await Promise.race([asked, running.broken]);
  if (trouble === null) warn(cli, 'Stopping …');
  await running.stop();
  if (trouble === null) cli.end(EXIT.fine);
  else endInTrouble(cli, trouble);
}
