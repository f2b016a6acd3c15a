// HTTP in clear inside a tunnel, where its door lets it be: each request is decided as one in absolute form would be.
// Must not know which door that is.
import type { ReadDestination } from '../../core/base/destination.ts';
import type { TunnelClient } from '../arrival.ts';
import { serveHttp1 } from '../http1/serve-http1.ts';
import { Tunnel } from '../request/tunnel.ts';
import type { Visit } from '../visit.ts';

/** Serves it, whatever the policy says of the destination: a refusal is an answer here. */
export function serveClearText(visit: Visit, client: TunnelClient, target: ReadDestination): void {
  const facts = visit.connectionFacts(target, 'http');
  const { socket, early } = client;
  serveHttp1(new Tunnel(visit, facts, { target, spare: null }), socket, { early, onHalfClose: 'wait' });
}
