// HTTP/2 on an intercepted connection: each stream is admitted, then forwarded or answered.
// Must not know how the connection came to be.
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import type { HeaderLines } from '../../core/base/header-lines.ts';
import { stampHeaderTest } from '../../core/policy/decide/rewrite.ts';
import type { Forward } from '../../core/policy/decision.ts';
import type { RequestFacts } from '../../core/policy/facts.ts';
import type { WireFault } from '../../core/wire/step.ts';
import { GatewayFailure } from '../failure.ts';
import { admit, failureAnswer } from '../request/admit.ts';
import { answerForm, type GateAnswer, renderAnswer } from '../request/answer.ts';
import { RequestRecord, type RequestWords } from '../request/request-record.ts';
import { survey } from '../request/survey.ts';
import { policyChanged, type Tunnel } from '../request/tunnel.ts';
import { type HandshakeFault, handshakeRequestFault } from '../request/websocket-handshake.ts';
import { headLimitFault } from '../upstream/http2-head-limits.ts';
import type { Http2Upstream } from '../upstream/http2-upstream.ts';
import type { PoolKey } from '../upstream/upstream-pool.ts';
import type { Visit } from '../visit.ts';
import { forwardHttp2 } from './forward-http2.ts';
import { type Http2RequestHead, readHttp2Request, requestBlock } from './http2-headers.ts';
import { isGone, respond } from './http2-respond.ts';
import { onStreams, openHttp2Session, overWhenClosed, retire } from './http2-session.ts';
import { bridgeWebSocket } from './websocket-bridge.ts';

/** Serves a client on its secured stream until one of them is over. */
export function serveHttp2(tunnel: Tunnel, socket: Duplex): void {
  const { visit } = tunnel;
  const session = openHttp2Session(visit, socket);
  const retireSession = (): void => retire(session, { socket, isForwarding: () => tunnel.isForwarding });
  onStreams(session, visit, (stream, raw, flags) => {
    const endsWithHeaders = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const opened: OpenedStream = { stream, raw, endsWithHeaders, trailers: [] };
    // They may have come with the head, long before upstream is there to take them.
    stream.once('trailers', (_headers: unknown, _flags: unknown, trailers: string[]) => {
      opened.trailers = trailers;
    });
    handleStream({ tunnel, retireSession }, opened);
  });
  overWhenClosed(visit, session, () => tunnel.close());
  const abort = (failure: GatewayFailure): void => {
    // Each says why before the session takes it along.
    tunnel.abortAll(failure);
    visit.refusedFor ??= failure;
    // Their resets leave when this turn is over.
    setImmediate(() => session.destroy());
  };
  visit.control = { drain: retireSession, abort };
  visit.review = (policy) => {
    if (!tunnel.survives(policy)) abort(policyChanged());
  };
}

/** An upstream that closes or fills every connection at once is given up after so many. */
const USELESS_SESSIONS = 3;

/** A stream with its first header block. */
interface OpenedStream {
  readonly stream: http2.ServerHttp2Stream;
  readonly raw: HeaderLines;
  readonly endsWithHeaders: boolean;
  /** Empty until the trailers are here. */
  trailers: HeaderLines;
}

/** Where streams come from. */
interface Served {
  readonly tunnel: Tunnel;
  readonly retireSession: () => void;
}

function handleStream({ tunnel, retireSession }: Served, opened: OpenedStream): void {
  const { limits } = tunnel.visit.context;
  const over = headLimitFault(opened.raw, limits);
  const head = over === null ? readHttp2Request(opened.raw) : { fault: over };
  const fault =
    'fault' in head
      ? head.fault
      : (methodFault(head) ?? targetFault(head, limits.targetBytes) ?? openingFault(head));
  if ('fault' in head || fault !== null) {
    const record = new RequestRecord(tunnel.visit);
    const failure = new GatewayFailure('bad-request', 'request', fault ?? '');
    answerFailure({ tunnel, stream: opened.stream, accept: '' }, { record, failure });
    return;
  }
  const words = requestWords(tunnel.visit, head);
  const { method, path: target, authority } = head;
  const facts = { connection: tunnel.factsNow(), authority, method, target, websocket: words.websocket };
  const admission = admit(tunnel.visit, facts, words);
  const asked = { tunnel, stream: opened.stream, accept: words.survey.accept };
  if (admission.kind === 'forward') {
    forwardAdmitted(
      { ...asked, opened, retireSession, record: admission.record, key: tunnel.poolKey(admission.decision) },
      { head, facts, decision: admission.decision },
    );
    return;
  }
  const { record, answer, failure } = admission;
  writeAnswer(tunnel.visit, opened.stream, { answer, accept: asked.accept, host: tunnel.target.host });
  finishWhenClosed(opened.stream, record, { status: answer.status, failure });
  // What else this client means to send here is as doubtful; the answer is let out first.
  if (answer.status === 421) retireSession();
}

/** A stream that the gate answers itself. */
interface Http2Asked {
  readonly tunnel: Tunnel;
  readonly stream: http2.ServerHttp2Stream;
  readonly accept: string;
}

interface Admission {
  readonly head: Http2RequestHead;
  readonly facts: RequestFacts;
  readonly decision: Forward;
}

function forwardAdmitted(scope: StreamScope, { head, facts, decision }: Admission): void {
  const { tunnel, stream, record, key } = scope;
  const abort = (failure: GatewayFailure): void => {
    record.blame(failure);
    stream.close(http2.constants.NGHTTP2_CANCEL);
  };
  stream.once('close', tunnel.track({ facts, decision, abort }));
  const block = requestBlock(head, decision.edits);
  const use = (upstream: Http2Upstream): void => {
    if (isGone(stream)) record.finish(goneBefore());
    else if (head.protocol === null || upstream.takesWebSockets) forwardStream(scope, upstream, block);
    else void bridgeStream(scope, head, block);
  };
  void withSession(tunnel, key, use).then((failure) => {
    if (failure === null) return;
    answerFailure(scope, { record, failure });
    // The next connection is made with what upstream speaks by then.
    if (failure.code === 'upstream-protocol') scope.retireSession();
  });
}

interface StreamScope extends Http2Asked, Served {
  readonly opened: OpenedStream;
  readonly record: RequestRecord;
  readonly key: PoolKey;
}

function forwardStream(scope: StreamScope, upstream: Http2Upstream, block: HeaderLines): void {
  const { tunnel, opened, record } = scope;
  const { limits } = tunnel.visit.context;
  forwardHttp2({
    stream: opened.stream,
    record,
    block,
    endsWithHeaders: opened.endsWithHeaders,
    trailers: () => opened.trailers,
    upstream,
    another: (use) => withSession(tunnel, scope.key, use),
    wantsHttp1: () => tunnel.visit.context.upstream.preferHttp1(scope.key.host, scope.key.port),
    responseTimeoutMs: limits.responseTimeoutMs,
    idleTimeoutMs: limits.idleTimeoutMs,
    answerFailure: (failure) => answerFailure(scope, { record, failure }),
    from: tunnel.answersFrom,
  });
}

async function bridgeStream(scope: StreamScope, head: Http2RequestHead, block: HeaderLines): Promise<void> {
  const { tunnel, stream, record, key } = scope;
  const { limits, upstream: pool } = tunnel.visit.context;
  const failed = (failure: GatewayFailure): void => answerFailure(scope, { record, failure });
  const dialed = await pool.dialHttp1(key);
  if (dialed instanceof GatewayFailure) return failed(dialed);
  if (isGone(stream)) {
    dialed.destroy();
    record.finish(goneBefore());
    return;
  }
  bridgeWebSocket({
    stream,
    record,
    head,
    block,
    upstream: dialed,
    responseTimeoutMs: limits.responseTimeoutMs,
    idleTimeoutMs: limits.idleTimeoutMs,
    from: tunnel.answersFrom,
    failed,
  });
}

function goneBefore(): GatewayFailure {
  return new GatewayFailure('client-gone', 'request', 'the client reset the stream');
}

/**
 * Uses a live session of the same principal and class, the proved one, or a fresh one, in the very moment in which it
 * takes a stream: a turn later others may have filled it.
 */
async function withSession(
  tunnel: Tunnel,
  key: PoolKey,
  use: (upstream: Http2Upstream) => void,
): Promise<GatewayFailure | null> {
  for (let useless = 0; useless < USELESS_SESSIONS; ) {
    const live = tunnel.visit.context.upstream.takeHttp2(key);
    if (live !== null) {
      use(live);
      return null;
    }
    const fresh = await freshSession(tunnel, key);
    if (fresh instanceof GatewayFailure) return fresh;
    await fresh.settled;
    if (fresh.isUseless) useless += 1;
  }
  return new GatewayFailure('upstream-closed', 'request', 'upstream takes no stream on its connections');
}

/** One that is about to be usable, the proved one, or one that is dialed now. */
async function freshSession(tunnel: Tunnel, key: PoolKey): Promise<Http2Upstream | GatewayFailure> {
  const pool = tunnel.visit.context.upstream;
  const young = pool.youngHttp2(key);
  if (young !== null) return young;
  const spare = tunnel.takeSpare('h2');
  return spare === null ? pool.dialHttp2(key) : pool.adoptHttp2(key, spare);
}

function methodFault(head: Http2RequestHead): string | null {
  if (head.method === 'TRACE') return 'TRACE is never passed on';
  if (head.method === 'CONNECT' && head.protocol !== 'websocket')
    return 'CONNECT inside a tunnel opens only WebSockets';
  if (head.method !== 'CONNECT' && head.protocol !== null) return ':protocol belongs to CONNECT';
  if (head.scheme !== 'https') return 'the scheme inside a tunnel is https';
  return head.method === '' || head.path === '' ? 'a request has a method and a path' : null;
}

function openingFault(head: Http2RequestHead): HandshakeFault | null {
  return head.protocol === null ? null : handshakeRequestFault(head.headers, '2');
}

function targetFault(head: Http2RequestHead, targetBytes: number): WireFault | null {
  return head.path.length > targetBytes
    ? { code: 'target-too-long', detail: `a request target has at most ${targetBytes} bytes` }
    : null;
}

function requestWords(visit: Visit, head: Http2RequestHead): RequestWords {
  const { method, path: target, protocol, headers } = head;
  return {
    method,
    target,
    httpVersion: '2',
    websocket: protocol === 'websocket',
    survey: survey(headers, [], stampHeaderTest(visit.context.policy.current())),
  };
}

/** Writes an answer of the gate on a stream; what the client still sends is dropped. */
export function writeAnswer(
  visit: Visit,
  stream: http2.ServerHttp2Stream,
  told: { readonly answer: GateAnswer; readonly accept: string; readonly host: string },
): void {
  if (stream.headersSent) return;
  const rendered = renderAnswer(told.answer, answerForm(told.accept, told.host), visit.context.refusal);
  if (respond(stream, [':status', String(rendered.status), ...rendered.headers]) !== null) return;
  // A client that does not take the answer must not keep the stream.
  const overdue = setTimeout(() => stream.destroy(), visit.context.limits.answerTimeoutMs);
  stream.once('close', () => clearTimeout(overdue));
  // A client that still sends is told to stop once it has the answer (RFC 9113 section 8.1).
  stream.once('finish', () => {
    const hasEnded = stream.endAfterHeaders || stream.readableEnded;
    if (!hasEnded && !stream.destroyed) stream.close(http2.constants.NGHTTP2_NO_ERROR);
  });
  stream.end(rendered.body);
  stream.resume();
}

function answerFailure(
  { tunnel, stream, accept }: Http2Asked,
  { record, failure }: { readonly record: RequestRecord; readonly failure: GatewayFailure },
): void {
  writeAnswer(tunnel.visit, stream, {
    answer: failureAnswer(failure, record.id),
    accept,
    host: tunnel.target.host,
  });
  finishWhenClosed(stream, record, { status: failure.status, failure });
}

function finishWhenClosed(
  stream: http2.ServerHttp2Stream,
  record: RequestRecord,
  end: { readonly status: number; readonly failure: GatewayFailure | null },
): void {
  record.status = end.status;
  record.by = 'gate';
  if (stream.destroyed) record.finish(end.failure);
  else stream.once('close', () => record.finish(end.failure));
}
