// One demo for one test file: the gate with its three listeners, and the simulated GitHub behind it.
// Must not know which clients meet it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createActs } from '../../src/compose.ts';
import type { AuditEvent, DecisionEvent, OutcomeEvent } from '../../src/core/record/events.ts';
import type { SeenRequest } from '../../src/simulator/request-log.ts';
import { type Ended, GATEWRIGHT, start } from './processes.ts';
import type { TestScope } from './test-scope.ts';

/** A request or connection as the record has it: what was decided and how it ended. */
export interface Recorded {
  readonly decision: DecisionEvent;
  readonly outcome: OutcomeEvent;
}

export interface Demo {
  /** Its state, and room for what a test needs besides. */
  readonly folder: string;
  /** Proxy URLs without credentials. */
  readonly office: string;
  readonly staff: string;
  readonly balanced: string;
  readonly adminUrl: string;
  readonly simulatorUrl: string;
  /** What clients trust, PEM: the gate's CA, and the simulator's for hosts that are spliced. */
  readonly caFile: string;
  /** What reached the simulated GitHub, oldest first. */
  requests(): Promise<readonly SeenRequest[]>;
  /** Restores the world and forgets what arrived. */
  reset(): Promise<void>;
  /** Lets the next event of the stream go that was asked for with `x-simulator-stream: ID`. */
  releaseNext(stream: string): Promise<void>;
  /** Resolves with the first decision that `wanted` accepts, its end still to come or not. */
  decided(wanted: (decision: DecisionEvent) => boolean): Promise<DecisionEvent>;
  /** Resolves with the first ended request or connection that `wanted` accepts, be it there or still to come. */
  recorded(wanted: (recorded: Recorded) => boolean): Promise<Recorded>;
}

export interface DemoChoices {
  /** The demo's own without it. */
  readonly policyFile?: string;
}

const DEMO_POLICY = fileURLToPath(new URL('../../examples/demo.policy.yaml', import.meta.url));

/** In this process; ends with the test or the file whose `after` is given. */
export async function openDemo(life: TestScope, choices: DemoChoices = {}): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'gatewright-demo-'));
  const started = await createActs().startDemo({
    folder,
    policyFile: choices.policyFile ?? DEMO_POLICY,
    ports: { office: 0, staff: 0, balanced: 0, admin: 0, simulator: 0 },
  });
  if (!started.ok) throw new Error(`The demo did not start: ${JSON.stringify(started.error)}`);
  const { gate, simulator } = started.value;
  life.after(async () => {
    await started.value.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const places = new Map(gate.listeners.map(({ name, url }) => [name, url]));
  places.set('admin API', gate.adminUrl).set('GitHub, simulated', simulator.url);
  return demoAt(folder, places);
}

export interface DemoProcess extends Demo {
  readonly pid: number;
  /** All that it wrote so far, on both streams. */
  output(): string;
  readonly ended: Promise<Ended>;
}

/** As `gatewright demo` in a process of its own, whose memory can be read: `/proc/PID/status`. */
export async function startDemoProcess(
  life: TestScope,
  env: Readonly<Record<string, string>> = {},
): Promise<DemoProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'gatewright-demo-'));
  const command = [process.execPath, GATEWRIGHT, 'demo', '--free-ports', '--dir', folder];
  const { child, until, ended, output } = start(life, command, { cwd: folder, env });
  life.after(async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  const said = await until(/Ctrl-C stops all\.\n/);
  const places = new Map(
    [...said.matchAll(/^ {2}(\S.*?) {2,}(https?:\S+)/gm)].map((match) => [match[1] ?? '', match[2] ?? '']),
  );
  return { ...demoAt(folder, places), pid: child.pid ?? 0, output, ended };
}

function demoAt(folder: string, places: ReadonlyMap<string, string>): Demo {
  const at = (name: string): string => {
    const place = places.get(name);
    if (place === undefined)
      throw new Error(`The demo has no ${name}, only ${[...places.keys()].join(', ')}`);
    return place;
  };
  const audit = join(folder, 'audit');
  const control = controlOf(at('GitHub, simulated'), join(folder, 'simulator', 'ca.pem'));
  return {
    folder,
    office: at('office'),
    staff: at('staff'),
    balanced: at('balanced'),
    adminUrl: at('admin API'),
    simulatorUrl: at('GitHub, simulated'),
    caFile: join(folder, 'ca.pem'),
    requests: async () => JSON.parse(await control('GET', '/_simulator/requests')),
    reset: async () => void (await control('POST', '/_simulator/reset')),
    releaseNext: async (stream) => void (await control('POST', `/_simulator/streams/${stream}/next`)),
    decided: (wanted) => firstOf(audit, (events) => decisionsOf(events).find(wanted)),
    recorded: (wanted) => firstOf(audit, (events) => endedOf(events).find(wanted)),
  };
}

function controlOf(url: string, caFile: string): (method: string, path: string) => Promise<string> {
  const ca = readFileSync(caFile);
  return (method, path) =>
    new Promise((resolve, reject) => {
      const asked = request(new URL(path, url), { method, ca, agent: false }, (answer) => {
        const { statusCode = 0 } = answer;
        if (statusCode >= 300) reject(new Error(`${method} ${path} was answered ${statusCode}`));
        buffer(answer).then((body) => resolve(body.toString()), reject);
      });
      asked.on('error', reject);
      asked.end();
    });
}

const RECORD_DEADLINE_MS = 10_000;

/** Reads the record again whenever its folder changes, until `find` is content. */
function firstOf<T>(folder: string, find: (events: readonly AuditEvent[]) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const watcher = watch(folder);
    const late = setTimeout(() => {
      watcher.close();
      reject(new Error(`Nothing of the kind is in the record:\n${summaryOf(readRecord(folder))}`));
    }, RECORD_DEADLINE_MS);
    const look = (): void => {
      const found = find(readRecord(folder));
      if (found === undefined) return;
      clearTimeout(late);
      watcher.close();
      resolve(found);
    };
    watcher.on('change', look);
    look();
  });
}

/** Oldest first. */
function readRecord(folder: string): readonly AuditEvent[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return files.sort().flatMap((file) => {
    // A last line without its end is still being written.
    const lines = readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1);
    return lines.map((line): AuditEvent => JSON.parse(line));
  });
}

function decisionsOf(events: readonly AuditEvent[]): readonly DecisionEvent[] {
  return events.filter((event) => event.kind === 'decision');
}

function endedOf(events: readonly AuditEvent[]): readonly Recorded[] {
  const decisions = new Map(decisionsOf(events).map((decision) => [decision.id, decision]));
  return events.flatMap((event) => {
    const decision = event.kind === 'outcome' ? decisions.get(event.id) : undefined;
    return event.kind === 'outcome' && decision !== undefined ? [{ decision, outcome: event }] : [];
  });
}

function summaryOf(events: readonly AuditEvent[]): string {
  return events
    .map((event) => {
      if (event.kind === 'gate') return `gate ${event.what}`;
      if (event.kind === 'outcome') return `${event.id} ended ${event.status} ${event.failure?.code ?? ''}`;
      return `${event.id} ${event.verdict} ${event.reason.code} ${event.destination} ${event.request?.path ?? ''}`;
    })
    .join('\n');
}

/** The proxy URL with credentials in front: `http://carol:carol-demo@127.0.0.1:3130`. */
export function as(credentials: string, proxy: string): string {
  return proxy.replace('http://', `http://${credentials}@`);
}
