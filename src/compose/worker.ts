// A worker of the gate: the data path in a process of its own, with its own stream of the record, as the main process
// orders it. Must not know how many others there are, nor files that people edit.
import type { Limits } from '../core/settings/limits.ts';
import { limitsShare } from '../core/settings/limits-share.ts';
import type { Change, FromWorker, ToWorker, WorkerOrders } from '../crew/messages.ts';
import { bindListeners } from '../gateway/door/listeners.ts';
import type { Elsewhere } from '../gateway/gateway.ts';
import { LeafRefusals } from '../sinks/leaf-refusals.ts';
import { systemClock } from './clock.ts';
import { type DataPath, openDataPath } from './data-path.ts';
import { HeldPolicy } from './held-policy.ts';
import { type OpenedIdentity, openIdentity } from './identity.ts';
import { type Journal, type OperatorStream, openJournal, openLog } from './record.ts';
import { thrownTrouble } from './trouble.ts';

/** The channel to the main process. */
export interface WorkerChannel {
  say(message: FromWorker): void;
  readonly log: OperatorStream;
}

/** What a worker has opened. */
interface Serving {
  readonly path: DataPath;
  readonly policy: HeldPolicy;
  readonly identity: OpenedIdentity | null;
  readonly journal: Journal;
  readonly pulsing: NodeJS.Timeout;
}

/** Everything that a worker is told comes through `hear`, and is done in the order in which it was said. */
export class GateWorker {
  readonly #channel: WorkerChannel;
  readonly #prepared = new Map<number, () => void>();
  #census: Census = { connections: 0, clients: new Map() };
  #serving: Serving | null = null;
  readonly #end = Promise.withResolvers<void>();
  #doing: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(channel: WorkerChannel) {
    this.#channel = channel;
  }

  /** Rejects when something happened that nobody expected: the process is to end then. */
  hear(message: ToWorker): Promise<void> {
    this.#doing = this.#doing.then(() => this.#do(message));
    return this.#doing;
  }

  /** Finishes what runs and closes; resolves with the end. Asked twice, it is one stop. */
  stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      this.#stop().then(this.#end.resolve, this.#end.reject);
    }
    return this.ended;
  }

  /** Resolves when it has stopped, whoever asked. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  async #do(message: ToWorker): Promise<void> {
    if (message.kind === 'begin') return this.#begin(message.orders);
    if (message.kind === 'stop') {
      // What comes meanwhile, such as a new policy, still counts for what is finishing.
      void this.stop();
      return;
    }
    const serving = this.#serving;
    if (serving === null) return;
    switch (message.kind) {
      case 'prepare':
        return this.#prepare(serving, message);
      case 'commit':
        this.#prepared.get(message.id)?.();
        this.#prepared.delete(message.id);
        return;
      case 'credentials':
        serving.identity?.stack.hear(message, message.verdict);
        return;
      case 'census':
        this.#census = { connections: message.connections, clients: new Map(message.clients) };
        return;
      case 'witness':
        serving.journal.witness.sealHead(message.head);
        return;
      case 'measure':
        return this.#say({
          kind: 'measured',
          id: message.id,
          measures: await serving.journal.metrics.measures(),
        });
    }
  }

  async #begin(orders: WorkerOrders): Promise<void> {
    const { settings, number, workers } = orders;
    const limits = limitsShare(settings.limits, workers);
    try {
      const log = openLog(this.#channel.log, number);
      const policy = new HeldPolicy(orders.policy);
      const journal = openJournal({
        settings,
        log,
        policy,
        policyRefused: () => false,
        expires: 'elsewhere',
      });
      const identity = this.#identityOf(orders, limits);
      const listeners = await bindListeners(
        orders.listeners.flatMap(({ index, port, fd }) => {
          const wanted = settings.listeners[index];
          return wanted === undefined ? [] : [{ ...wanted, host: wanted.at.address, port, fd }];
        }),
      );
      if (!listeners.ok)
        return this.#giveUp(`it cannot listen on ${listeners.error.address}: ${listeners.error.code}`);
      const path = await openDataPath({
        ...{ settings, limits, listeners: listeners.value, policy, journal },
        identity: identity?.stack ?? null,
        // The main process hears of it, so that a client is told of once, whichever worker serves it.
        notices: new LeafRefusals({
          clock: systemClock,
          tell: (refusal) => this.#say({ kind: 'leaf-refused', refusal }),
        }),
        elsewhere: elsewhereIn(() => this.#census),
        listensToo: () => [{ host: settings.admin.listen.address, port: orders.adminPort }],
      });
      if (!path.ok)
        return this.#giveUp(path.error.kind === 'failed' ? path.error.message : 'a document is invalid');
      const reportedFrom = Math.max(1, Math.floor(limits.connectionsPerClient / (8 * workers)));
      const pulsing = setInterval(() => this.#pulse(reportedFrom), PULSE_MS);
      this.#serving = { path: path.value, policy, identity, journal, pulsing };
      this.#pulse(reportedFrom);
      this.#say({ kind: 'ready', stream: journal.stream });
    } catch (error) {
      const trouble = thrownTrouble('it cannot begin', error);
      this.#giveUp(trouble.kind === 'failed' ? trouble.message : 'it cannot begin');
    }
  }

  #identityOf({ sources }: WorkerOrders, limits: Limits): OpenedIdentity | null {
    return openIdentity(sources, limits, (attempt, verdict) =>
      this.#say({ kind: 'credentials', ...attempt, verdict }),
    );
  }

  async #prepare(
    serving: Serving,
    { id, change }: { readonly id: number; readonly change: Change },
  ): Promise<void> {
    const acts: (() => void)[] = [];
    const { policy, sources, authority } = change;
    if (policy !== undefined) acts.push(serving.policy.prepare(policy));
    if (sources !== undefined) acts.push(() => serving.identity?.take(sources));
    if (authority !== undefined) {
      const reload = await serving.path.authority.prepareReload();
      if (!reload.ok) return this.#say({ kind: 'prepared', id, fault: reload.error.detail });
      acts.push(reload.value);
    }
    this.#prepared.set(id, () => {
      for (const act of acts) act();
    });
    this.#say({ kind: 'prepared', id, fault: null });
  }

  #pulse(reportedFrom: number): void {
    if (this.#serving === null) return;
    const { gateway } = this.#serving.path;
    const { audit, witness } = this.#serving.journal;
    const own = witness.own();
    this.#say({
      kind: 'pulse',
      pulse: {
        connections: gateway.connections,
        clients: gateway.clientsFrom(reportedFrom),
        recordHealthy: audit.healthy(),
        ...{ head: own?.head ?? null, activity: own?.activity ?? 0 },
      },
    });
  }

  async #stop(): Promise<void> {
    const serving = this.#serving;
    if (serving === null) return;
    await serving.path.gateway.stop();
    clearInterval(serving.pulsing);
    await serving.identity?.close();
    serving.journal.close();
  }

  #giveUp(message: string): void {
    this.#say({ kind: 'trouble', message });
    throw new Error(`The worker ends: ${message}.`);
  }

  #say(message: FromWorker): void {
    this.#channel.say(message);
  }
}

/** What the other workers of the gate serve, as the main process said last. */
interface Census {
  readonly connections: number;
  readonly clients: ReadonlyMap<string, number>;
}

function elsewhereIn(census: () => Census): Elsewhere {
  return {
    get connections() {
      return census().connections;
    },
    ofClient: (address) => census().clients.get(address) ?? 0,
  };
}

const PULSE_MS = 250;
