// `gatewright exec -- COMMAND…`: a command with every proxy and CA variable set, and nothing else changed.
// Must not know what the command does.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { Command } from 'commander';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { CONFIG_OPTION, listenerAtHand } from '../at-hand.ts';
import { type Cli, endInTrouble, examples, warn } from '../cli.ts';
import type { ExitStatus } from '../exit-status.ts';
import { readText, whyNot } from '../files.ts';

interface ExecOptions {
  readonly config?: string;
  readonly proxy?: string;
  readonly ca?: string;
  readonly user?: string;
  readonly direct: string;
}

export function execCommand(cli: Cli): Command {
  return new Command('exec')
    .description('run a command through the gate: all proxy and CA variables set')
    .argument('<command...>', 'the command and its arguments, after --')
    .passThroughOptions()
    .option(...CONFIG_OPTION)
    .option('--proxy <url>', "the listener (the settings' first, or the demo's http://127.0.0.1:3128)")
    .option('--ca <file>', "the gate's CA certificate (the settings', or the demo's .gatewright/ca.pem)")
    .option(
      '--user <name[:password]>',
      'proxy credentials; GATEWRIGHT_PASSWORD or a question gives the password',
    )
    .option('--direct <hosts>', 'hosts that are reached without the gate', 'localhost,127.0.0.1,::1')
    .addHelpText(
      'after',
      examples(
        [
          'gatewright exec -- git clone https://github.com/open-org/hello',
          'git, curl, node, python: all alike',
        ],
        ['gatewright exec --proxy http://gate.example.com:3128 --ca gate.pem -- code .', "a company's gate"],
        [
          'gatewright exec --proxy http://127.0.0.1:3130 --user carol:carol-demo -- curl https://github.com',
          'with credentials',
        ],
      ),
    )
    .action(async (command: readonly string[], options: ExecOptions) => {
      const ready = await prepare(cli, options);
      if (!ready.ok) return endInTrouble(cli, ready.error);
      try {
        cli.end(await runInFront(cli, command, { ...cli.terminal.env, ...ready.value.variables }));
      } finally {
        rmSync(ready.value.folder, { recursive: true, force: true });
      }
    });
}

/** Every variable by which a client finds the proxy and the CA (docs/ca.md says who reads which). */
function proxyVariables(given: {
  readonly proxy: string;
  /** The gate's CA alone, for clients that add it to their own roots. */
  readonly caFile: string;
  /** The system's roots and the gate's CA, for clients that replace theirs. */
  readonly bundleFile: string;
  readonly direct: string;
}): Readonly<Record<string, string>> {
  const { proxy, caFile, bundleFile, direct } = given;
  return {
    HTTPS_PROXY: proxy,
    https_proxy: proxy,
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    NO_PROXY: direct,
    no_proxy: direct,
    NODE_EXTRA_CA_CERTS: caFile,
    // Node's own fetch() reads proxy variables only when told to.
    NODE_USE_ENV_PROXY: '1',
    SSL_CERT_FILE: bundleFile,
    GIT_SSL_CAINFO: bundleFile,
    CURL_CA_BUNDLE: bundleFile,
    REQUESTS_CA_BUNDLE: bundleFile,
  };
}

async function prepare(
  cli: Cli,
  options: ExecOptions,
): Promise<
  Result<{ readonly folder: string; readonly variables: Readonly<Record<string, string>> }, Trouble>
> {
  const named = await listenerAtHand(cli, options);
  if (!named.ok) return named;
  const proxy = await proxyUrl(cli, { proxy: named.value.proxy, user: options.user });
  if (!proxy.ok) return proxy;
  const ca = readText(cli, named.value.ca, 'the CA certificate');
  if (!ca.ok) return ca;
  if (!ca.value.text.includes('-----BEGIN CERTIFICATE-----')) {
    const message = `Cannot use ${JSON.stringify(named.value.ca)} as CA certificate: it is no PEM file. Fetch it from ${named.value.proxy}/ca.pem.`;
    return err({ kind: 'failed', message });
  }
  const folder = mkdtempSync(join(tmpdir(), 'gatewright-'));
  const caFile = join(folder, 'ca.pem');
  const bundleFile = join(folder, 'roots-and-ca.pem');
  writeFileSync(caFile, ca.value.text);
  writeFileSync(bundleFile, [...getCACertificates('system'), ca.value.text].join('\n'));
  return ok({
    folder,
    variables: proxyVariables({ proxy: proxy.value, caFile, bundleFile, direct: options.direct }),
  });
}

async function proxyUrl(
  cli: Cli,
  options: { readonly proxy: string; readonly user: string | undefined },
): Promise<Result<string, Trouble>> {
  const match = /^http:\/\/(?:([^/@]*)@)?([^/@?#]+)\/?$/.exec(options.proxy);
  if (match === null) {
    const message = `Cannot use ${JSON.stringify(options.proxy)} as proxy: write it as http://HOST:PORT; clients speak plain HTTP to a proxy.`;
    return err({ kind: 'failed', message });
  }
  const [, given = '', host = ''] = match;
  if (options.user === undefined) return ok(given === '' ? `http://${host}` : `http://${given}@${host}`);
  const colon = options.user.indexOf(':');
  const user = colon < 0 ? options.user : options.user.slice(0, colon);
  const password = colon < 0 ? await askPassword(cli, user) : ok(options.user.slice(colon + 1));
  if (!password.ok) return password;
  return ok(`http://${encodeURIComponent(user)}:${encodeURIComponent(password.value)}@${host}`);
}

async function askPassword(cli: Cli, user: string): Promise<Result<string, Trouble>> {
  const known = cli.terminal.env['GATEWRIGHT_PASSWORD'];
  if (known !== undefined) return ok(known);
  if (cli.terminal.interactive) return ok(await cli.terminal.askSecret(`Proxy password of ${user}: `));
  const message = `Cannot ask for the password of ${JSON.stringify(user)}: this is no terminal. Set GATEWRIGHT_PASSWORD.`;
  return err({ kind: 'failed', message });
}

/** Runs the command on this terminal, passes signals on, and resolves with the status a shell would give. */
function runInFront(
  cli: Cli,
  [file = '', ...args]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ExitStatus> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'inherit', env, cwd: cli.terminal.cwd });
    const forward = (signal: NodeJS.Signals): boolean => child.kill(signal);
    const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const end = (status: ExitStatus): void => {
      for (const signal of signals) process.off(signal, forward);
      resolve(status);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      warn(cli, `Cannot run ${JSON.stringify(file)}: ${whyNot(error)}`);
      end(error.code === 'ENOENT' ? COMMAND_NOT_FOUND : COMMAND_NOT_EXECUTABLE);
    });
    child.once('exit', (status, signal) =>
      end(status ?? SIGNAL_BASE + (constants.signals[signal ?? 'SIGTERM'] ?? 0)),
    );
  });
}

// What shells say (POSIX, Acts Command Language 2.8.2).
const COMMAND_NOT_FOUND = 127;
const COMMAND_NOT_EXECUTABLE = 126;
const SIGNAL_BASE = 128;
