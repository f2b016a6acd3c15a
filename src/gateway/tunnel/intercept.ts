// Looks into a connection: upstream is proved first, then the client's hello is answered with a leaf for the same name
// and the protocol that upstream chose. Must not know what the requests will be.

import type { TLSSocket } from 'node:tls';
import type { ReadDestination } from '../../core/base/destination.ts';
import type { ConnectionFacts } from '../../core/policy/facts.ts';
import type { ClientHello } from '../../core/wire/client-hello.ts';
import { GatewayFailure } from '../failure.ts';
import { serveSecuredHttp1 } from '../http1/serve-http1.ts';
import { serveHttp2 } from '../http2/serve-http2.ts';
import { failureAnswer } from '../request/admit.ts';
import { Tunnel } from '../request/tunnel.ts';
import type { Alpn } from '../upstream/dial.ts';
import type { Visit } from '../visit.ts';
import { acceptTls } from './accept-tls.ts';
import { alertWith, type HeardClient } from './hear.ts';
import { refuseInside } from './refuse.ts';

/** Where an intercepted connection leads, and the facts it was decided on. */
export interface Interception {
  readonly facts: ConnectionFacts;
  readonly target: ReadDestination;
}

export async function intercept(
  visit: Visit,
  client: HeardClient,
  interception: Interception,
): Promise<void> {
  const { target } = interception;
  const { upstream, leaves } = visit.context;
  const spoken = offeredProtocols(client.hello.alpn);
  const fault = missingName(client.hello) ?? missingProtocol(spoken);
  if (fault !== null) return alertWith(visit, client.socket, fault);
  visit.phase = 'prove';
  const offers = upstream.worthOffering(target.host, target.port, spoken);
  const proved = upstream.proved(target.host, target.port, offers);
  const spare = proved === null ? await upstream.prove(target.host, target.port, offers) : null;
  if (spare instanceof GatewayFailure) {
    const answer = failureAnswer(spare, visit.id);
    return refuseInside(visit, client, { host: target.host, answer, failure: spare });
  }
  visit.phase = 'intercept';
  const leaf = await leaves.leafFor(target.host, 'content', visit.client.address);
  if (!leaf.ok) {
    spare?.socket.destroy();
    return alertWith(
      visit,
      client.socket,
      new GatewayFailure(leaf.error.code, 'intercept', leaf.error.detail),
    );
  }
  const secured = await acceptTls({
    socket: client.socket,
    early: client.early,
    context: leaf.value,
    alpn: spare?.alpn ?? proved ?? 'http/1.1',
    timeoutMs: visit.context.limits.handshakeTimeoutMs,
  });
  if (secured instanceof GatewayFailure) {
    spare?.socket.destroy();
    return visit.close(secured);
  }
  serve(new Tunnel(visit, interception.facts, { target, spare }), secured);
}

/** Serves the secured stream, unless the policy or the users' file changed their mind on the way here (R-52). */
function serve(tunnel: Tunnel, secured: TLSSocket): void {
  const { visit } = tunnel;
  const fault = visit.identityFault() ?? policyFault(tunnel);
  if (fault !== null) {
    tunnel.close();
    secured.destroy();
    visit.close(fault);
    return;
  }
  if (secured.alpnProtocol === 'h2') serveHttp2(tunnel, secured);
  else serveSecuredHttp1(tunnel, secured);
}

function policyFault(tunnel: Tunnel): GatewayFailure | null {
  if (tunnel.survives(tunnel.visit.context.policy.current())) return null;
  return new GatewayFailure('policy-changed', 'intercept', 'the new policy does not inspect this connection');
}

/** The protocols both the client and the gate speak; a client without ALPN speaks HTTP/1.1 (RFC 7301). */
function offeredProtocols(alpn: readonly string[]): Alpn[] {
  if (alpn.length === 0) return ['http/1.1'];
  return (['h2', 'http/1.1'] as const).filter((protocol) => alpn.includes(protocol));
}

// On an intercepted connection a hello without a name is closed, whatever the CONNECT named.
function missingName(hello: ClientHello): GatewayFailure | null {
  return hello.serverName === null
    ? new GatewayFailure('sni-missing', 'sniff', 'the TLS hello names no server')
    : null;
}

function missingProtocol(offers: readonly Alpn[]): GatewayFailure | null {
  return offers.length > 0
    ? null
    : new GatewayFailure('alpn-unknown', 'sniff', 'neither h2 nor http/1.1 is offered');
}
