// What a command goes by when its options name nothing: the settings of this folder, else the demo's places.
// Must not know any command.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { ListenAddress, Settings } from '../core/settings/settings.ts';
import { DEFAULT_ADMIN, DEFAULT_TOKEN_FILE } from './admin-client.ts';
import type { Cli } from './cli.ts';
import { DEFAULT_POLICY_FILE, readPolicy } from './policy-file.ts';
import { DEFAULT_SETTINGS_FILE, readSettings } from './settings-file.ts';
import type { Trouble } from './shell.ts';

/** `--config FILE`, in the words that every command of a gate's settings uses. */
export const CONFIG_OPTION: readonly [flags: string, description: string] = [
  '--config <file>',
  `the settings (${DEFAULT_SETTINGS_FILE}, if it is there)`,
];

/** The settings that are named, those of this folder, or null. */
export async function settingsAtHand(cli: Cli, config?: string): Promise<Result<Settings | null, Trouble>> {
  if (config === undefined && !existsSync(resolve(cli.terminal.cwd, DEFAULT_SETTINGS_FILE))) return ok(null);
  return readSettings(cli, config ?? DEFAULT_SETTINGS_FILE);
}

/** The policy that is named, that of the settings, or policy.yaml; its days end where the settings say. */
export async function policyAtHand(
  cli: Cli,
  options: {
    readonly policy?: string | undefined;
    readonly config?: string | undefined;
    readonly timeZone?: string | undefined;
  },
): Promise<Result<Policy, Trouble>> {
  // A policy that is named alone is judged alone: the settings of this folder may be another gate's.
  const isAlone = options.policy !== undefined && options.config === undefined;
  const settings = isAlone ? ok(null) : await settingsAtHand(cli, options.config);
  if (!settings.ok) return settings;
  const file = options.policy ?? settings.value?.policy ?? DEFAULT_POLICY_FILE;
  return readPolicy(cli, file, options.timeZone ?? settings.value?.timeZone);
}

/** Where a gate listens, as a client on this machine reaches it, and its CA. */
export async function listenerAtHand(
  cli: Cli,
  config?: string,
): Promise<Result<{ readonly proxy: string; readonly ca: string }, Trouble>> {
  const settings = await settingsAtHand(cli, config);
  if (!settings.ok) return settings;
  if (settings.value === null) return ok({ proxy: 'http://127.0.0.1:3128', ca: '.gatewright/ca.pem' });
  const { listeners, ca } = settings.value;
  const open = listeners.find(({ credentials }) => credentials === 'none') ?? listeners[0];
  if (open !== undefined && open.proxy.port !== 0)
    return ok({ proxy: `http://${reached(open.proxy)}`, ca: join(ca.dir, 'ca.pem') });
  return err({ kind: 'failed', message: 'Cannot tell where the gate listens: name it with --proxy.' });
}

/** Where a gate's admin API is, and its token. */
export async function adminAtHand(
  cli: Cli,
  options: {
    readonly config?: string | undefined;
    readonly admin?: string | undefined;
    readonly tokenFile?: string | undefined;
  },
): Promise<Result<{ readonly admin: string; readonly tokenFile: string }, Trouble>> {
  const settings = await settingsAtHand(cli, options.config);
  if (!settings.ok) return settings;
  const own = settings.value?.admin;
  return ok({
    admin: options.admin ?? (own === undefined ? DEFAULT_ADMIN : `http://${reached(own.listen)}`),
    tokenFile: options.tokenFile ?? own?.tokenFile ?? DEFAULT_TOKEN_FILE,
  });
}

/** `ADDRESS:PORT`; what listens everywhere is reached on loopback. */
function reached({ address, port }: ListenAddress): string {
  if (address === '0.0.0.0') return `127.0.0.1:${port}`;
  if (address === '::') return `[::1]:${port}`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
