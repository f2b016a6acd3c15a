// Looks into a connection: upstream is proved first, then the client's hello is answered with a leaf for the same name
// and the protocol that upstream chose. Must not know what the requests will be.
import type { Socket } from 'node:net';
import type { ConnectionFacts } from '../core/policy/facts.ts';
import type { ClientHello } from '../core/wire/client-hello.ts';
import { acceptTls, alertBytes } from './accept-tls.ts';
import { failureAnswer } from './admit.ts';
import type { Alpn, DialedTls } from './dial.ts';
import { GatewayFailure } from './failure.ts';
import { refuseInside } from './refuse.ts';
import { serveHttp1 } from './serve-http1.ts';
import { serveHttp2 } from './serve-http2.ts';
import { serverNameFault, sniff } from './sniff.ts';
import type { SpliceTarget } from './splice.ts';
import { Tunnel } from './tunnel.ts';
import type { Visit } from './visit.ts';

/** A client whose CONNECT was answered: its socket, and what it sent ahead of the answer. */
export interface TunnelClient {
  readonly socket: Socket;
  readonly early: Buffer;
}

export async function intercept(
  visit: Visit,
  client: TunnelClient,
  opening: { readonly facts: ConnectionFacts; readonly target: SpliceTarget },
): Promise<void> {
  const { facts, target } = opening;
  const { limits, upstream, leaves } = visit.context;
  visit.phase = 'sniff';
  const sniffed = await sniff(client.socket, client.early, limits.sniffTimeoutMs);
  if (sniffed instanceof GatewayFailure) return closeWith(visit, client.socket, sniffed);
  const { hello, bytes } = sniffed;
  const fault = serverNameFault(hello, target) ?? missingName(hello);
  if (fault !== null) return alertWith(visit, client.socket, fault);
  const offers = offeredProtocols(hello.alpn);
  if (offers.length === 0)
    return alertWith(
      visit,
      client.socket,
      new GatewayFailure('alpn-unknown', 'sniff', 'neither h2 nor http/1.1 is offered'),
    );
  visit.phase = 'prove';
  const proved = upstream.proved(target.host, target.port, offers);
  const spare = proved === null ? await upstream.prove(target.host, target.port, offers) : null;
  if (spare instanceof GatewayFailure) {
    return refuseInside(
      visit,
      { ...client, early: bytes },
      { hello, host: target.host, answer: failureAnswer(spare, visit.id), failure: spare },
    );
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
  const alpn: Alpn = spare?.alpn ?? proved ?? 'http/1.1';
  const secured = await acceptTls({
    socket: client.socket,
    early: bytes,
    context: leaf.value,
    alpn,
    timeoutMs: limits.handshakeTimeoutMs,
  });
  if (secured instanceof GatewayFailure) {
    spare?.socket.destroy();
    return closeWith(visit, client.socket, secured);
  }
  const tunnel = new Tunnel(visit, facts, { target, spare: keepError(spare) });
  if (alpn === 'h2' && secured.alpnProtocol === 'h2') serveHttp2(tunnel, secured);
  else serveHttp1(tunnel, secured);
}

/** The protocols both the client and the gate speak; a client without ALPN speaks HTTP/1.1 (RFC 7301). */
export function offeredProtocols(alpn: readonly string[]): Alpn[] {
  if (alpn.length === 0) return ['http/1.1'];
  return (['h2', 'http/1.1'] as const).filter((protocol) => alpn.includes(protocol));
}

// On an intercepted connection a hello without a name is closed, whatever the CONNECT named.
function missingName(hello: ClientHello): GatewayFailure | null {
  return hello.serverName === null
    ? new GatewayFailure('sni-missing', 'sniff', 'the TLS hello names no server')
    : null;
}

function keepError(spare: DialedTls | null): DialedTls | null {
  spare?.socket.on('error', () => undefined);
  return spare;
}

function alertWith(visit: Visit, socket: Socket, failure: GatewayFailure): void {
  const alert =
    failure.code === 'alpn-unknown'
      ? 'no_application_protocol'
      : failure.side === 'client'
        ? 'unrecognized_name'
        : 'internal_error';
  socket.end(alertBytes(alert));
  visit.close(failure);
}

function closeWith(visit: Visit, socket: Socket, failure: GatewayFailure): void {
  socket.destroy();
  visit.close(failure);
}
