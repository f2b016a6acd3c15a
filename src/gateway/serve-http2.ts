// HTTP/2 on an intercepted connection: each stream is admitted, then forwarded or answered.
// Must not know how the connection came to be.
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import type { HeaderLines } from '../core/base/header-lines.ts';
import type { Forward } from '../core/policy/decision.ts';
import type { RequestFacts } from '../core/policy/facts.ts';
import { admit, failureAnswer } from './admit.ts';
import { answerForm, type GateAnswer, renderAnswer } from './answer.ts';
import type { GateContext } from './context.ts';
import { errorText, GatewayFailure } from './failure.ts';
import { forwardHttp2 } from './forward-http2.ts';
import { type Http2RequestHead, readHttp2Request, requestBlock } from './http2-headers.ts';
import { isGone, respond } from './http2-respond.ts';
import type { Http2Upstream } from './http2-upstream.ts';
import { RequestRecord, type RequestWords } from './request-record.ts';
import { survey } from './survey.ts';
import type { Tunnel } from './tunnel.ts';
import type { PoolKey } from './upstream-pool.ts';
import type { Visit } from './visit.ts';
import { bridgeWebSocket } from './websocket-bridge.ts';

/** Serves a client on its secured stream until one of them is over. */
export function serveHttp2(tunnel: Tunnel, socket: Duplex): void {
  const { visit } = tunnel;
  const session = openHttp2Session(visit, socket);
  session.on('stream', (stream, _headers, flags, raw: string[]) => {
    stream.on('error', () => undefined);
    handleStream(tunnel, session, {
      stream,
      raw,
      endsWithHeaders: (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0,
    });
  });
  overWhenClosed(visit, session, () => tunnel.close());
  visit.control = { drain: () => session.close(), abort: () => session.destroy() };
  visit.review = (policy) => {
    if (!tunnel.survives(policy)) session.destroy();
  };
}

/** A server session with the gate's limits on an accepted stream. */
export function openHttp2Session(visit: Visit, socket: Duplex): http2.ServerHttp2Session {
  const { limits } = visit.context;
  const session = http2.performServerHandshake(socket, {
    settings: {
      enableConnectProtocol: true,
      maxConcurrentStreams: limits.streamsPerConnection,
      maxHeaderListSize: limits.headBytes,
      initialWindowSize: STREAM_WINDOW,
    },
    maxHeaderListPairs: limits.headerCount,
    maxSessionMemory: SESSION_MEGABYTES,
    maxSettings: 32,
    // What servers send twice is passed on twice.
    strictSingleValueFields: false,
  });
  session.setLocalWindowSize(SESSION_WINDOW);
  tendSession(session, socket, limits);
  return session;
}

/**
 * Ends a session that is idle, keeps one alive that is not, and lets go of one whose client has left. The socket may be
 * half open, so nobody else would: neither Node's own timer, which counts pings, nor `session.close()`, which waits for
 * streams that can no longer finish.
 */
function tendSession(session: http2.ServerHttp2Session, socket: Duplex, limits: GateContext['limits']): void {
  let open = 0;
  const letGo = (): void => {
    session.destroy();
    socket.destroy();
  };
  const idle = setTimeout(() => {
    session.close();
    setTimeout(letGo, GRACE_MS).unref();
  }, limits.keepAliveTimeoutMs);
  const pinging = setInterval(
    () => {
      if (open === 0 || session.destroyed || session.closed) return;
      session.ping(() => undefined);
      idle.refresh();
    },
    Math.min(limits.pingIntervalMs, limits.keepAliveTimeoutMs / 2),
  );
  session.on('stream', (stream) => {
    open += 1;
    idle.refresh();
    stream.once('close', () => {
      open -= 1;
      idle.refresh();
    });
  });
  socket.once('end', letGo);
  session.once('close', () => {
    clearInterval(pinging);
    clearTimeout(idle);
  });
}

/** Closes the visit with its session, once. */
export function overWhenClosed(visit: Visit, session: http2.ServerHttp2Session, onOver: () => void): void {
  let failure: GatewayFailure | null = null;
  session.on('error', (error) => {
    failure ??= new GatewayFailure('client-gone', 'intercept', errorText(error));
  });
  session.once('close', () => {
    onOver();
    visit.close(failure);
  });
}

const STREAM_WINDOW = 1_048_576;
const SESSION_WINDOW = 4_194_304;
const SESSION_MEGABYTES = 16;
/** For an answer of the gate to be taken; for a session to say goodbye. */
const ANSWER_MS = 30_000;
const GRACE_MS = 2_000;
/** An upstream that closes or fills every connection at once is given up after so many. */
const USELESS_SESSIONS = 3;

/** A stream with its first header block. */
interface OpenedStream {
  readonly stream: http2.ServerHttp2Stream;
  readonly raw: HeaderLines;
  readonly endsWithHeaders: boolean;
}

function handleStream(tunnel: Tunnel, session: http2.ServerHttp2Session, opened: OpenedStream): void {
  const head = readHttp2Request(opened.raw);
  const fault = 'fault' in head ? head.fault : methodFault(head);
  if ('fault' in head || fault !== null) {
    const record = new RequestRecord(tunnel.visit);
    const failure = new GatewayFailure('bad-request', 'request', fault ?? '');
    answerFailure({ tunnel, stream: opened.stream, accept: '' }, { record, failure });
    return;
  }
  const words = requestWords(head);
  const { method, path: target, authority } = head;
  const facts = { connection: tunnel.factsNow(), authority, method, target, websocket: words.websocket };
  const admission = admit(tunnel.visit, facts, words);
  const asked = { tunnel, stream: opened.stream, accept: words.survey.accept };
  if (admission.kind === 'forward') {
    forwardAdmitted(
      { ...asked, opened, record: admission.record, key: tunnel.poolKey(admission.decision) },
      { head, facts, decision: admission.decision },
    );
    return;
  }
  const { record, answer, failure } = admission;
  writeAnswer(tunnel.visit, opened.stream, { answer, accept: asked.accept, host: tunnel.target.host });
  finishWhenClosed(opened.stream, record, { status: answer.status, failure });
  // What else this client means to send here is as doubtful; the answer is let out first.
  if (answer.status === 421) session.close();
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
  const block = requestBlock(head, decision.edit);
  const use = (upstream: Http2Upstream): void => {
    if (isGone(stream)) record.finish(goneBefore());
    else if (head.protocol === null || upstream.takesWebSockets) forwardStream(scope, upstream, block);
    else void bridgeStream(scope, head, block);
  };
  void withSession(tunnel, key, use).then((failure) => {
    if (failure !== null) answerFailure(scope, { record, failure });
  });
}

interface StreamScope extends Http2Asked {
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
    upstream,
    responseTimeoutMs: limits.responseTimeoutMs,
    idleTimeoutMs: limits.idleTimeoutMs,
    answerFailure: (failure) => answerFailure(scope, { record, failure }),
    isStamped: tunnel.isGithubEndpoint,
    isPlanHost: tunnel.isPlanHost,
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
    isStamped: tunnel.isGithubEndpoint,
    isPlanHost: tunnel.isPlanHost,
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

function requestWords(head: Http2RequestHead): RequestWords {
  const { method, path: target, protocol, headers } = head;
  return {
    method,
    target,
    httpVersion: '2',
    websocket: protocol === 'websocket',
    survey: survey(headers, []),
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
  const overdue = setTimeout(() => stream.destroy(), ANSWER_MS);
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
