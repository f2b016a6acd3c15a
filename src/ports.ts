// THE DOORS between the rooms: types only. A shell room imports these, never another shell room;
// compose.ts introduces who implements them to who needs them.

import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Hostname } from './core/base/hostname.ts';
import type { IpAddress } from './core/base/ip-address.ts';
import type { Result } from './core/base/result.ts';
import type { Policy } from './core/policy/compile/policy.ts';
import type { AuditEvent } from './core/record/events.ts';
import type { VendorSaid } from './core/vendors/vendor.ts';

/** Time, injected so that tests own it. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
}

/** Where a name leads. Port included, because the resolve map may change it. */
export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
  /** Who led there: DNS, an entry of the resolve map for this name, or its `*` entry. A mapped endpoint may be private. */
  readonly mapped: 'no' | 'name' | 'wildcard';
}

export interface ResolveFault {
  readonly code: 'dns-failed' | 'dns-timeout' | 'address-refused';
  /** `known`: there is no address to reach. `unknown`: there may be one, and it could not be learned now. */
  readonly answer: 'known' | 'unknown';
  readonly detail: string;
}

/** Names to endpoints, cached; addresses the gate must not reach are already refused. */
export interface Resolver {
  resolve(host: Hostname | IpAddress, port: number): Promise<Result<readonly Endpoint[], ResolveFault>>;
}

export interface RouteFault {
  /** `overloaded`: this process or machine has no room for another connection. */
  readonly code: 'connect-failed' | 'connect-timeout' | 'overloaded';
  readonly detail: string;
  /** Of the first address that was tried. */
  readonly cause?: Error;
}

/**
 * The way on which bytes reach upstream: straight, or through what stands between. What they are sent for is proved and
 * pooled alike on each; the endpoints were judged before, and a route that hands on a name in
 * their place has it judged by whoever resolves it.
 */
export interface Route {
  /** A connection on which the next byte is the target's: half-open allowed, neither flowing nor paused. Bounded in time. */
  connect(
    target: { readonly host: Hostname | IpAddress; readonly port: number },
    endpoints: readonly Endpoint[],
  ): Promise<Result<Socket, RouteFault>>;
}

export interface LeafFault {
  readonly code: 'leaf-limit' | 'leaf-not-permitted' | 'leaf-failed';
  readonly detail: string;
}

/** Certificates the gate shows to clients. */
export interface LeafSource {
  /**
   * A TLS server context with a leaf for exactly this host and the whole chain.
   * `content`: upstream's certificate was proved; `refusal`: the leaf serves nothing but the gate's refusal, and is rate-limited per client.
   */
  leafFor(
    host: Hostname | IpAddress,
    purpose: 'content' | 'refusal',
    client: IpAddress,
  ): Promise<Result<SecureContext, LeafFault>>;
  /** The CA certificate in PEM, to hand out. */
  readonly caPem: string;
  /** The current revocation list in DER, to hand out. */
  crl(): Promise<Uint8Array>;
}

/** What a client said for itself, read but not yet believed. */
export type Credential =
  | BasicCredential
  /** A step of SPNEGO (RFC 4559): the token in base64, as it was sent. */
  | { readonly kind: 'negotiate'; readonly token: string }
  /** A certificate in DER whose key the client proved to have in its TLS handshake with the listener. */
  | { readonly kind: 'certificate'; readonly der: Uint8Array }
  /** Nothing: a source may still know a client by its address. */
  | { readonly kind: 'none' };

/** A name and a password (RFC 7617). */
export interface BasicCredential {
  readonly kind: 'basic';
  readonly user: string;
  readonly password: string;
}

export type IdentityAnswer =
  | IdentityKnown
  | { readonly kind: 'unknown' }
  /** The source of the attempts must wait (R-10a). */
  | { readonly kind: 'wait'; readonly seconds: number }
  /** The exchange has another step, on the same connection: the challenge goes to the client, its answer to `next`. */
  | { readonly kind: 'more'; readonly challenge: string; readonly next: IdentityStep }
  /** The source cannot say who this is. Nobody is let through because of it. */
  | { readonly kind: 'down'; readonly detail: string };

export interface IdentityKnown {
  readonly kind: 'known';
  readonly user: string;
  readonly groups: readonly string[];
  /** Whether the source would still say so; to be asked again after each change of it. */
  readonly holds: () => boolean;
}

/** An exchange of several steps that has begun. One of the two is called, once. */
export interface IdentityStep {
  answer(credential: Credential): Promise<IdentityAnswer>;
  /** The client left; nothing more will come. */
  abandon(): void;
}

/** Who credentials belong to. Verification runs off the event loop and is bounded, in time too. */
export interface IdentitySource {
  /** What a client may answer, as the values of Proxy-Authenticate (RFC 9110 section 11.7.1), the best first. */
  readonly challenges: readonly string[];
  authenticate(credential: Credential, from: IpAddress): Promise<IdentityAnswer>;
  /** Called after each change of who is known. */
  onChange(listener: () => void): void;
}

/**
 * What a source is to know, as a value that can be sent to another process. Only the file of its kind reads the value, so
 * that a source of another kind changes nothing on the way.
 */
export interface SourceState {
  readonly kind: string;
  readonly value: unknown;
}

/** The policy in force. `current()` is cheap and is asked per request, so that a revoked exemption bites at once. */
export interface PolicySource {
  current(): Policy;
  /** Called after each swap; returns the way to stop listening. */
  onChange(listener: (policy: Policy) => void): () => void;
}

/**
 * The record. `write` returns false when the event is not in the kernel: audited traffic must then stop.
 * An outcome may wait for the end of this turn of the event loop, since nothing goes on because of it; it returns false
 * while nothing can be written, and is then held until it can.
 */
export interface AuditSink {
  write(event: AuditEvent): boolean;
  /** False while records cannot be written. */
  healthy(): boolean;
}

/** Equal secrets give equal prints within one installation; a print gives nothing back. */
export interface SecretPrinter {
  print(secret: string): string;
}

/** Counters and gauges; names and labels come from the catalogue in core/record. */
export interface MetricSink {
  connectionOpened(listener: string): void;
  connectionClosed(listener: string): void;
  decided(stage: 'connection' | 'request', verdict: 'block' | 'splice' | 'forward', code: string): void;
  /** `status` 0 where none was sent. */
  answered(by: 'upstream' | 'gate' | 'none', status: number): void;
  /** How long a request took, from its head to the end of its answer. */
  took(by: 'upstream' | 'gate' | 'none', ms: number): void;
  /** Asked for credentials, or told to wait with them. */
  challenged(listener: string): void;
  moved(bytesIn: number, bytesOut: number): void;
  failed(side: 'client' | 'upstream' | 'gateway', code: string): void;
  vendorSaid(vendor: string, what: VendorSaid): void;
}

/** Counts of the comparison with the list that GitHub publishes. */
export interface AllowlistMetricSink {
  allowlistChecked(outcome: 'fetched' | 'unchanged' | 'failed'): void;
  /** The list was had; milliseconds since 1970 UTC. */
  allowlistHad(atMs: number): void;
  allowlistDrift(counts: Readonly<Record<'missing' | 'unpublished' | 'unreadable', number>>): void;
}

/** A client that refused the gate's certificate, as an operator finds it. */
export interface LeafRefusal {
  readonly client: string;
  readonly user: string | null;
  /** What it called itself in its CONNECT. */
  readonly userAgent: string | null;
  readonly destination: string | null;
  readonly reference: string;
}

/** Told of clients that somebody should look after. */
export interface ClientNotices {
  leafRefused(refusal: LeafRefusal): void;
}

/** Lines for the operator; never secrets, never one per request. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
