// The load: hey, h2load and curl, through a proxy. Each run says how many requests were answered with 200.
// Must not know what is measured.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contestant } from './contestant.ts';
import { freePlace, type Lab } from './lab.ts';
import { pathOf } from './tools.ts';

export interface Load {
  readonly proxy: Contestant;
  readonly host: string;
  readonly path: string;
}

export interface Loaded {
  /** Requests answered with 200. */
  readonly answered: number;
  readonly perSecond: number;
}

export interface Timed extends Load {
  readonly seconds: number;
  readonly connections: number;
}

/** What clients of GitHub send with every request. */
const TOKEN_HEADER = 'Authorization: Bearer ghp_BenchmarkToken0000000000000000000000';

/** HTTP/1.1: on each connection one request after another. */
export function loadHttp1(lab: Lab, load: Timed): Promise<Loaded> {
  return loadKept(lab, load, ['--h1']);
}

/** HTTP/2: on each connection four streams at a time. */
export function loadHttp2(lab: Lab, load: Timed): Promise<Loaded> {
  return loadKept(lab, load, ['-m', '4']);
}

/** HTTP/1.1: a new connection for each request. */
export async function loadNew(lab: Lab, load: Timed): Promise<Loaded> {
  const { proxy, host, path, seconds, connections } = load;
  const proof = proxy.credentials === null ? '' : `${proxy.credentials}@`;
  const ended = await lab.run([
    pathOf(lab.programs.hey),
    ...['-z', `${seconds}s`, '-c', String(connections), '-cpus', '1', '-H', TOKEN_HEADER],
    ...['-disable-keepalive', '-x', `http://${proof}127.0.0.1:${proxy.port}`, `https://${host}${path}`],
  ]);
  const answered = Number(/\[200\]\s+(\d+) responses/.exec(ended.stdout)?.[1] ?? 0);
  return checked({ answered, perSecond: answered / seconds }, ended.stdout + ended.stderr);
}

// h2load opens exactly as many connections as it is told, but knows no proxies.
async function loadKept(lab: Lab, load: Timed, protocol: readonly string[]): Promise<Loaded> {
  const { proxy, host, path, seconds, connections } = load;
  const own = await freePlace();
  const program = join(dirname(fileURLToPath(import.meta.url)), 'connector.ts');
  const connector = await lab.start(
    'load',
    [process.execPath, program, String(own.port), String(proxy.port), `${host}:443`, proxy.credentials ?? ''],
    own,
  );
  const ended = await lab.run([
    pathOf(lab.programs.h2load),
    ...['-D', String(seconds), '-c', String(connections), '-H', TOKEN_HEADER, ...protocol],
    ...[`--connect-to=${own.host}:${own.port}`, `https://${host}${path}`],
  ]);
  await connector.stop();
  const answered = Number(/status codes: (\d+) 2xx/.exec(ended.stdout)?.[1] ?? 0);
  return checked({ answered, perSecond: answered / seconds }, ended.stdout + ended.stderr);
}

/** One download; rejects unless every byte arrived. */
export async function download(lab: Lab, load: Load & { readonly bytes: number }): Promise<void> {
  const { proxy, host, path, bytes } = load;
  const ended = await lab.run([
    pathOf(lab.programs.curl),
    ...['--silent', '--show-error', '--insecure', '--http1.1', '--output', '/dev/null'],
    ...['--write-out', '%{http_code} %{size_download}', '--proxy', `http://127.0.0.1:${proxy.port}`],
    ...(proxy.credentials === null ? [] : ['--proxy-user', proxy.credentials]),
    `https://${host}${path}`,
  ]);
  if (ended.stdout !== `200 ${bytes}`) throw new Error(`A download failed: ${ended.stdout} ${ended.stderr}`);
}

function checked(loaded: Loaded, output: string): Loaded {
  if (loaded.answered > 0) return loaded;
  throw new Error(`No request was answered with 200:\n${output.slice(0, 2_000)}`);
}
