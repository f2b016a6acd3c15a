// A worker of the gate: the data path as the main process orders it, in a process of its own or in the main one.
// Must not know which of the two, how many others there are, nor files that people edit.
import type { Authority } from '../../authority/authority.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Limits } from '../../core/settings/limits.ts';
import { limitsShare } from '../../core/settings/limits-share.ts';
import type { Change, FromWorker, Pulse, ToWorker, WorkerOrders } from '../../crew/messages.ts';
import type { Listeners } from '../../gateway/door/listeners.ts';
import type { Elsewhere, Gateway } from '../../gateway/gateway.ts';
import type { Clock, IdentitySource, PolicySource, Route } from '../../ports.ts';
import { LeafRefusals } from '../../sinks/leaf-refusals.ts';
import { systemClock } from '../clock.ts';
import type { Journal } from '../record/record.ts';
import { thrownTrouble } from '../trouble.ts';
import { openGateway } from './data-path.ts';
import { HeldPolicy } from './held-policy.ts';
import { type OpenedIdentity, openIdentity } from './identity.ts';

/** What a worker stands on. In a process of its own it opens all of it; in the main one it stands on the main one's. */
export interface Ground {
  /** Who seals this record and has this CA read again, and closes both. */
  readonly keptBy: 'worker' | 'main';
  readonly journal: Journal;
  readonly authority: Authority;
  readonly listeners: Listeners;
  /** The time of decisions; the machine's, where none is given. */
  readonly clock?: Clock | undefined;
  /** How upstream is reached; directly, where none is given. */
  readonly route?: Route | undefined;
  /** Asked in place of the sources that the settings name. */
  readonly identity?: IdentitySource | undefined;
}

export interface GateWorkerOptions {
  /** To the main process. */
  say(message: FromWorker): void;
  /** Opens the ground for these orders, under this policy. */
  ground(
    orders: WorkerOrders,
    opening: { readonly limits: Limits; readonly policy: PolicySource },
  ): Promise<Result<Ground, Trouble>>;
}

/** What a worker has opened. */
interface Serving {
  readonly ground: Ground;
  readonly gateway: Gateway;
  readonly policy: HeldPolicy;
  readonly identity: OpenedIdentity | null;
  /** Connections that make a client worth telling of. */
  readonly toldFrom: number;
  readonly pulsing: NodeJS.Timeout;
}

/** Everything that a worker is told comes through `hear`, and is done in the order in which it was said. */
export class GateWorker {
  readonly #options: GateWorkerOptions;
  readonly #prepared = new Map<number, () => void>();
  #census: Census = { connections: 0, clients: new Map() };
  #serving: Serving | null = null;
  readonly #end = Promise.withResolvers<void>();
  #doing: Promise<void> = Promise.resolve();
  #isStopping = false;

  constructor(options: GateWorkerOptions) {
    this.#options = options;
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

  /** How it stands; null while it does not serve. */
  pulse(): Pulse | null {
    if (this.#serving === null) return null;
    const { gateway, toldFrom, ground } = this.#serving;
    const own = ground.keptBy === 'worker' ? ground.journal.witness.own() : null;
    return {
      connections: gateway.connections,
      clients: gateway.clientsFrom(toldFrom),
      recordHealthy: ground.journal.audit.healthy(),
      ...{ head: own?.head ?? null, activity: own?.activity ?? 0 },
    };
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
        if (serving.ground.keptBy === 'worker') serving.ground.journal.witness.sealHead(message.head);
        return;
      case 'measure':
        return this.#say({
          kind: 'measured',
          id: message.id,
          measures: await serving.ground.journal.metrics.measures(),
        });
    }
  }

  async #begin(orders: WorkerOrders): Promise<void> {
    const opened = await this.#open(orders).catch((error: unknown) =>
      err(thrownTrouble('it cannot begin', error)),
    );
    if (!opened.ok) {
      const message = opened.error.kind === 'failed' ? opened.error.message : 'a document is invalid';
      this.#say({ kind: 'trouble', message });
      throw new Error(`The worker ends: ${message}.`);
    }
    this.#serving = opened.value;
    this.#pulse();
    this.#say({ kind: 'ready', stream: opened.value.ground.journal.stream });
  }

  async #open(orders: WorkerOrders): Promise<Result<Serving, Trouble>> {
    const { settings, workers } = orders;
    const limits = limitsShare(settings.limits, workers);
    const policy = new HeldPolicy(orders.policy);
    const opened = await this.#options.ground(orders, { limits, policy });
    if (!opened.ok) return opened;
    const ground = opened.value;
    const identity = this.#identityOf(orders, limits);
    const gateway = openGateway({
      ...{ settings, limits, policy },
      ...ground,
      identity: ground.identity ?? identity?.stack ?? null,
      // The main process hears of it, so that a client is told of once, whichever worker serves it.
      notices: new LeafRefusals({
        clock: systemClock,
        tell: (refusal) => this.#say({ kind: 'leaf-refused', refusal }),
      }),
      elsewhere: elsewhereIn(() => this.#census),
      listensToo: () => [{ host: settings.admin.listen.address, port: orders.adminPort }],
    });
    if (!gateway.ok) {
      await ground.listeners.close();
      return err(gateway.error);
    }
    const toldFrom = Math.max(1, Math.floor(limits.connectionsPerClient / (8 * workers)));
    const pulsing = setInterval(() => this.#pulse(), PULSE_MS);
    return ok({ ground, policy, identity, gateway: gateway.value, toldFrom, pulsing });
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
    if (authority !== undefined && serving.ground.keptBy === 'worker') {
      const reload = await serving.ground.authority.prepareReload();
      if (!reload.ok) return this.#say({ kind: 'prepared', id, fault: reload.error.detail });
      acts.push(reload.value);
    }
    this.#prepared.set(id, () => {
      for (const act of acts) act();
    });
    this.#say({ kind: 'prepared', id, fault: null });
  }

  #pulse(): void {
    const pulse = this.pulse();
    if (pulse !== null) this.#say({ kind: 'pulse', pulse });
  }

  async #stop(): Promise<void> {
    const serving = this.#serving;
    if (serving === null) return;
    await serving.gateway.stop();
    clearInterval(serving.pulsing);
    await serving.identity?.close();
    if (serving.ground.keptBy === 'worker') serving.ground.journal.close();
  }

  #say(message: FromWorker): void {
    this.#options.say(message);
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
