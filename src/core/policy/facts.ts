// What is known of the traffic that is to be judged. Two types for two stages: a connection has no path yet.
import type { Destination } from '../base/destination.ts';
import type { IpAddress } from '../base/ip-address.ts';

/** Who is asking. Absent facts are null or empty, and match nothing. Never taken from a request header. */
export interface ClientFacts {
  /** The authenticated proxy user, as the identity source spells it. */
  readonly user: string | null;
  /** Groups that an identity source says; the policy's own `groups` are added by the decision. */
  readonly groups: readonly string[];
  readonly from: IpAddress | null;
  /** The subject of the device's certificate, or a device group's name. */
  readonly device: string | null;
  /** The name of the listener that accepted the connection. */
  readonly listener: string | null;
}

export interface ConnectionFacts {
  readonly client: ClientFacts;
  readonly destination: Destination;
  /** `http` is absolute-form proxying or an `http://` question; `https` is a CONNECT. */
  readonly scheme: 'https' | 'http';
  /** True when the destination is one of the gate's own listeners. */
  readonly isGate: boolean;
  /** Milliseconds since 1970 UTC, for exemptions with `until`. */
  readonly nowMs: number;
}

export interface RequestFacts {
  readonly connection: ConnectionFacts;
  /** The Host header or `:authority` as it came; null when it is absent or doubled. */
  readonly authority: string | null;
  readonly method: string;
  /** The request target's path with its query, as it came, from `/` on (origin-form). */
  readonly target: string;
  readonly websocket: boolean;
}
