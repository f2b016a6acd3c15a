// HTTP/1 on an intercepted connection, and the plain-HTTP requests of a proxy client: admit, then forward or answer.
// Must not know how the connection came to be.
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { parseDestination } from '../../core/base/destination.ts';
import { stampHeaderTest } from '../../core/policy/decide/rewrite.ts';
import type { RequestHead } from '../../core/wire/http1-head.ts';
import { absoluteForm, originForm } from '../../core/wire/request-target.ts';
import { GatewayFailure } from '../failure.ts';
import { admit } from '../request/admit.ts';
import type { RequestRecord, RequestWords } from '../request/request-record.ts';
import { survey } from '../request/survey.ts';
import type { Tunnel } from '../request/tunnel.ts';
import { type HandshakeFault, handshakeRequestFault } from '../request/websocket-handshake.ts';
import type { Http1Upstream } from '../upstream/http1-upstream.ts';
import type { PoolKey } from '../upstream/upstream-pool.ts';
import type { Visit } from '../visit.ts';
import type { ConversationHandler } from './conversation-handler.ts';
import { forwardHttp1, repeating } from './forward-http1.ts';
import {
  answerAdmission,
  answerFailure,
  answerMalformed,
  lateAnswer,
  malformedAnswer,
} from './http1-answers.ts';
import { Http1Conversation } from './http1-conversation.ts';
import type { Http1Exchange } from './http1-exchange.ts';
import { requestHeadText } from './http1-headers.ts';

/** Serves a client on its secured stream until one of them is over. */
export function serveSecuredHttp1(tunnel: Tunnel, socket: TLSSocket): void {
  const isWhole = socket.getProtocol() === 'TLSv1.3';
  serveHttp1(tunnel, socket, { early: EMPTY, onHalfClose: isWhole ? 'wait-while-it-moves' : 'leave' });
}

/** Serves a client on a stream of which some was read. */
export function serveHttp1(
  tunnel: Tunnel,
  socket: Duplex,
  { early, onHalfClose }: Pick<ConversationHandler, 'onHalfClose'> & { readonly early: Buffer },
): void {
  const { visit } = tunnel;
  const over = (failure: GatewayFailure | null): void => {
    tunnel.close();
    visit.close(failure);
  };
  const conversation = new Http1Conversation(socket, visit.context.limits, {
    onHalfClose,
    request: (exchange) =>
      handleHttp1(tunnel, exchange, { ...ownTarget(tunnel, exchange.head), tunnelOver: over }),
    malformed: (fault, refuse) => refuse(malformedAnswer(visit, fault)),
    late: (failure, refuse) => refuse(lateAnswer(visit, failure)),
    over,
  });
  visit.control = { drain: () => conversation.drain(), abort: (failure) => conversation.abort(failure) };
  visit.review = (policy) => {
    if (tunnel.survives(policy)) return;
    visit.control?.abort(
      new GatewayFailure('policy-changed', 'request', 'the new policy does not inspect this connection'),
    );
  };
  if (early.length > 0) conversation.begin(early);
}

export interface Http1Handling {
  /** Origin-form path and query, as it came. */
  readonly target: string;
  /** The authority of an absolute-form target; null where the target has none. */
  readonly authority: string | null;
  /** Called when an upgraded connection is over; the conversation is then long released. */
  readonly tunnelOver: (failure: GatewayFailure | null) => void;
}

/** Admits one request and forwards or answers it. */
export function handleHttp1(tunnel: Tunnel, exchange: Http1Exchange, handling: Http1Handling): void {
  const { visit } = tunnel;
  const head = withHost(exchange.head, handling.authority);
  const fault = requestFault(exchange, handling);
  if (fault !== null) {
    answerMalformed(visit, exchange, fault);
    return;
  }
  const asked = { visit, exchange, host: tunnel.target.host };
  const words = requestWords(visit, exchange, handling.target);
  const facts = {
    connection: tunnel.factsNow(),
    authority: head.host,
    method: head.method,
    target: handling.target,
    websocket: words.websocket,
  };
  const admission = admit(visit, facts, words);
  if (admission.kind === 'answer') {
    answerAdmission(asked, admission);
    return;
  }
  const { record, decision } = admission;
  const untrack = tunnel.track({ facts, decision, abort: (failure) => exchange.abort(failure) });
  exchange.onOver = untrack;
  const key = tunnel.poolKey(decision);
  const start = (upstream: Http1Upstream): void =>
    forwardHttp1({
      exchange,
      record,
      headText: requestHeadText(head, handling.target, decision.edits),
      upstream,
      dial: () => visit.context.upstream.dialHttp1(key),
      responseTimeoutMs: visit.context.limits.responseTimeoutMs,
      idleTimeoutMs: visit.context.limits.idleTimeoutMs,
      switched: (stop) => {
        visit.control = { drain: () => undefined, abort: stop };
        tunnel.track({ facts, decision, abort: stop });
      },
      tunnelOver: handling.tunnelOver,
      answerFailure: (failure) => answerFailure(asked, { record, failure }),
      from: tunnel.answersFrom,
    });
  acquire(tunnel, key, { exchange, record, start });
}

/** Why this is no request that goes on, whatever the policy says; null when it is one. */
function requestFault(
  { head, isBodyComplete }: Http1Exchange,
  { target }: Http1Handling,
): string | HandshakeFault | null {
  if (head.method === 'CONNECT' || head.method === 'TRACE') return `${head.method} is never passed on`;
  // RFC 6455 section 4.1. What of a body went up before the 101, the server would take for the WebSocket.
  const isPlainGet = head.method === 'GET' && head.version === '1.1' && isBodyComplete;
  if (head.upgrade === 'websocket' && !isPlainGet)
    return 'a WebSocket handshake is a GET of HTTP/1.1 without a body';
  if (!head.target.startsWith('/') && target === head.target && head.target !== '*')
    return 'inside a tunnel a request target begins with /';
  return head.upgrade === 'websocket' ? handshakeRequestFault(head.headers, '1.1') : null;
}

/**
 * The target as upstream gets it: in origin-form, also where a client names the tunnel's own host in absolute-form, which
 * every server must accept (RFC 9112 section 3.2.2). Any other target stays as it is, and is refused.
 */
function ownTarget(tunnel: Tunnel, head: RequestHead): Pick<Http1Handling, 'target' | 'authority'> {
  const form = absoluteForm(head.target, tunnel.scheme);
  const named = form === null ? null : parseDestination(form.authority, tunnel.scheme === 'https' ? 443 : 80);
  const { host, port } = tunnel.target;
  if (
    form === null ||
    named === null ||
    named.kind === 'malformed' ||
    named.host !== host ||
    named.port !== port
  )
    return { target: head.target, authority: null };
  return { target: originForm(form.rest, head.method), authority: form.authority };
}

/** HTTP/1.0 knows no Host; the target in absolute-form says it as well (RFC 9112 section 3.2.2). */
function withHost(head: RequestHead, authority: string | null): RequestHead {
  if (head.host !== null || authority === null) return head;
  return { ...head, host: authority, headers: ['Host', authority, ...head.headers] };
}

interface Acquisition {
  readonly exchange: Http1Exchange;
  readonly record: RequestRecord;
  readonly start: (upstream: Http1Upstream) => void;
}

/** Finds a connection of the same principal and class, the proved one, or a fresh one. */
function acquire(tunnel: Tunnel, key: PoolKey, { exchange, record, start }: Acquisition): void {
  let gone: GatewayFailure | null = null;
  exchange.onGone = (failure) => {
    gone = failure;
    record.finish(failure);
  };
  void connectionFor(tunnel, key, exchange.head).then((found) => {
    if (found instanceof GatewayFailure) {
      if (gone === null)
        answerFailure(
          { visit: tunnel.visit, exchange, host: tunnel.target.host },
          { record, failure: found },
        );
    } else if (gone === null) start(found);
    else found.destroy();
  });
}

/** What is at hand is taken only when it has nothing to say: it would be taken for the answer to this request. */
async function connectionFor(
  tunnel: Tunnel,
  key: PoolKey,
  head: RequestHead,
): Promise<Http1Upstream | GatewayFailure> {
  const pool = tunnel.visit.context.upstream;
  const spare = tunnel.takeSpare('http/1.1');
  if (spare !== null) {
    const proved = pool.adoptHttp1(key, spare);
    if (await proved.isQuiet()) return proved;
  }
  return (await pool.takeHttp1(key, repeating(head))) ?? pool.dialHttp1(key);
}

const EMPTY = Buffer.alloc(0);

/** What a request says of itself. */
export function requestWords(visit: Visit, exchange: Http1Exchange, target: string): RequestWords {
  const { head } = exchange;
  const websocket = head.upgrade === 'websocket';
  return {
    method: head.method,
    target,
    httpVersion: head.version,
    websocket,
    survey: survey(head.headers, head.connection, stampHeaderTest(visit.context.policy.current())),
  };
}
