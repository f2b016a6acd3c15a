// A simulated GitHub for tests, and a plain client that speaks either HTTP version to any of its hosts.
// Must not know what any host answers.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { Agent, request as requestHttp1 } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { DEFAULT_WORLD } from '../../src/core/contract/default-world.ts';
import type { World } from '../../src/core/contract/world.ts';
import type { Clock } from '../../src/ports.ts';
import { Simulator } from '../../src/simulator/simulator.ts';
import { tempDir } from './temp-dir.ts';

export interface Asking {
  /** `https://HOST/PATH`; the host is asked of the simulator, wherever the name leads. */
  readonly url: string;
  readonly method?: string;
  /** Names and values alternate; a name may stand twice. */
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
  /** 1.1 without it. */
  readonly http?: '1.1' | '2';
}

export interface Answered {
  readonly status: number;
  /** Lower-case names; several values are joined with ", ", several cookies with a line break. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SimulatedGithub {
  readonly simulator: Simulator;
  readonly stateDir: string;
  /** Moves the simulator's time; its clock otherwise stands still. */
  wait(ms: number): void;
  ask(asking: Asking): Promise<Answered>;
  /** An HTTP/2 session with one host; closed when the test ends. */
  http2(host: string): ClientHttp2Session;
}

/** When every simulated GitHub starts; a whole second of today, since clients look at the days of its certificates. */
export const START_MS: number = Math.floor(Date.now() / 1_000) * 1_000;

/** What ends something: a test, or a file of tests. */
interface Life {
  after(end: () => Promise<void>): unknown;
}

/** Every test may have one of its own; it is closed when the test ends. */
export async function simulatedGithub(
  t: Life,
  options: { readonly world?: World; readonly extraHosts?: readonly string[]; readonly stateDir: string },
): Promise<SimulatedGithub> {
  let nowMs = START_MS;
  const clock: Clock = { now: () => nowMs, monotonic: () => nowMs };
  const { stateDir, world = DEFAULT_WORLD, extraHosts = [] } = options;
  const simulator = await Simulator.start({ world, stateDir, port: 0, extraHosts, clock });
  const agent = new Agent({ keepAlive: true, ca: simulator.caPem, maxCachedSessions: 0 });
  const sessions = new Set<ClientHttp2Session>();
  const http2 = (host: string): ClientHttp2Session => {
    const session = connectHttp2(`https://${host}`, {
      ca: simulator.caPem,
      host: '127.0.0.1',
      port: simulator.port,
      servername: host,
    });
    session.on('error', () => undefined);
    sessions.add(session);
    return session;
  };
  t.after(async () => {
    agent.destroy();
    for (const session of sessions) session.destroy();
    await simulator.close();
  });
  return {
    simulator,
    stateDir,
    wait: (ms) => {
      nowMs += ms;
    },
    http2,
    ask: (asking) =>
      asking.http === '2' ? askHttp2(asking, http2) : askHttp1(asking, { agent, port: simulator.port }),
  };
}

/** The same with a folder that goes when the test ends. */
export async function freshGithub(t: TestContext, world: World = DEFAULT_WORLD): Promise<SimulatedGithub> {
  return simulatedGithub(t, { world, stateDir: await tempDir(t) });
}

/** One for all tests of a file that leave it as they found it. */
export function sharedGithub(): () => SimulatedGithub {
  let github: SimulatedGithub | null = null;
  const ends: (() => Promise<void>)[] = [];
  before(async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'gatewright-'));
    github = await simulatedGithub({ after: (end) => ends.push(end) }, { stateDir });
    ends.push(() => rm(stateDir, { recursive: true, force: true }));
  });
  after(async () => {
    for (const end of ends) await end();
  });
  return () => {
    if (github === null) throw new Error('The shared simulated GitHub is there only while tests run.');
    return github;
  };
}

function askHttp1(asking: Asking, to: { readonly agent: Agent; readonly port: number }): Promise<Answered> {
  const url = new URL(asking.url);
  return new Promise((resolve, reject) => {
    const request = requestHttp1({
      agent: to.agent,
      host: '127.0.0.1',
      port: to.port,
      servername: /^[0-9.]+$/.test(url.hostname) ? '' : url.hostname,
      checkServerIdentity: () => undefined,
      method: asking.method ?? 'GET',
      path: `${url.pathname}${url.search}`,
      headers: ['Host', url.host, ...(asking.headers ?? []), ...lengthOf(asking)],
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: flat(response.headers),
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.end(asking.body);
  });
}

async function askHttp2(asking: Asking, open: (host: string) => ClientHttp2Session): Promise<Answered> {
  const url = new URL(asking.url);
  const session = open(url.hostname);
  const headers: Record<string, string | string[]> = {};
  const lines = asking.headers ?? [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const name = (lines[at] ?? '').toLowerCase();
    const known = headers[name];
    const value = lines[at + 1] ?? '';
    headers[name] = known === undefined ? value : [known, value].flat();
  }
  const stream: ClientHttp2Stream = session.request({
    ':method': asking.method ?? 'GET',
    ':path': `${url.pathname}${url.search}`,
    ...headers,
  });
  stream.end(asking.body);
  const [answer] = await once(stream, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  session.close();
  return { status: Number(answer[':status']), headers: flat(answer), body: Buffer.concat(chunks).toString() };
}

function lengthOf({ body, headers = [] }: Asking): string[] {
  if (body === undefined || headers.some((name) => /^(content-length|transfer-encoding)$/i.test(name)))
    return [];
  return ['Content-Length', String(Buffer.byteLength(body))];
}

function flat(headers: NodeJS.Dict<string | string[] | number>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(name === 'set-cookie' ? '\n' : ', ') : String(value),
    ]),
  );
}
