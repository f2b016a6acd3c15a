// What the gate's main process and its workers say to each other, over the channel that Node keeps between them.
// Types and what reads them; must not know who acts on them.
import type { IpAddress } from '../core/base/ip-address.ts';
import type { PolicyDocument } from '../core/policy/language/policy-document.ts';
import type { StreamHead } from '../core/record/chain.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { LeafRefusal, SourceState } from '../ports.ts';

/** Where a worker finds a listener that the main process has bound. */
export interface SharedListener {
  /** Position in the settings' `listeners`. */
  readonly index: number;
  readonly port: number;
  readonly fd: number;
}

/** A policy on its way: compiled anew where it arrives, because compiled policies hold what cannot be sent. */
export interface SentPolicy {
  readonly document: PolicyDocument;
  readonly revision: string;
}

/** What a worker needs to begin. */
export interface WorkerOrders {
  /** 1, 2, 3, …: the place it fills. */
  readonly number: number;
  /** How many there are. */
  readonly workers: number;
  readonly settings: Settings;
  readonly listeners: readonly SharedListener[];
  /** Where the main process answers administrators. */
  readonly adminPort: number;
  readonly policy: SentPolicy;
  /** In the order in which they are asked; none where no listener asks for credentials. */
  readonly sources: readonly SourceState[];
}

/** What is taken over by all workers or by none. */
export interface Change {
  readonly policy?: SentPolicy | undefined;
  readonly sources?: readonly SourceState[] | undefined;
  /** The CA's folder is to be read again. */
  readonly authority?: 'again' | undefined;
}

export type ToWorker =
  | { readonly kind: 'begin'; readonly orders: WorkerOrders }
  | { readonly kind: 'prepare'; readonly id: number; readonly change: Change }
  | { readonly kind: 'commit'; readonly id: number }
  /** Another worker verified credentials from this address. */
  | {
      readonly kind: 'credentials';
      readonly from: IpAddress;
      readonly user: string;
      readonly verdict: 'wrong' | 'right';
    }
  /** What the other workers serve. */
  | { readonly kind: 'census'; readonly connections: number; readonly clients: ClientCounts }
  /** How far the main process's own stream of the record has come, for the worker's stream to say so. */
  | { readonly kind: 'witness'; readonly head: StreamHead }
  | { readonly kind: 'measure'; readonly id: number }
  | { readonly kind: 'stop' };

/** Clients and how many connections they have. */
export type ClientCounts = readonly (readonly [address: string, connections: number])[];

/** What a worker says of itself a few times a second. */
export interface Pulse {
  readonly connections: number;
  /** The clients that have many. */
  readonly clients: ClientCounts;
  readonly recordHealthy: boolean;
  readonly head: StreamHead | null;
  /** Lines of its stream that say something else than how far others have come. */
  readonly activity: number;
}

/** The numbers of one process, as its metrics registry gives them. */
export type Measures = readonly unknown[];

export type FromWorker =
  | { readonly kind: 'ready'; readonly stream: string }
  /** It could not begin. */
  | { readonly kind: 'trouble'; readonly message: string }
  | { readonly kind: 'prepared'; readonly id: number; readonly fault: string | null }
  | { readonly kind: 'pulse'; readonly pulse: Pulse }
  | { readonly kind: 'measured'; readonly id: number; readonly measures: Measures }
  | { readonly kind: 'leaf-refused'; readonly refusal: LeafRefusal }
  | {
      readonly kind: 'credentials';
      readonly from: IpAddress;
      readonly user: string;
      readonly verdict: 'wrong' | 'right';
    };

// Both ends are this program, of one version: what has a kind is a message.
export function isToWorker(message: unknown): message is ToWorker {
  return typeof message === 'object' && message !== null && 'kind' in message;
}

export function isFromWorker(message: unknown): message is FromWorker {
  return typeof message === 'object' && message !== null && 'kind' in message;
}
