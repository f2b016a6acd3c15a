// One folder and the processes of one run: started on a core of their own, measured by their CPU time, ended at the end.
// Must not know what the processes do.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Programs, pathOf } from './tools.ts';

/** The proxy has a core to itself; load and upstream share the other. */
export type Core = 'proxy' | 'load';

export interface LabProcess {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Where a process listens. */
export interface Place {
  readonly port: number;
  readonly host: string;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const STOP_MS = 3_000;
const CORES = { proxy: '0', load: '1' } as const;

export class Lab {
  readonly dir: string;
  readonly programs: Programs;
  readonly #running = new Set<LabProcess>();
  #isClosed = false;

  constructor(programs: Programs) {
    this.programs = programs;
    this.dir = mkdtempSync(join(tmpdir(), 'gatewright-bench-'));
  }

  /** Starts a process on its core; resolves when it takes connections. */
  async start(core: Core, command: readonly string[], place: Place): Promise<LabProcess> {
    const child = this.#spawn(core, command);
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        log = (log + text).slice(-4_000);
      });
    }
    const ended = once(child, 'close');
    const running: LabProcess = {
      pid: child.pid ?? 0,
      stop: async () => {
        this.#running.delete(running);
        const tree = processTree(child.pid ?? 0);
        // Asked first, so that the gate can write a profile of itself.
        signal(child.pid ?? 0, 'SIGTERM');
        await Promise.race([ended, wait(STOP_MS, null, { ref: false })]);
        // Parents first: they would start their children again.
        for (const pid of tree) signal(pid, 'SIGKILL');
        await ended;
      },
    };
    this.#running.add(running);
    const failed = ended.then(() => {
      throw new Error(`Cannot start ${command.join(' ')}: it ended.\n${log}`);
    });
    // An end that is asked for later is no failure.
    failed.catch(() => undefined);
    await Promise.race([failed, untilListening(place)]);
    return running;
  }

  /** Runs a command on the load's core to its end. */
  async run(command: readonly string[]): Promise<Ended> {
    const child = this.#spawn('load', command);
    const output = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const [status] = await once(child, 'close');
    return { status: typeof status === 'number' ? status : null, ...output };
  }

  /** Ends everything that was started, and removes the folder. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const running of [...this.#running].toReversed()) await running.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #spawn(core: Core, command: readonly string[]): ChildProcess {
    const pinned =
      availableParallelism() > 1 ? [pathOf(this.programs.taskset), '-c', CORES[core], ...command] : command;
    const [file = '', ...args] = pinned;
    return spawn(file, args, { cwd: this.dir, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

/** A place that nothing listens on at the moment. */
export async function freePlace(): Promise<Place> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server's address is never a pipe's.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { port, host: '127.0.0.1' };
}

/** Seconds of CPU that a process and all under it have used, those that ended and were waited for included. */
export function cpuSeconds(pid: number): number {
  return processTree(pid).reduce((sum, each) => sum + ownCpuSeconds(each), 0);
}

/** Bytes of memory that a process and all under it hold. */
export function residentBytes(pid: number): number {
  return [...residentBytesOfEach(pid).values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** The same by process. */
export function residentBytesOfEach(pid: number): ReadonlyMap<number, number> {
  return new Map(
    processTree(pid).map((each) => {
      const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readProc(each, 'status'))?.[1];
      return [each, Number(kibibytes ?? 0) * 1_024];
    }),
  );
}

/** The process and everything under it, parents first. */
function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(statFields(Number(name))[1] ?? 0));
  }
  const tree = [root];
  for (const parent of tree) for (const [pid, of] of parents) if (of === parent) tree.push(pid);
  return tree;
}

function ownCpuSeconds(pid: number): number {
  const fields = statFields(pid);
  // utime, stime, cutime, cstime: fields 14 to 17 of proc_pid_stat(5), in ticks.
  const ticks = fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0);
  return ticks / TICKS_PER_SECOND;
}

/** The fields of /proc/PID/stat from the state on; the name before them may hold blanks and brackets. */
function statFields(pid: number): string[] {
  const stat = readProc(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

async function untilListening({ port, host }: Place): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const socket = connect({ port, host });
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['connect']),
      once(socket, 'error').catch(() => ['error']),
    ]).catch(() => ['error']);
    socket.destroy();
    if (event === 'connect') return;
    await wait(100);
  }
  throw new Error(`Nothing listens on ${host}:${port} after 30 s.`);
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
