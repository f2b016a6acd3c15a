// A connection let through unseen: TLS from the very server that the CONNECT named, at an address that is no restricted
// host's. Must not know what is inside.
import type { Socket } from 'node:net';
import type { ReadDestination } from '../../core/base/destination.ts';
import type { Policy } from '../../core/policy/compile/policy.ts';
import { stampedHosts } from '../../core/policy/compile/stamped-hosts.ts';
import { decideConnection } from '../../core/policy/decide/decide-connection.ts';
import type { ConnectionFacts } from '../../core/policy/facts.ts';
import type { Endpoint } from '../../ports.ts';
import type { TunnelClient } from '../arrival.ts';
import type { GateContext } from '../context.ts';
import { GatewayFailure } from '../failure.ts';
import { pump } from '../relay/pump.ts';
import { throughNat64 } from '../upstream/resolve.ts';
import type { Visit } from '../visit.ts';

/** Connects to the destination, before the client is told that its tunnel stands: a failure can then still be said. */
export async function dialSplice(visit: Visit, target: ReadDestination): Promise<Socket | GatewayFailure> {
  const { dialer } = visit.context;
  visit.phase = 'splice';
  const endpoints = await dialer.resolve(target.host, target.port, 'splice');
  if (endpoints instanceof GatewayFailure) return endpoints;
  const fronting = await frontingFault(visit.context, target, endpoints);
  const dialed = fronting ?? (await dialer.tcp(target, endpoints, 'splice'));
  // Until bytes move nobody listens.
  if (!(dialed instanceof GatewayFailure)) dialed.on('error', () => undefined);
  return dialed;
}

/** Ends a splice that a new policy would not let be one. */
export function reviewSplice(visit: Visit, facts: ConnectionFacts): (policy: Policy) => void {
  return (policy) => {
    const decision = decideConnection(policy, { ...facts, nowMs: visit.context.clock.now() });
    if (decision.kind === 'splice') return;
    visit.control?.abort(
      new GatewayFailure('policy-changed', 'splice', `the new policy says ${decision.kind}`),
    );
  };
}

/** Moves bytes both ways until both sides are over. */
export function splice(visit: Visit, client: TunnelClient, upstream: Socket): void {
  visit.phase = 'splice';
  const stop = pump({
    client: client.socket,
    upstream,
    early: { client: client.early, upstream: Buffer.alloc(0) },
    idleMs: visit.context.limits.idleTimeoutMs,
    moved: (direction, bytes) => {
      if (direction === 'up') visit.bytesIn += bytes;
      else visit.bytesOut += bytes;
    },
    over: (failure) => visit.close(failure),
  });
  visit.control = { drain: () => undefined, abort: stop };
}

// A neighbour at the same address could serve a restricted host's pages under its own name. Where the `*` entry of the
// resolve map leads every name to one place, that place is the administrator's own and tells nothing.
export async function frontingFault(
  { policy, resolver }: Pick<GateContext, 'policy' | 'resolver'>,
  target: ReadDestination,
  endpoints: readonly Endpoint[],
): Promise<GatewayFailure | null> {
  if (endpoints.every(({ mapped }) => mapped === 'wildcard')) return null;
  const isFromDns = endpoints.some(({ mapped }) => mapped === 'no');
  for (const host of stampedHosts(policy.current())) {
    if (host === target.host) continue;
    const restricted = await resolver.resolve(host, 443);
    // A name that has no address is nobody's neighbour; one whose address is not known now may be. Where the
    // administrator mapped the destination, nobody else chose its address, and DNS may have failed for good.
    if (
      !restricted.ok &&
      restricted.error.answer === 'unknown' &&
      (isFromDns || restricted.error.code === 'dns-timeout')
    )
      return new GatewayFailure(restricted.error.code, 'splice', restricted.error.detail);
    if (!restricted.ok) continue;
    const shared = endpoints.find((endpoint) =>
      restricted.value.some((other) => isSamePlace(endpoint, other)),
    );
    if (shared !== undefined) {
      return new GatewayFailure(
        'splice-address',
        'splice',
        `${target.host} is at ${shared.address}, where ${host} is`,
      );
    }
  }
  return null;
}

// On the public internet one address is one place; a resolve map may give each host a port of its own.
function isSamePlace(one: Endpoint, other: Endpoint): boolean {
  if (throughNat64(one.address) !== throughNat64(other.address)) return false;
  return one.mapped === 'no' || other.mapped === 'no' || one.port === other.port;
}
