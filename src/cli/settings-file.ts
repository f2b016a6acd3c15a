// gatewright.yaml, read for a command.
// Must not know what the settings are used for.
import { resolve } from 'node:path';
import { err, type Result } from '../core/base/result.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { Cli } from './cli.ts';
import type { Trouble } from './shell.ts';

export const DEFAULT_SETTINGS_FILE = 'gatewright.yaml';

/** Reads the settings as the gate would. */
export async function readSettings(cli: Cli, file: string): Promise<Result<Settings, Trouble>> {
  const shell = await cli.loadShell();
  const settings = shell.readSettings(resolve(cli.terminal.cwd, file));
  return settings.ok ? settings : err({ kind: 'invalid', faults: settings.error });
}

/** Reads them once nobody writes the file. */
export async function readSettledSettings(cli: Cli, file: string): Promise<Result<Settings, Trouble>> {
  const shell = await cli.loadShell();
  const settings = await shell.readSettledSettings(resolve(cli.terminal.cwd, file));
  return settings.ok ? settings : err({ kind: 'invalid', faults: settings.error });
}
