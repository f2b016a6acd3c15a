// The hallway. A connection walks through here from accept to its record:
//   accept → identify → decide → (block | splice | intercept) → record
// Each step is a file of its own; this one only says in which order, and what happens where a step says no.
import type { Socket } from 'node:net';
import { type Destination, parseDestination } from '../core/base/destination.ts';
import { singleHeader } from '../core/base/header-lines.ts';
import { decideConnection } from '../core/policy/decide/decide-connection.ts';
import type { Block } from '../core/policy/decision.ts';
import type { ConnectionFacts } from '../core/policy/facts.ts';
import type { RequestHead } from '../core/wire/http1-head.ts';
import { absoluteForm } from '../core/wire/request-target.ts';
import type { GateContext, ListenerOptions } from './context.ts';
import { acceptProxied, peerAddress, speaksProxyProtocol } from './door/accept.ts';
import { credentialOf, identify, type Unidentified } from './door/identify.ts';
import { answerLocalPage, localAsked } from './door/local-pages.ts';
import { forwardPlain } from './door/plain.ts';
import { GatewayFailure } from './failure.ts';
import {
  answerMalformed,
  lateAnswer,
  malformedAnswer,
  writeAnswer,
  writeRendered,
} from './http1/http1-answers.ts';
import { Http1Conversation } from './http1/http1-conversation.ts';
import type { Http1Exchange } from './http1/http1-exchange.ts';
import { blockAnswer, failureAnswer } from './request/admit.ts';
import { answerForm, type GateAnswer, renderAnswer } from './request/answer.ts';
import { RequestRecord } from './request/request-record.ts';
import { survey } from './request/survey.ts';
import { alertBytes } from './tunnel/accept-tls.ts';
import { intercept } from './tunnel/intercept.ts';
import { refuseInside } from './tunnel/refuse.ts';
import { serverNameFault, sniff } from './tunnel/sniff.ts';
import { dialSplice, splice } from './tunnel/splice.ts';
import { Visit } from './visit.ts';

/** A socket as a listener hands it over. */
export interface Arrival {
  readonly context: GateContext;
  readonly listener: ListenerOptions;
  /** Counts the visit in once its client is known; false when this client has too many connections. */
  readonly enter: (visit: Visit) => boolean;
  readonly opened: (visit: Visit) => void;
  readonly closed: (visit: Visit) => void;
}

/** Serves one accepted socket until its closing record is written. */
export async function serveConnection(socket: Socket, arrival: Arrival): Promise<void> {
  const { context, listener } = arrival;
  // Between two steps nobody listens; an error then shows as a closed socket to the next step.
  socket.on('error', () => undefined);
  const peer = peerAddress(socket);
  if (peer === null) {
    socket.destroy();
    return;
  }
  const visit = new Visit(context, { listener, client: peer, onClosed: arrival.closed });
  arrival.opened(visit);
  const early = speaksProxyProtocol(listener, peer.address)
    ? await readProxyHeader(visit, socket)
    : Buffer.alloc(0);
  if (early === null) return;
  if (arrival.enter(visit)) converse(visit, socket, early);
  else turnAway(visit, socket, clientLimit(visit));
}

function clientLimit(visit: Visit): GatewayFailure {
  const { connectionsPerClient } = visit.context.limits;
  return new GatewayFailure('client-limit', 'accept', `more than ${connectionsPerClient} connections`);
}

/** A socket that there is no room for: said in HTTP while there is room for that, recorded, closed. */
export function turnAwayArrival(
  socket: Socket,
  arrival: Pick<Arrival, 'context' | 'listener'>,
  failure: GatewayFailure,
): void {
  socket.on('error', () => undefined);
  const peer = peerAddress(socket);
  if (peer === null) {
    socket.destroy();
    return;
  }
  turnAway(
    new Visit(arrival.context, { ...arrival, client: peer, onClosed: () => undefined }),
    socket,
    failure,
  );
}

/** Over a limit of connections: said in HTTP, recorded, closed within a second, whatever the client sends. */
function turnAway(visit: Visit, socket: Socket, failure: GatewayFailure): void {
  const details = `code=${failure.code} reference=${visit.id}`;
  socket.end(
    `HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nproxy-status: Gatewright; error=connection_limit_reached; details="${details}"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
  );
  socket.resume();
  const cutting = setTimeout(() => socket.destroy(), 1_000);
  socket.once('close', () => clearTimeout(cutting));
  visit.status = 503;
  visit.close(failure);
}

async function readProxyHeader(visit: Visit, socket: Socket): Promise<Buffer | null> {
  const accepted = await acceptProxied(socket, visit.client, visit.context.limits.connectHeadTimeoutMs);
  if (accepted instanceof GatewayFailure) {
    socket.destroy();
    visit.close(accepted);
    return null;
  }
  visit.client = accepted.client;
  visit.isAddressKnown = accepted.isVouched;
  return accepted.early;
}

/** The proxy's own HTTP/1 conversation: CONNECT, absolute-form requests, and the gate's own pages. */
function converse(visit: Visit, socket: Socket, early: Buffer): void {
  const limits = { ...visit.context.limits, headTimeoutMs: visit.context.limits.connectHeadTimeoutMs };
  const conversation = new Http1Conversation(socket, limits, {
    onHalfClose: 'wait',
    request: (exchange) => void handleProxyRequest(visit, socket, exchange),
    malformed: (fault, refuse) => {
      visit.asks(null, null);
      refuse(malformedAnswer(visit, fault));
    },
    late: (failure, refuse) => {
      visit.asks(null, null);
      refuse(lateAnswer(visit, failure));
    },
    over: (failure) => visit.close(failure),
  });
  visit.control = { drain: () => conversation.drain(), abort: (failure) => conversation.abort(failure) };
  conversation.begin(early);
}

async function handleProxyRequest(visit: Visit, socket: Socket, exchange: Http1Exchange): Promise<void> {
  const { head } = exchange;
  const local = localAsked(visit, head);
  visit.asks(local === null ? askedDestination(head) : null, singleHeader(head.headers, 'user-agent'));
  if (local !== null) return answerLocalPage(visit, exchange, local);
  visit.phase = 'identify';
  const unidentified = await identify(visit, credentialOf(head));
  // The client may have left while its password was verified.
  if (exchange.isOver) return;
  if (unidentified !== null) return challenge(visit, exchange, unidentified);
  visit.phase = 'decide';
  if (head.method !== 'CONNECT') return forwardPlain(visit, exchange);
  if (!exchange.isBodyComplete) return answerMalformed(visit, exchange, 'a CONNECT has no body');
  return openTunnel(visit, socket, exchange);
}

/** CONNECT: decided on host, port and client alone; the record is written before anything else happens. */
async function openTunnel(visit: Visit, socket: Socket, exchange: Http1Exchange): Promise<void> {
  const destination = connectDestination(exchange.head.target);
  const facts = visit.connectionFacts(destination, 'https');
  const { handshakes, limits, policy } = visit.context;
  if (!handshakes.take(visit.client.address))
    return refuseConnect(
      visit,
      exchange,
      new GatewayFailure(
        'handshake-limit',
        'decide',
        `more than ${limits.handshakesPerSecond} tunnels in a second`,
      ),
    );
  const decision = decideConnection(policy.current(), facts);
  if (!visit.recordDecision(facts, decision)) {
    return refuseConnect(
      visit,
      exchange,
      new GatewayFailure(
        'record-unavailable',
        'decide',
        'the decision could not be written to the audit record',
      ),
    );
  }
  if (decision.kind === 'block') return block(visit, socket, { exchange, facts, decision });
  if (destination.kind === 'malformed')
    return refuseConnect(visit, exchange, new GatewayFailure('bad-request', 'decide', destination.why));
  if (decision.kind === 'splice') {
    const upstream = await dialSplice(visit, destination);
    if (upstream instanceof GatewayFailure) return refuseConnect(visit, exchange, upstream);
    return splice(visit, establish(socket, exchange), { socket: upstream, target: destination });
  }
  return intercept(visit, establish(socket, exchange), { facts, target: destination });
}

/** What a proxy request asks for, whoever asks; absolute-form requests have a port of their own where they name none. */
function askedDestination({ method, target }: RequestHead): Destination | null {
  if (method === 'CONNECT') return connectDestination(target);
  const authority = absoluteForm(target, 'http')?.authority;
  return authority === undefined ? null : parseDestination(authority, 80);
}

// A CONNECT names a port; without one the authority is no destination (RFC 9110 section 9.3.6).
function connectDestination(target: string): Destination {
  return parseDestination(target);
}

function establish(socket: Socket, exchange: Http1Exchange): { socket: Socket; early: Buffer } {
  exchange.writeText('HTTP/1.1 200 Connection established\r\n\r\n');
  return { socket, early: exchange.takeOver().early };
}

interface Blocking {
  readonly exchange: Http1Exchange;
  readonly facts: ConnectionFacts;
  readonly decision: Block;
}

/** Named destinations are refused inside the tunnel, where clients show why; all others at the CONNECT (policy, Refusing). */
async function block(visit: Visit, socket: Socket, { exchange, facts, decision }: Blocking): Promise<void> {
  const answer = blockAnswer(visit, { block: decision, facts, reference: visit.id });
  const { destination } = facts;
  if (decision.refuse === 'at-connect' || destination.kind === 'malformed') {
    answerConnect(visit, exchange, answer);
    return;
  }
  const client = establish(socket, exchange);
  const sniffed = await sniff(client.socket, client.early, visit.context.limits.sniffTimeoutMs);
  const fault = sniffed instanceof GatewayFailure ? sniffed : serverNameFault(sniffed.hello, destination);
  if (fault !== null || sniffed instanceof GatewayFailure) {
    if (fault !== null && fault.code !== 'not-tls') client.socket.end(alertBytes('unrecognized_name'));
    else client.socket.destroy();
    visit.close(fault);
    return;
  }
  await refuseInside(
    visit,
    { socket, early: sniffed.bytes },
    { hello: sniffed.hello, host: destination.host, answer, failure: null },
  );
}

function refuseConnect(visit: Visit, exchange: Http1Exchange, failure: GatewayFailure): void {
  visit.refusedFor = failure;
  answerConnect(visit, exchange, failureAnswer(failure, visit.id));
}

/** Answers a CONNECT with a refusal; the connection ends with it. */
function answerConnect(visit: Visit, exchange: Http1Exchange, answer: GateAnswer): void {
  visit.status = answer.status;
  exchange.closeAfter();
  writeAnswer({ visit, exchange, host: '' }, answer);
}

/** 407 asks for credentials and keeps the connection, since clients answer on it. */
function challenge(visit: Visit, exchange: Http1Exchange, { failure, challenges }: Unidentified): void {
  const reference = recordChallenge(visit, failure);
  const seconds =
    failure.code === 'credentials-wait' ? Number(/\d+/.exec(failure.detail)?.[0] ?? 1) : undefined;
  const answer = {
    ...failureAnswer(failure, reference),
    ...(seconds === undefined ? {} : { retryAfter: seconds }),
  };
  const rendered = renderAnswer(
    answer,
    answerForm(survey(exchange.head.headers, []).accept, ''),
    visit.context.refusal,
  );
  // A line each: some clients read no more than one challenge of a line.
  const offered = challenges.flatMap((each) => ['proxy-authenticate', each]);
  const headers = [...rendered.headers, ...offered];
  writeRendered(exchange, { ...rendered, headers });
}

/**
 * Everyone is asked once, and only counted; who answers wrong is recorded, each time. Who is to wait is recorded once a
 * connection: nothing is verified meanwhile, so that it costs a client nothing to ask on. Returns the reference.
 */
function recordChallenge(visit: Visit, failure: GatewayFailure): string {
  if (failure.side === 'client') visit.context.metrics.challenged(visit.listener.name);
  const isKnown = failure.code === 'credentials-wait' && visit.isToldToWait;
  if (failure.code === 'credentials-wanted' || isKnown) return visit.id;
  visit.isToldToWait = failure.code === 'credentials-wait';
  const record = new RequestRecord(visit);
  record.status = failure.status;
  record.by = 'gate';
  record.finish(failure);
  return record.id;
}
