// What every way in ends in: somebody at a door, and what is asked for there. The hallway (connection.ts) goes on from it.
// Types only; must not know which language a door speaks.
import type { Socket } from 'node:net';
import type { Destination } from '../core/base/destination.ts';
import type { Credential } from '../ports.ts';
import type { ListenerOptions } from './context.ts';
import type { GatewayFailure } from './failure.ts';
import type { GateAnswer } from './request/answer.ts';
import type { Visit } from './visit.ts';

/** A client whose bytes are the next step's to read: its socket, and what it sent ahead. */
export interface TunnelClient {
  readonly socket: Socket;
  readonly early: Buffer;
}

/** Somebody at a door, who says who it is before what it wants counts. */
export interface Caller {
  /** True when it left meanwhile, or was ended. */
  readonly isGone: boolean;
  /** What it sent of itself; null where that cannot be read. */
  credential(): Credential | null;
  /** It is not known, or is to wait: said in the door's own language, with what it may answer. */
  challenge(answer: GateAnswer, challenges: readonly string[]): void;
  /** What it asks for, as soon as the door knows who asks. Null when the door sees to that itself. */
  arrive(): Arrival | null | Promise<Arrival | null>;
}

/** A tunnel that is asked for. One of `refuse` and `open` is called, once. */
export interface Arrival {
  readonly destination: Destination;
  /** What the client may speak in it: a CONNECT of HTTP is for TLS, and clear text goes in absolute form. */
  readonly carries: 'tls' | 'tls-or-http';
  /** Says no in the door's own language, and ends the connection. The failure is there where no rule refuses. */
  refuse(answer: GateAnswer, failure: GatewayFailure | null): void;
  /** Says yes, and hands the client over. */
  open(): TunnelClient;
}

/** One way in. */
export interface Door {
  /** Reads what the client says; each caller is received, one after the other. */
  enter(visit: Visit, client: TunnelClient, receive: (caller: Caller) => Promise<void>): void;
  /** What a client is told that there is no room for, whatever it may say. */
  lastWords(visit: Visit, answer: GateAnswer): string | Uint8Array;
}

/** A socket as a listener hands it over. */
export interface Reception {
  readonly listener: ListenerOptions;
  /** Counts the visit in once its client is known; false when this client has too many connections. */
  readonly enter: (visit: Visit) => boolean;
  readonly opened: (visit: Visit) => void;
  readonly closed: (visit: Visit) => void;
}
