// What a handler knows of the request that it answers. Must not know the handlers.
import type { Verdict } from '../core/contract/verdict.ts';
import type { AppKeys } from './apps.ts';
import type { Answer, Exchange } from './exchange.ts';
import type { LiveWorld } from './live-world.ts';
import type { RepositoryStore } from './repositories.ts';
import type { Route } from './routes.ts';
import type { StreamGates } from './stream-gates.ts';

/** The lasting parts of a running simulator. */
export interface Services {
  readonly live: LiveWorld;
  readonly apps: AppKeys;
  readonly repositories: RepositoryStore;
  readonly gates: StreamGates;
}

export interface Call {
  readonly exchange: Exchange;
  readonly services: Services;
  readonly verdict: Extract<Verdict, { kind: 'proceed' }>;
  /** The values of the route's `:names` and `*`. */
  readonly values: Readonly<Record<string, string>>;
  /** The whole body; empty where the host streams it. */
  readonly body: Uint8Array;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

export type HandlerRoute = Route<Handler>;
