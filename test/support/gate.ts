// A whole gate for tests, put together as the command line does it: files in a folder of its own, free ports, a fresh CA,
// and upstream wherever the test says. Must not know what is asked of it.
import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hashSync } from 'bcryptjs';
import { stringify } from 'yaml';
import type { GateActs, RunningGate } from '../../src/acts.ts';
import { caActs, createAuthorityFor } from '../../src/compose/acts/ca.ts';
import { readPolicy } from '../../src/compose/acts/policy.ts';
import { startGate } from '../../src/compose/gate/gate.ts';
import { faultText } from '../../src/core/base/document.ts';
import type { Result } from '../../src/core/base/result.ts';
import type { Trouble } from '../../src/core/base/trouble.ts';
import type { AuditEvent, DecisionEvent, OutcomeEvent } from '../../src/core/record/events.ts';
import type { Settings } from '../../src/core/settings/settings.ts';
import { parseSettings } from '../../src/core/settings/settings-document.ts';
import type { Clock, IdentitySource, Route } from '../../src/ports.ts';
import { type Ended, GATEWRIGHT, start } from './processes.ts';
import { tempDir } from './temp-dir.ts';
import { type TestDoor, testDoor } from './test-door.ts';
import type { TestScope } from './test-scope.ts';
import { until } from './until.ts';

/** A listener as the settings have it; its port is always free. */
export interface ListenerWish {
  readonly name: string;
  /** HTTP when left out; where the whole run comes by another door, that. */
  readonly door?: TestDoor;
  readonly credentials?: 'none' | 'required';
  readonly proxyProtocol?: readonly string[];
}

export interface GateWish {
  /** The policy's YAML. */
  readonly policy: string;
  /** `HOST:PORT`, `*:PORT` or `*` to where it leads. */
  readonly resolve: Readonly<Record<string, string | null>>;
  /** PEM of the roots that upstream is believed by. */
  readonly roots: string;
  readonly listeners?: readonly ListenerWish[];
  /** A company's CA that is imported; without it the gate makes its own. */
  readonly ca?: { readonly certificatePem: string; readonly keyPem: string };
  /** Where leaves say that the revocation list is. */
  readonly crlUrl?: string;
  /** Each may say `NAME-secret` for a password. */
  readonly users?: readonly string[];
  readonly limits?: Readonly<Record<string, string | number>>;
  readonly allowlist?: Readonly<Record<string, unknown>>;
  /** How long files must stay the same; a moment when left out. */
  readonly settleTime?: string;
  /** Hears of the folder once its files are written, before the gate starts. */
  readonly onFiles?: (dir: string) => void;
  /** Where the days of the policy end. */
  readonly timeZone?: string;
  /** The time of decisions; the machine's when left out. */
  readonly clock?: Clock;
  /** How upstream is reached; directly when left out. */
  readonly route?: Route;
  /** Who knows the clients of listeners that ask; the users when left out. */
  readonly identity?: IdentitySource;
  readonly refusal?: { readonly contact?: string; readonly helpUrl?: string };
  /** Where the admin API listens; on a free port of loopback when left out. */
  readonly adminListen?: string;
  /** The stamp may be switched. */
  readonly stampSwitch?: true;
  /** Private networks that DNS answers may lead to. */
  readonly allowPrivate?: readonly string[];
  /** Folder of the record; one beside the policy when left out. */
  readonly auditDir?: string;
  /** How many processes carry the traffic, as `gatewright run` has them; none: this one does. */
  readonly workers?: number;
}

/** A decision and its outcome, joined by their id. */
export interface RecordedPair {
  readonly decision: DecisionEvent;
  readonly outcome: OutcomeEvent;
}

export interface TestGate {
  readonly dir: string;
  readonly auditDir: string;
  readonly caPem: string;
  readonly adminUrl: string;
  /** The port of a listener; of the first when no name is given. */
  port(listener?: string): number;
  /** Every event so far, in order. */
  events(): readonly AuditEvent[];
  /** Leaves out of `events()` what is there by now. */
  forgetEvents(): void;
  /** Waits until the record has an event like this. */
  event(isIt: (event: AuditEvent) => boolean): Promise<AuditEvent>;
  /** Waits until a decision and its outcome are in the record. */
  pair(isIt: (decision: DecisionEvent) => boolean): Promise<RecordedPair>;
  /** Writes the policy's file; the gate notices by itself, or when it is told to reload. */
  writePolicy(text: string): void;
  reload(): Promise<Result<{ readonly revision: string }, Trouble>>;
  /** The policy in force, once the text was taken. */
  setPolicy(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** The listeners that a gate has when the test says nothing of them. */
export const USUAL_LISTENERS: readonly ListenerWish[] = [
  { name: 'open' },
  { name: 'staff', credentials: 'required' },
  { name: 'balanced', proxyProtocol: ['127.0.0.0/8'] },
];

/** A gate whose main process is this one. */
export interface AskedGate extends TestGate {
  readonly acts: GateActs;
}

/** Starts a gate; it is stopped when the scope ends. */
export async function startTestGate(t: TestScope, wish: GateWish): Promise<AskedGate> {
  const { dir, policyFile, settings } = await writeGateFiles(t, wish);
  wish.onFiles?.(dir);
  const { clock, route, identity, workers = 0 } = wish;
  const started = await startGate(settings, {
    ...{ clock, route, identity, workers, workerOutput: 'ignore' },
    log: { write: () => undefined },
  });
  assert.ok(started.ok, JSON.stringify(started));
  t.after(() => started.value.stop());
  return { ...testGate(started.value, { dir, policyFile }), acts: started.value };
}

/** A gate that runs in a process of its own, as `gatewright run` starts it. */
export interface GateProcess extends TestGate {
  readonly pid: number;
  readonly settingsFile: string;
  /** All that it wrote so far, on both streams. */
  output(): string;
  readonly ended: Promise<Ended>;
}

/** The files of a gate that is to be started again. */
export type GateFolder = Pick<GateProcess, 'dir' | 'settingsFile'>;

export interface ProcessWish {
  /** Starts with the files of a gate that ran before, in place of new ones. */
  readonly again?: GateFolder | undefined;
  /** Runs the command, such as `prlimit --nofile=100`. */
  readonly before?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts it; it is killed when the scope ends, unless it ended before. */
export async function startGateProcess(
  t: TestScope,
  wish: GateWish,
  how: ProcessWish = {},
): Promise<GateProcess> {
  const { before = [], env = {}, again } = how;
  const { dir, settingsFile } = again ?? (await writeGateFiles(t, wish));
  const policyFile = join(dir, 'policy.yaml');
  const command = [...before, process.execPath, GATEWRIGHT, 'run', '--config', settingsFile];
  const started = start(t, command, { cwd: dir, env: { NODE_OPTIONS: undefined, ...env } });
  const said = await started.until(/ record +\S+\n/);
  const places = new Map(
    [...said.matchAll(/^ {2}(\S.*?) {2,}(\S+)/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  const place = (name: string): string => places.get(name) ?? '';
  const listeners = (wish.listeners ?? USUAL_LISTENERS).map(({ name }) => ({ name, url: place(name) }));
  const stop = async (): Promise<void> => {
    started.child.kill('SIGTERM');
    await started.ended;
  };
  const running = {
    ...{ listeners, stop, adminUrl: place('admin API'), caFile: join(dir, 'ca', 'ca.pem') },
    ...{ auditDir: join(dir, 'audit'), reload: () => Promise.reject(new Error('SIGHUP reloads a process')) },
  };
  return {
    ...testGate(running, { dir, policyFile }),
    ...{ pid: started.child.pid ?? 0, settingsFile, output: started.output, ended: started.ended },
  };
}

interface GateFiles {
  readonly dir: string;
  readonly policyFile: string;
  readonly settingsFile: string;
  readonly settings: Settings;
}

async function writeGateFiles(t: TestScope, wish: GateWish): Promise<GateFiles> {
  const dir = await tempDir(t);
  const policyFile = join(dir, 'policy.yaml');
  const settingsFile = join(dir, 'gatewright.yaml');
  writeFileSync(policyFile, wish.policy);
  writeFileSync(settingsFile, settingsText(wish));
  writeFileSync(join(dir, 'roots.pem'), wish.roots);
  writeFileSync(join(dir, 'users.htpasswd'), usersText(wish.users ?? []));
  const policy = readPolicy({ file: policyFile, folder: dir, timeZone: 'UTC' });
  assert.ok(policy.ok, JSON.stringify(policy));
  if (wish.ca !== undefined) {
    const imported = await caActs.import({ dir: join(dir, 'ca'), ...wish.ca });
    assert.ok(imported.ok, JSON.stringify(imported));
  }
  const made = await createAuthorityFor(join(dir, 'ca'), policy.value);
  assert.ok(made.ok, JSON.stringify(made));
  const settings = parseSettings({ text: settingsText(wish), file: settingsFile }, (path) =>
    resolve(dir, path),
  );
  assert.ok(settings.ok, settings.ok ? '' : settings.error.map(faultText).join('\n'));
  return { dir, policyFile, settingsFile, settings: settings.value };
}

function settingsText(wish: GateWish): string {
  const listeners = (wish.listeners ?? USUAL_LISTENERS).map((listener) => ({
    ...{ name: listener.name, credentials: listener.credentials ?? 'none' },
    [listener.door ?? testDoor()]: '127.0.0.1:0',
    proxyProtocol: listener.proxyProtocol ?? [],
  }));
  return stringify({
    policy: 'policy.yaml',
    settleTime: wish.settleTime ?? '10ms',
    timeZone: wish.timeZone ?? 'UTC',
    listeners,
    ca: crlPlace(wish),
    identity: { htpasswd: 'users.htpasswd' },
    upstream: { roots: ['roots.pem'], resolve: wish.resolve, allowPrivate: wish.allowPrivate ?? [] },
    audit: { dir: wish.auditDir ?? 'audit' },
    admin: { listen: wish.adminListen ?? '127.0.0.1:0', stampSwitch: wish.stampSwitch ?? false },
    limits: { drainTimeout: '2s', ...wish.limits },
    allowlist: wish.allowlist ?? {},
    refusal: wish.refusal ?? {},
    // Settings know of processes alone.
    workers: wish.workers === 0 ? 'auto' : (wish.workers ?? 'auto'),
  });
}

// A gate of SOCKS5 alone has nowhere to serve the revocation list itself.
function crlPlace({ crlUrl, listeners = USUAL_LISTENERS }: GateWish): { readonly crlUrl?: string } {
  if (crlUrl !== undefined) return { crlUrl };
  const isServed = listeners.some(({ door }) => (door ?? testDoor()) === 'proxy');
  return isServed ? {} : { crlUrl: 'http://gate.example.com/ca.crl' };
}

// The cheapest bcrypt there is: what is tested is who knows whom, not what knowing costs.
function usersText(users: readonly string[]): string {
  return users.map((user) => `${user}:${hashSync(passwordOf(user), 4)}\n`).join('');
}

/** The password of a test gate's user. */
function passwordOf(user: string): string {
  return `${user}-secret`;
}

/** `NAME:PASSWORD` of a test gate's user, as clients give it. */
export function credentialsOf(user: string): string {
  return `${user}:${passwordOf(user)}`;
}

type Running = Pick<RunningGate, 'auditDir' | 'adminUrl' | 'caFile' | 'stop' | 'reload'> & {
  readonly listeners: readonly { readonly name: string; readonly url: string }[];
};

function testGate(gate: Running, at: { readonly dir: string; readonly policyFile: string }): TestGate {
  const record = new RecordReader(gate.auditDir);
  const { dir, policyFile } = at;
  return {
    dir,
    auditDir: gate.auditDir,
    adminUrl: gate.adminUrl,
    caPem: readFileSync(gate.caFile, 'utf8'),
    port: (name) => portOf(gate, name),
    events: () => record.read(),
    forgetEvents: () => record.forget(),
    event: (isIt) => until(() => record.read().find(isIt) ?? null, 'no such event'),
    pair: (isIt) => until(() => record.pair(isIt), 'no such decision with its outcome'),
    writePolicy: (text) => writeFileSync(policyFile, text),
    reload: () => gate.reload(),
    setPolicy: async (text) => {
      writeFileSync(policyFile, text);
      const reloaded = await gate.reload();
      assert.ok(reloaded.ok, JSON.stringify(reloaded));
    },
    stop: () => gate.stop(),
  };
}

function portOf(gate: Pick<Running, 'listeners'>, name: string | undefined): number {
  const found = gate.listeners.find((listener) => name === undefined || listener.name === name);
  assert.ok(found !== undefined, `the gate has no listener "${name}"`);
  return Number(new URL(found.url).port);
}

/** Reads the record as it grows, each byte once; a half-written last line waits for its end. */
class RecordReader {
  readonly #dir: string;
  readonly #read = new Map<string, number>();
  #events: AuditEvent[] = [];

  constructor(dir: string) {
    this.#dir = dir;
  }

  read(): readonly AuditEvent[] {
    const files = readdirSync(this.#dir).filter((name) => name.endsWith('.jsonl'));
    for (const name of files.sort()) this.#readOn(name);
    return this.#events;
  }

  /** Drops what was read so far. */
  forget(): void {
    this.read();
    this.#events = [];
  }

  #readOn(name: string): void {
    const file = openSync(join(this.#dir, name), 'r');
    const from = this.#read.get(name) ?? 0;
    const fresh = Buffer.alloc(fstatSync(file).size - from);
    const length = readSync(file, fresh, 0, fresh.length, from);
    closeSync(file);
    const end = fresh.subarray(0, length).lastIndexOf(10) + 1;
    for (const line of fresh.toString('utf8', 0, end).split('\n'))
      if (line !== '') this.#events.push(JSON.parse(line));
    this.#read.set(name, from + end);
  }

  pair(isIt: (decision: DecisionEvent) => boolean): RecordedPair | null {
    const events = this.read();
    const decision = events.find((event) => event.kind === 'decision' && isIt(event));
    if (decision?.kind !== 'decision') return null;
    const outcome = events.find((event) => event.kind === 'outcome' && event.id === decision.id);
    return outcome?.kind === 'outcome' ? { decision, outcome } : null;
  }
}
