// `gatewright selftest`: whether a network leaves ways around the gate, tried from where it runs.
// Must not know what a single probe does.
import { Command, InvalidArgumentError } from 'commander';
import { directProbes } from '../../client/egress/direct-probes.ts';
import { type Probe, type Tried, tryAll } from '../../client/egress/probe.ts';
import { otherProxyProbes, proxyProbes } from '../../client/egress/proxy-probes.ts';
import { stampProbe } from '../../client/egress/stamp-probe.ts';
import { parseIpAddress } from '../../core/base/ip-address.ts';
import { ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type Cli, endInTrouble, examples, paint, say, sayJson } from '../cli.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { readText } from '../files.ts';

interface EgressOptions {
  readonly proxy?: string;
  readonly ca?: string;
  readonly simulator?: string;
  readonly simulatorCa?: string;
  readonly resolve: ReadonlyMap<string, readonly string[]>;
  readonly target: readonly string[];
  readonly timeout: number;
  readonly json?: true;
}

export function selftestCommand(cli: Cli): Command {
  return new Command('selftest')
    .description('try whether the network leaves ways around the gate')
    .addCommand(egressCommand(cli));
}

function egressCommand(cli: Cli): Command {
  return new Command('egress')
    .description('try every way around the gate from this machine, and say which are open')
    .option('--proxy <url>', "the gate's listener: tries what must not get through it, too")
    .option(
      '--ca <file>',
      "the gate's CA certificate: tells what was led to the gate from what went around it",
    )
    .option('--simulator <url>', 'a simulated GitHub behind the gate: tries whether the stamp arrives there')
    .option('--simulator-ca <file>', "the CA of the simulator's certificates", '.gatewright/simulator/ca.pem')
    .option(
      '--resolve <host=address>',
      'try this address in place of a name or address; * stands for all others',
      readMapping,
      new Map(),
    )
    .option('--target <id>', 'try only the probes of this id; may be given again', collect, [])
    .option('--timeout <seconds>', 'how long an answer is waited for', readSeconds, 2)
    .option('--json', 'for a program')
    .addHelpText(
      'after',
      examples(
        ['gatewright selftest egress', 'on a laptop of the network: all should be closed'],
        [
          'gatewright selftest egress --proxy http://gate.example.com:3128 --ca gate.pem',
          'through the gate too',
        ],
        ['gatewright selftest egress --target quic --target ssh --json', 'some of it, for monitoring'],
      ),
    )
    .action(async (options: EgressOptions) => {
      const probes = probesFor(cli, options);
      if (!probes.ok) return endInTrouble(cli, probes.error);
      const tried = await tryAll(probes.value);
      const status = statusOf(tried);
      if (options.json === true) sayJson(cli, { closed: status === EXIT.fine, probes: tried });
      else tell(cli, tried);
      cli.end(status);
    });
}

function probesFor(cli: Cli, options: EgressOptions): Result<readonly Probe[], Trouble> {
  const gateCa = readCa(cli, options.ca);
  if (!gateCa.ok) return gateCa;
  const timeoutMs = options.timeout * 1_000;
  const around = { timeoutMs, gateCa: gateCa.value, resolve: options.resolve };
  const probes = [...directProbes(around), ...otherProxyProbes(otherProxies(cli, options.proxy), timeoutMs)];
  if (options.proxy !== undefined) {
    if (!PROXY_URL.test(options.proxy))
      return failed(`Cannot use ${JSON.stringify(options.proxy)} as proxy: write it as http://HOST:PORT.`);
    const through = { proxy: options.proxy, gateCa: gateCa.value, timeoutMs };
    probes.push(...proxyProbes(through));
    if (options.simulator !== undefined) {
      const simulatorCa = readCa(cli, options.simulatorCa);
      if (!simulatorCa.ok) return simulatorCa;
      if (!SIMULATOR_URL.test(options.simulator))
        return failed(
          `Cannot ask ${JSON.stringify(options.simulator)}: write the simulator as https://HOST:PORT.`,
        );
      probes.push(
        stampProbe({ ...through, simulator: options.simulator, simulatorCa: simulatorCa.value ?? '' }),
      );
    }
  } else if (options.simulator !== undefined) {
    return failed('Cannot try the stamp without the proxy that stamps: name it with --proxy.');
  }
  return chosen(probes, options.target);
}

const PROXY_URL = /^http:\/\/(?:[^/@]*@)?[^/@?#]+\/?$/;
const SIMULATOR_URL = /^https:\/\/[^/@?#]+\/?$/;

function chosen(probes: readonly Probe[], targets: readonly string[]): Result<readonly Probe[], Trouble> {
  const known = [...new Set(probes.map(({ id }) => id))];
  const strange = targets.find((target) => !known.includes(target));
  if (strange !== undefined)
    return failed(`Cannot try ${JSON.stringify(strange)}: the probes here are ${known.join(', ')}.`);
  return ok(targets.length === 0 ? probes : probes.filter(({ id }) => targets.includes(id)));
}

/** Proxies that the variables name, but for the gate's own. */
function otherProxies(cli: Cli, proxy: string | undefined): readonly string[] {
  const named = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']
    .flatMap((name) => cli.terminal.env[name] ?? [])
    .filter((url) => PROXY_URL.test(url) && placeOf(url) !== placeOf(proxy ?? ''));
  return [...new Map(named.map((url) => [placeOf(url), url])).values()];
}

function placeOf(url: string): string {
  return url
    .replace(/^http:\/\/(?:[^/@]*@)?/, '')
    .replace(/\/$/, '')
    .toLowerCase();
}

function readCa(cli: Cli, file: string | undefined): Result<string | null, Trouble> {
  if (file === undefined) return ok(null);
  const read = readText(cli, file, 'the CA certificate');
  return read.ok ? ok(read.value.text) : read;
}

/** Something open outweighs what could not be tried. */
function statusOf(tried: readonly Tried[]): ExitStatus {
  if (tried.some(({ result }) => result === 'open')) return EXIT.differences;
  return tried.some(({ result }) => result === 'unknown') ? EXIT.failure : EXIT.fine;
}

function tell(cli: Cli, tried: readonly Tried[]): void {
  const width = Math.max(...tried.map(({ id }) => id.length));
  for (const { id, destination, result, detail } of tried) {
    const word = paint(cli, COLOURS[result], result.padEnd('unknown'.length));
    say(cli, `${word}  ${id.padEnd(width)}  ${destination}: ${detail}`);
  }
  const mends = new Set(
    tried.flatMap(({ id, result, mend }) => (result === 'open' ? [`${id}: ${mend}`] : [])),
  );
  say(cli);
  if (mends.size === 0) say(cli, statusOf(tried) === EXIT.fine ? ALL_CLOSED : NOT_ALL_TRIED);
  else say(cli, `To close: see docs/network.md\n${[...mends].map((mend) => `  ${mend}`).join('\n')}`);
}

const ALL_CLOSED = 'No way around the gate is open from here.';
const NOT_ALL_TRIED = 'None was found open, but some could not be tried: see "unknown".';
const COLOURS = { closed: 'green', open: 'red', unknown: 'yellow' } as const;

function readMapping(
  text: string,
  known: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const [host = '', address = ''] = text.split('=');
  if (host === '' || !parseIpAddress(address).ok)
    throw new InvalidArgumentError('write it as github.com=10.9.0.2, or *=10.9.0.2.');
  return new Map([...known, [host, [...(known.get(host) ?? []), address]]]);
}

function collect(text: string, known: readonly string[]): readonly string[] {
  return [...known, text];
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.1 && seconds <= 60))
    throw new InvalidArgumentError('it is a number of seconds from 0.1 to 60.');
  return seconds;
}

function failed(message: string): Result<never, Trouble> {
  return { ok: false, error: { kind: 'failed', message } };
}
