// The first look at a connection: who it comes from, through a listed load balancer or directly.
// Must not know what it will ask for.
import type { Socket } from 'node:net';
import { cidrContains, type IpAddress, parseIpAddress } from '../../core/base/ip-address.ts';
import { unreachable } from '../../core/base/unreachable.ts';
import { readProxyHeader } from '../../core/wire/proxy-protocol.ts';
import type { Reception } from '../arrival.ts';
import type { GateContext, ListenerOptions } from '../context.ts';
import { GatewayFailure } from '../failure.ts';
import { readStep } from '../read-step.ts';
import { type ClientAddress, Visit } from '../visit.ts';

/** The visit that begins, and what was read of the client ahead; null when it ended at once. */
export async function accept(
  socket: Socket,
  context: GateContext,
  { listener, opened, closed }: Reception,
): Promise<{ readonly visit: Visit; readonly early: Buffer } | null> {
  // Between two steps nobody listens; an error then shows as a closed socket to the next step.
  socket.on('error', () => undefined);
  const peer = peerAddress(socket);
  if (peer === null) {
    socket.destroy();
    return null;
  }
  const visit = new Visit(context, { listener, client: peer, onClosed: closed });
  opened(visit);
  if (!speaksProxyProtocol(listener, peer.address)) return { visit, early: Buffer.alloc(0) };
  const accepted = await acceptProxied(socket, peer, context.limits.connectHeadTimeoutMs);
  if (accepted instanceof GatewayFailure) {
    socket.destroy();
    visit.close(accepted);
    return null;
  }
  visit.client = accepted.client;
  visit.isAddressKnown = accepted.isVouched;
  return { visit, early: accepted.early };
}

/** The client's address, and the bytes that were read with its PROXY header. */
interface Accepted {
  readonly client: ClientAddress;
  /** False when the balancer vouches for nobody (LOCAL, UNKNOWN): its own address must exempt no one. */
  readonly isVouched: boolean;
  readonly early: Buffer;
}

/** The address of the peer itself; null when the socket is gone already. */
export function peerAddress(socket: Socket): ClientAddress | null {
  const address = parseIpAddress((socket.remoteAddress ?? '').replace(/%.*$/, ''));
  return address.ok ? { address: address.value, port: socket.remotePort ?? 0 } : null;
}

/** True when this peer must open with a PROXY header: it is listed on the listener. */
function speaksProxyProtocol(listener: ListenerOptions, peer: IpAddress): boolean {
  return listener.proxyProtocol.some((network) => cidrContains(network, peer));
}

/** Reads the PROXY header of a listed peer. */
async function acceptProxied(
  socket: Socket,
  peer: ClientAddress,
  timeoutMs: number,
): Promise<Accepted | GatewayFailure> {
  const end = await readStep(socket, { early: Buffer.alloc(0), read: readProxyHeader, timeoutMs });
  switch (end.kind) {
    case 'done': {
      const isVouched = end.value.kind === 'proxied';
      const client = end.value.kind === 'proxied' ? end.value.source : peer;
      return { client, isVouched, early: end.bytes.subarray(end.used) };
    }
    case 'malformed':
      return new GatewayFailure('proxy-header', 'accept', end.fault);
    case 'late':
      return new GatewayFailure('proxy-header', 'accept', `no PROXY header within ${timeoutMs} ms`);
    case 'gone':
      return new GatewayFailure(
        'client-gone',
        'accept',
        'the peer left before its PROXY header was complete',
      );
    default:
      return unreachable(end);
  }
}
