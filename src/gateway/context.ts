// What every step of the data path is given: the doors, the limits, and the words of this installation.
// Types only; must not know who stands behind a door.
import type { Cidr, IpAddress } from '../core/base/ip-address.ts';
import type { ClientLimit } from '../core/base/rate-limit.ts';
import type { Limits } from '../core/settings/limits.ts';
import type { ListenerDoor } from '../core/settings/settings.ts';
import type {
  AuditSink,
  ClientNotices,
  Clock,
  IdentitySource,
  LeafSource,
  Log,
  MetricSink,
  PolicySource,
  Resolver,
  SecretPrinter,
} from '../ports.ts';
import type { Dialer } from './upstream/dial.ts';
import type { UpstreamPool } from './upstream/upstream-pool.ts';

/** A socket the gate listens on for proxy clients. */
export interface ListenerOptions {
  readonly name: string;
  /** The language that is spoken there. */
  readonly door: ListenerDoor;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly credentials: 'none' | 'required';
  /** Peers that must open with a PROXY protocol header; from others it is refused. */
  readonly proxyProtocol: readonly Cidr[];
}

/** How the gate speaks of itself and of help in refusals. */
export interface RefusalWords {
  /** Whom the refused user can turn to. */
  readonly contact: string | null;
  /** Where the rules are explained. */
  readonly helpUrl: string | null;
}

/** The doors and limits, shared by all connections of a gateway. */
export interface GateContext {
  readonly policy: PolicySource;
  readonly audit: AuditSink;
  readonly metrics: MetricSink;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly leaves: LeafSource;
  /** Null when no listener requires credentials. */
  readonly identity: IdentitySource | null;
  readonly printer: SecretPrinter;
  readonly log: Log;
  readonly notices: ClientNotices;
  readonly limits: Limits;
  /** Tunnels that a client may begin. */
  readonly handshakes: ClientLimit;
  readonly refusal: RefusalWords;
  readonly dialer: Dialer;
  readonly upstream: UpstreamPool;
  /** Makes the id of the next connection. */
  nextId(): string;
  /** `HOST:PORT` of the names that clients have for this gate. */
  readonly ownNames: ReadonlySet<string>;
  /** True when a connection to the address and port would arrive at the gate itself, its admin API included. */
  isGate(address: IpAddress, port: number): boolean;
}
