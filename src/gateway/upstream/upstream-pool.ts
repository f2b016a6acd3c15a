// Upstream connections that were proved, kept per principal and policy class: nobody rides on another's.
// Must not know requests; it lends connections and takes them back.
import type { TLSSocket } from 'node:tls';
import type { Hostname } from '../../core/base/hostname.ts';
import type { IpAddress } from '../../core/base/ip-address.ts';
import type { Limits } from '../../core/settings/limits.ts';
import type { ChunkLimits } from '../../core/wire/http1-chunked.ts';
import type { HeadLimits } from '../../core/wire/http1-head.ts';
import type { Clock } from '../../ports.ts';
import { GatewayFailure } from '../failure.ts';
import type { Alpn, DialedTls, Dialer } from './dial.ts';
import { Http1Upstream } from './http1-upstream.ts';
import { Http2Upstream } from './http2-upstream.ts';

/** Who a connection belongs to and where it leads. Requests that are stamped otherwise never share one. */
export interface PoolKey {
  /** Listener and user, or listener and address: whoever the gate would hold responsible. */
  readonly principal: string;
  /** Whose headers are set: vendors' names, or `plain`. */
  readonly policyClass: string;
  readonly scheme: 'https' | 'http';
  readonly host: Hostname | IpAddress;
  readonly port: number;
}

/** What the pool must keep to. */
export type PoolLimits = HeadLimits &
  ChunkLimits &
  Pick<Limits, 'poolPerOrigin' | 'poolConnections' | 'poolIdleTimeoutMs' | 'pingIntervalMs'>;

/** Whether a request may be sent again where its connection turns out to be closed (RFC 9110 section 9.2.2). */
export type Repeating = 'repeatable' | 'once';

interface IdleConnection {
  readonly upstream: Http1Upstream;
  readonly sinceMs: number;
}

// How long a proved certificate vouches for the answer to a client's hello.
const PROOF_MS = 5 * 60_000;
const PROOFS = 10_000;
// Servers close what has been idle for seconds.
const JUST_USED_MS = 1_000;
/** Every set of offers, in the one order in which they are made. */
const OFFERS: readonly (readonly Alpn[])[] = [['h2', 'http/1.1'], ['h2'], ['http/1.1']];
const SWEEP_MS = 5_000;

export class UpstreamPool {
  readonly #dialer: Dialer;
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  readonly #idle = new Map<string, IdleConnection[]>();
  /** More than one where upstream takes fewer streams on each than a principal has. */
  readonly #sessions = new Map<string, Http2Upstream[]>();
  readonly #dialingSessions = new Map<string, Promise<Http2Upstream | GatewayFailure>>();
  readonly #proofs = new Map<string, { readonly alpn: Alpn; readonly untilMs: number }>();
  /** Until when an origin is offered HTTP/1.1 only. */
  readonly #wantsHttp1 = new Map<string, number>();
  readonly #open = new Set<{ destroy(): void }>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(dialer: Dialer, clock: Clock, limits: PoolLimits) {
    this.#dialer = dialer;
    this.#clock = clock;
    this.#limits = limits;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
  }

  /** The protocol upstream chose of these offers, when its certificate was proved within minutes; else null. */
  proved(host: string, port: number, offers: readonly Alpn[]): Alpn | null {
    const proof = this.#proofs.get(proofKey(host, port, offers));
    return proof !== undefined && proof.untilMs > this.#clock.monotonic() ? proof.alpn : null;
  }

  /** What is worth offering there: an origin that asked for HTTP/1.1 is offered nothing else for a while, if that is a choice. */
  worthOffering(host: string, port: number, offers: readonly Alpn[]): readonly Alpn[] {
    const untilMs = this.#wantsHttp1.get(`${host}:${port}`);
    if (untilMs === undefined || !offers.includes('http/1.1')) return offers;
    if (untilMs > this.#clock.monotonic()) return ['http/1.1'];
    this.#wantsHttp1.delete(`${host}:${port}`);
    return offers;
  }

  /** An origin asked for HTTP/1.1 in place of HTTP/2 (RFC 9113 section 7, HTTP_1_1_REQUIRED). */
  preferHttp1(host: string, port: number): void {
    if (this.#wantsHttp1.size >= PROOFS) this.#wantsHttp1.clear();
    this.#wantsHttp1.set(`${host}:${port}`, this.#clock.monotonic() + PROOF_MS);
  }

  /** Dials and proves; the connection is not in the pool until someone adopts it. */
  async prove(
    host: Hostname | IpAddress,
    port: number,
    offers: readonly Alpn[],
  ): Promise<DialedTls | GatewayFailure> {
    const dialed = await this.#dialer.tls({ host, port, offers });
    if (dialed instanceof GatewayFailure) {
      // Whatever upstream chose before, of these offers or of others, it may not choose again.
      for (const other of OFFERS) this.#proofs.delete(proofKey(host, port, other));
      return dialed;
    }
    if (this.#proofs.size >= PROOFS) this.#proofs.clear();
    this.#proofs.set(proofKey(host, port, offers), {
      alpn: dialed.alpn,
      untilMs: this.#clock.monotonic() + PROOF_MS,
    });
    return dialed;
  }

  /**
   * An idle HTTP/1 connection of this key that has nothing to say, most recently used first; null when there is none. A
   * request that must not be sent twice gets only one that was in use a moment ago: no server closes those.
   */
  async takeHttp1(key: PoolKey, request: Repeating): Promise<Http1Upstream | null> {
    const oldestMs = request === 'repeatable' ? 0 : this.#clock.monotonic() - JUST_USED_MS;
    for (let last = this.#lastIdle(key, oldestMs); last !== null; last = this.#lastIdle(key, oldestMs)) {
      if (await last.isQuiet()) return last;
    }
    return null;
  }

  #lastIdle(key: PoolKey, oldestMs: number): Http1Upstream | null {
    const name = poolKeyText(key);
    const idle = this.#idle.get(name) ?? [];
    const last = idle.at(-1);
    if (last === undefined || last.sinceMs < oldestMs) return null;
    idle.pop();
    if (idle.length === 0) this.#idle.delete(name);
    return last.upstream;
  }

  /** A fresh HTTP/1 connection of this key. */
  async dialHttp1(key: PoolKey): Promise<Http1Upstream | GatewayFailure> {
    const full = this.#makeRoom();
    if (full !== null) return full;
    if (key.scheme === 'http') {
      const endpoints = await this.#dialer.resolve(key.host, key.port, 'request');
      if (endpoints instanceof GatewayFailure) return endpoints;
      const socket = await this.#dialer.tcp(key, endpoints, 'request');
      return socket instanceof GatewayFailure ? socket : this.#adoptHttp1(key, socket);
    }
    const dialed = await this.prove(key.host, key.port, ['http/1.1']);
    return dialed instanceof GatewayFailure ? dialed : this.#adoptHttp1(key, dialed.socket);
  }

  /** Makes a connection that was dialed for a proof one of this key. */
  adoptHttp1(key: PoolKey, dialed: DialedTls): Http1Upstream {
    return this.#adoptHttp1(key, dialed.socket);
  }

  /** The HTTP/2 session of this key, when one is live and takes another stream. */
  takeHttp2(key: PoolKey): Http2Upstream | null {
    return this.#sessions.get(poolKeyText(key))?.find(({ isUsable }) => isUsable) ?? null;
  }

  /** A session of this key that will soon say how many streams it takes. */
  youngHttp2(key: PoolKey): Http2Upstream | null {
    return this.#sessions.get(poolKeyText(key))?.find(({ isYoung }) => isYoung) ?? null;
  }

  /** A session of this key: dialed once, however many streams wait for it. */
  async dialHttp2(key: PoolKey): Promise<Http2Upstream | GatewayFailure> {
    const name = poolKeyText(key);
    const dialing = this.#dialingSessions.get(name);
    if (dialing !== undefined) return dialing;
    const fresh = this.#dialHttp2(key).finally(() => this.#dialingSessions.delete(name));
    this.#dialingSessions.set(name, fresh);
    return fresh;
  }

  adoptHttp2(key: PoolKey, dialed: DialedTls): Http2Upstream {
    return this.#adoptHttp2(key, dialed.socket);
  }

  /** Drops what is idle, after a policy change: new requests begin on new connections. */
  clear(): void {
    for (const idle of this.#idle.values()) for (const { upstream } of idle) upstream.destroy();
    this.#idle.clear();
    for (const sessions of this.#sessions.values()) for (const session of sessions) session.retire();
  }

  /** Ends everything. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#idle.clear();
    this.#sessions.clear();
    for (const connection of [...this.#open]) connection.destroy();
  }

  async #dialHttp2(key: PoolKey): Promise<Http2Upstream | GatewayFailure> {
    const full = this.#makeRoom();
    if (full !== null) return full;
    const dialed = await this.prove(key.host, key.port, ['h2']);
    return dialed instanceof GatewayFailure ? dialed : this.#adoptHttp2(key, dialed.socket);
  }

  #adoptHttp1(key: PoolKey, socket: ConstructorParameters<typeof Http1Upstream>[0]): Http1Upstream {
    // It may have been dialed for a proof alone, where no room was asked for.
    this.#makeRoom();
    const upstream = new Http1Upstream(socket, this.#limits, {
      idle: (connection) => this.#giveBack(key, connection),
      closed: (connection) => this.#open.delete(connection),
    });
    this.#open.add(upstream);
    return upstream;
  }

  #adoptHttp2(key: PoolKey, socket: TLSSocket): Http2Upstream {
    this.#makeRoom();
    const name = poolKeyText(key);
    const upstream = new Http2Upstream(socket, this.#limits, () => {
      this.#open.delete(upstream);
      this.#forget(name, upstream);
    });
    this.#open.add(upstream);
    this.#sessions.set(name, [...(this.#sessions.get(name) ?? []), upstream]);
    return upstream;
  }

  #forget(name: string, upstream: Http2Upstream): void {
    const others = (this.#sessions.get(name) ?? []).filter((session) => session !== upstream);
    if (others.length > 0) this.#sessions.set(name, others);
    else this.#sessions.delete(name);
  }

  #giveBack(key: PoolKey, upstream: Http1Upstream): void {
    const name = poolKeyText(key);
    const idle = this.#idle.get(name) ?? [];
    if (idle.length >= this.#limits.poolPerOrigin) {
      upstream.destroy();
      return;
    }
    idle.push({ upstream, sinceMs: this.#clock.monotonic() });
    this.#idle.set(name, idle);
  }

  /** Gives up an idle connection where there are as many as may be; a failure when none is idle. */
  #makeRoom(): GatewayFailure | null {
    if (this.#open.size < this.#limits.poolConnections) return null;
    for (const idle of this.#idle.values()) {
      const oldest = idle.shift();
      if (oldest === undefined) continue;
      oldest.upstream.destroy();
      return null;
    }
    for (const sessions of this.#sessions.values()) {
      const idle = sessions.find(({ isIdle }) => isIdle);
      if (idle === undefined) continue;
      idle.retire();
      return null;
    }
    return new GatewayFailure('overloaded', 'request', `${this.#open.size} upstream connections are busy`);
  }

  #sweep(): void {
    const before = this.#clock.monotonic() - this.#limits.poolIdleTimeoutMs;
    for (const [name, idle] of this.#idle) {
      const kept = idle.filter(({ upstream, sinceMs }) => {
        if (sinceMs >= before && upstream.isUsable) return true;
        upstream.destroy();
        return false;
      });
      if (kept.length === 0) this.#idle.delete(name);
      else this.#idle.set(name, kept);
    }
    for (const sessions of this.#sessions.values()) for (const session of sessions) session.sweep();
  }
}

/** All that two requests must have in common to ride on one connection. */
export function poolKeyText(key: PoolKey): string {
  return `${key.principal}\n${key.policyClass}\n${key.scheme}://${key.host}:${key.port}`;
}

function proofKey(host: string, port: number, offers: readonly Alpn[]): string {
  return `${host}:${port} ${offers.join(',')}`;
}
