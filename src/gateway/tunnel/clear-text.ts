// HTTP in clear inside a tunnel, where its door lets it be: each request is decided as one in absolute form would be.
// Must not know which door that is.
import type { ReadDestination } from '../../core/base/destination.ts';
import { decideConnection } from '../../core/policy/decide/decide-connection.ts';
import type { Block } from '../../core/policy/decision.ts';
import type { ConnectionFacts } from '../../core/policy/facts.ts';
import type { Arrival, TunnelClient } from '../arrival.ts';
import { serveHttp1 } from '../http1/serve-http1.ts';
import { Tunnel } from '../request/tunnel.ts';
import type { Visit } from '../visit.ts';

/** Serves it, whatever the policy says of the destination: a refusal is an answer here. */
export function serveClearText(visit: Visit, client: TunnelClient, target: ReadDestination): void {
  const facts = visit.connectionFacts(target, 'http');
  const { socket, early } = client;
  serveHttp1(new Tunnel(visit, facts, { target, spare: null }), socket, { early, onHalfClose: 'wait' });
}

/** Whether the policy lets clear text pass where it refuses TLS: then only what the client says tells what it asks for. */
export function isForClearText(visit: Visit, arrival: Arrival, refused: Block): boolean {
  if (arrival.carries === 'tls' || refused.refuse !== 'at-connect') return false;
  const facts: ConnectionFacts = visit.connectionFacts(arrival.destination, 'http');
  return decideConnection(visit.context.policy.current(), facts).kind !== 'block';
}
