// The hallway. A connection walks through here from accept to its record:
//   accept → (its door reads) → identify → decide → record → hear → (refuse | splice | intercept)
// Each step is a file of its own; this one only says in which order, and what happens where a step says no.
import type { Socket } from 'node:net';
import { unreachable } from '../core/base/unreachable.ts';
import { decideConnection } from '../core/policy/decide/decide-connection.ts';
import type { Arrival, Caller, Reception } from './arrival.ts';
import type { GateContext } from './context.ts';
import { accept } from './door/accept.ts';
import { challengeAnswer } from './door/challenge.ts';
import { doorOf, turnAway } from './door/doors.ts';
import { identify } from './door/identify.ts';
import { GatewayFailure } from './failure.ts';
import { blockAnswer, failureAnswer } from './request/admit.ts';
import { hear } from './tunnel/hear.ts';
import { intercept } from './tunnel/intercept.ts';
import { refuseInside } from './tunnel/refuse.ts';
import { dialSplice, reviewSplice, splice } from './tunnel/splice.ts';
import type { Visit } from './visit.ts';

/** Serves one accepted socket until its closing record is written. */
export async function serveConnection(
  socket: Socket,
  context: GateContext,
  reception: Reception,
): Promise<void> {
  const accepted = await accept(socket, context, reception);
  if (accepted === null) return;
  const { visit, early } = accepted;
  const { connectionsPerClient } = context.limits;
  if (reception.enter(visit))
    doorOf(visit.listener).enter(visit, { socket, early }, (caller) => receive(visit, caller));
  else
    turnAway(
      visit,
      socket,
      new GatewayFailure('client-limit', 'accept', `more than ${connectionsPerClient} connections`),
    );
}

async function receive(visit: Visit, caller: Caller): Promise<void> {
  visit.phase = 'identify';
  const unidentified = await identify(visit, caller.credential());
  // The client may have left while its password was verified.
  if (caller.isGone) return;
  if (unidentified !== null)
    return caller.challenge(challengeAnswer(visit, unidentified.failure), unidentified.challenges);
  visit.phase = 'decide';
  const arrival = await caller.arrive();
  if (arrival !== null) await lead(visit, arrival);
}

/** Decided on host, port and client alone; the record is written before anything else happens. */
async function lead(visit: Visit, arrival: Arrival): Promise<void> {
  const { handshakes, limits, policy } = visit.context;
  const refuse = (failure: GatewayFailure): void => {
    visit.refusedFor = failure;
    arrival.refuse(failureAnswer(failure, visit.id), failure);
  };
  const { destination: target } = arrival;
  const facts = visit.connectionFacts(target, 'https');
  if (!handshakes.take(visit.client.address)) {
    const detail = `more than ${limits.handshakesPerSecond} tunnels in a second`;
    return refuse(new GatewayFailure('handshake-limit', 'decide', detail));
  }
  const decision = decideConnection(policy.current(), facts);
  if (!visit.recordDecision(facts, decision)) {
    const detail = 'the decision could not be written to the audit record';
    return refuse(new GatewayFailure('record-unavailable', 'decide', detail));
  }
  // A named destination is refused inside the tunnel, where clients show why; all others at the door (policy, Refusing).
  if (decision.kind === 'block' && (decision.refuse === 'at-connect' || target.kind === 'malformed'))
    return arrival.refuse(blockAnswer(visit, { block: decision, facts, reference: visit.id }), null);
  if (target.kind === 'malformed') return refuse(new GatewayFailure('bad-request', 'decide', target.why));
  // What is passed on unseen is dialed first, so that the door can still say why that failed.
  const upstream = decision.kind === 'splice' ? await dialSplice(visit, target) : null;
  if (upstream instanceof GatewayFailure) return refuse(upstream);
  if (upstream !== null) visit.review = reviewSplice(visit, facts);
  const client = await hear(visit, arrival.open(), { target, carries: arrival.carries, upstream });
  if (client === null) return;
  switch (decision.kind) {
    case 'block': {
      const answer = blockAnswer(visit, { block: decision, facts, reference: visit.id });
      return refuseInside(visit, client, { host: target.host, answer, failure: null });
    }
    case 'splice':
      return upstream === null ? undefined : splice(visit, client, upstream);
    case 'intercept':
      return intercept(visit, client, { facts, target });
    default:
      return unreachable(decision);
  }
}
