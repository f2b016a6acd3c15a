// What a command goes by when its options name nothing: the settings of this folder, else the demo's places.
// Must not know any command.
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { cidrContains, parseIpAddress } from '../core/base/ip-address.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import type { ListenAddress, Settings } from '../core/settings/settings.ts';
import { DEFAULT_ADMIN, DEFAULT_TOKEN_FILE } from './admin-client.ts';
import type { Cli } from './cli.ts';
import { DEFAULT_POLICY_FILE, readPolicy } from './policy-file.ts';
import { DEFAULT_SETTINGS_FILE, readSettings } from './settings-file.ts';

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
  const usable = settings.listeners.filter(
    (listener) => listener.door === 'proxy' && !wantsProxyHeader(listener),
  );
  const open = usable.find(({ credentials }) => credentials === 'none') ?? usable[0];
  if (open !== undefined) return urlOf(open.at, PROXY_WORDS);
  const why = 'every listener of HTTP wants a PROXY header of this machine, as a load balancer sends it';
  return cannot(PROXY_WORDS, why);
}

/** What connects to an address of its own machine comes from that address; a listed peer must send a header (R-09). */
function wantsProxyHeader({ at, proxyProtocol }: Settings['listeners'][number]): boolean {
  const from = parseIpAddress(dialled(at.address));
  return from.ok && proxyProtocol.some((network) => cidrContains(network, from.value));
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
  if (
    settings.value === null &&
    tokenFile === undefined &&
    !existsSync(resolve(cli.terminal.cwd, DEFAULT_TOKEN_FILE))
  )
    return err({ kind: 'failed', message: NO_GATE });
  const found = admin === undefined ? adminOf(own) : ok(admin);
  if (!found.ok) return found;
  return ok({ admin: found.value, tokenFile: tokenFile ?? own?.tokenFile ?? DEFAULT_TOKEN_FILE });
}

const NO_GATE = `Cannot find the gate: this folder has no ${DEFAULT_SETTINGS_FILE}, and no demo runs here. Name the settings with --config FILE.`;

function adminOf(own: Settings['admin'] | undefined): Result<string, Trouble> {
  return own === undefined ? ok(DEFAULT_ADMIN) : urlOf(own.listen, ADMIN_WORDS);
}

/** How a place is told that the settings do not give. */
interface Words {
  readonly attempt: string;
  readonly option: string;
}

const PROXY_WORDS: Words = { attempt: 'Cannot tell where the gate listens', option: '--proxy' };
const ADMIN_WORDS: Words = { attempt: "Cannot tell where the gate's admin API is", option: '--admin' };

function cannot({ attempt, option }: Words, why: string): Result<never, Trouble> {
  return err({ kind: 'failed', message: `${attempt}: ${why}. Name it with ${option} http://HOST:PORT.` });
}

/** `http://ADDRESS:PORT`, as a client on this machine writes it. */
function urlOf({ address, port }: ListenAddress, words: Words): Result<string, Trouble> {
  const to = dialled(address);
  const place = `${to.includes(':') ? `[${to}]` : to}:${port}`;
  const say = `the settings say ${JSON.stringify(place)}`;
  if (port === 0) return cannot(words, `${say}, a port that the system chooses`);
  // Tokens and passwords go there: a folder that somebody else wrote must not send them to him.
  if (!isOwn(to)) return cannot(words, `${say}, which is no address of this machine`);
  return ok(`http://${place}`);
}

/** The whole of 127.0.0.0/8 is this machine (RFC 1122 section 3.2.1.3), and on no interface but for 127.0.0.1. */
function isOwn(address: string): boolean {
  if (address.startsWith('127.') || address === '::1') return true;
  return Object.values(networkInterfaces()).some((one) => one?.some((own) => own.address === address));
}

/** What listens everywhere is reached on loopback. */
function dialled(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}
