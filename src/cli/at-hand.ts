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
  const isAlone = options.config === undefined || options.timeZone !== undefined;
  const isSaid = options.policy !== undefined && isAlone;
  const settings = isSaid ? ok(null) : await settingsAtHand(cli, options.config);
  if (!settings.ok) return settings;
  const file = options.policy ?? settings.value?.policy ?? DEFAULT_POLICY_FILE;
  return readPolicy(cli, file, options.timeZone ?? settings.value?.timeZone);
}

/** Where a gate listens, as a client on this machine reaches it, and its CA: each as it is named, else the settings'. */
export async function listenerAtHand(
  cli: Cli,
  options: {
    readonly config?: string | undefined;
    readonly proxy?: string | undefined;
    readonly ca?: string | undefined;
  },
): Promise<Result<{ readonly proxy: string; readonly ca: string }, Trouble>> {
  const { proxy, ca } = options;
  if (proxy !== undefined && ca !== undefined) return ok({ proxy, ca });
  const settings = await settingsAtHand(cli, options.config);
  if (!settings.ok) return settings;
  const own = settings.value;
  const found = proxy === undefined ? proxyOf(own) : ok(proxy);
  if (!found.ok) return found;
  return ok({ proxy: found.value, ca: ca ?? (own === null ? DEFAULT_CA : join(own.ca.dir, 'ca.pem')) });
}

const DEFAULT_PROXY = 'http://127.0.0.1:3128';
const DEFAULT_CA = '.gatewright/ca.pem';

function proxyOf(settings: Settings | null): Result<string, Trouble> {
  if (settings === null) return ok(DEFAULT_PROXY);
  const { listeners } = settings;
  const open = listeners.find(({ credentials }) => credentials === 'none') ?? listeners[0];
  if (open !== undefined && open.proxy.port !== 0) return ok(`http://${reached(open.proxy)}`);
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
  const { admin, tokenFile } = options;
  if (admin !== undefined && tokenFile !== undefined) return ok({ admin, tokenFile });
  const settings = await settingsAtHand(cli, options.config);
  if (!settings.ok) return settings;
  const own = settings.value?.admin;
  return ok({
    admin: admin ?? (own === undefined ? DEFAULT_ADMIN : `http://${reached(own.listen)}`),
    tokenFile: tokenFile ?? own?.tokenFile ?? DEFAULT_TOKEN_FILE,
  });
}

/** `ADDRESS:PORT`; what listens everywhere is reached on loopback. */
function reached({ address, port }: ListenAddress): string {
  if (address === '0.0.0.0') return `127.0.0.1:${port}`;
  if (address === '::') return `[::1]:${port}`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
