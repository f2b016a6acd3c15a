// gatewright.yaml, read for a command.
// Must not know what the settings are used for.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Fault } from '../core/base/document.ts';
import { err, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { Cli } from './cli.ts';

export const DEFAULT_SETTINGS_FILE = 'gatewright.yaml';

/** Reads the settings as the gate would. */
export async function readSettings(cli: Cli, file: string): Promise<Result<Settings, Trouble>> {
  const acts = await cli.loadActs();
  const settings = acts.readSettings(resolve(cli.terminal.cwd, file));
  return settings.ok ? settings : err(troubleWith(cli, file, settings.error));
}

/** Reads them once nobody writes the file. */
export async function readSettledSettings(cli: Cli, file: string): Promise<Result<Settings, Trouble>> {
  const acts = await cli.loadActs();
  const settings = await acts.readSettledSettings(resolve(cli.terminal.cwd, file));
  return settings.ok ? settings : err(troubleWith(cli, file, settings.error));
}

function troubleWith(cli: Cli, file: string, faults: readonly Fault[]): Trouble {
  if (existsSync(resolve(cli.terminal.cwd, file))) return { kind: 'invalid', faults };
  const message = `Cannot read the settings ${JSON.stringify(file)}: there is no such file. Name another with --config, or have gatewright init write one.`;
  return { kind: 'failed', message };
}
