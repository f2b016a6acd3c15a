// A tunnel that stands, and the first that its client says in it: a TLS hello that names the destination, or nothing.
// Must not know what is done with it.
import type { Socket } from 'node:net';
import type { ReadDestination } from '../../core/base/destination.ts';
import type { ClientHello } from '../../core/wire/client-hello.ts';
import type { Arrival, TunnelClient } from '../arrival.ts';
import { GatewayFailure } from '../failure.ts';
import type { Visit } from '../visit.ts';
import { alertBytes } from './accept-tls.ts';
import { serveClearText } from './clear-text.ts';
import { serverNameFault, sniff } from './sniff.ts';

/** A client whose hello was read, and not answered; its early bytes begin with it. */
export interface HeardClient extends TunnelClient {
  readonly hello: ClientHello;
}

/** Where a tunnel leads: `upstream` is there where the client's bytes will go as they are. */
export interface TunnelEnds {
  readonly target: ReadDestination;
  readonly carries: Arrival['carries'];
  readonly upstream: Socket | null;
}

/**
 * Null when nothing is left to do: clear text is served from here on, and a tunnel of anything else was ended, with an
 * alert where the gate itself would have spoken TLS.
 */
export async function hear(
  visit: Visit,
  client: TunnelClient,
  { target, carries, upstream }: TunnelEnds,
): Promise<HeardClient | null> {
  const { socket } = client;
  const end = (failure: GatewayFailure): void => {
    socket.destroy();
    upstream?.destroy();
    visit.close(failure);
  };
  // From here on, not only once bytes move: a policy that changes meanwhile holds for a splice too.
  visit.control = { drain: () => undefined, abort: end };
  visit.review?.(visit.context.policy.current());
  visit.phase = 'sniff';
  const sniffed = await sniff(client, carries, visit.context.limits.sniffTimeoutMs);
  if (sniffed instanceof GatewayFailure) {
    end(sniffed);
    return null;
  }
  const { hello, bytes } = sniffed;
  if (hello === null) {
    upstream?.destroy();
    serveClearText(visit, { socket, early: bytes }, target);
    return null;
  }
  const fault = serverNameFault(hello, target);
  if (fault === null) return { socket, early: bytes, hello };
  if (upstream !== null) end(fault);
  else alertWith(visit, socket, fault);
  return null;
}

/** Ends the tunnel with the alert of its failure. */
export function alertWith(visit: Visit, socket: Socket, failure: GatewayFailure): void {
  socket.end(alertBytes(failure.row.is.alert ?? 'internal_error'));
  visit.close(failure);
}
