// HTTP/2 on an intercepted connection: each stream is admitted, then forwarded or answered.
// Must not know how the connection came to be.
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import type { HeaderLines } from '../core/base/header-lines.ts';
import { admit, failureAnswer } from './admit.ts';
import { answerForm, type GateAnswer, renderAnswer } from './answer.ts';
import { errorText, GatewayFailure } from './failure.ts';
import { forwardHttp2 } from './forward-http2.ts';
import { type Http2RequestHead, readHttp2Request, requestBlock } from './http2-headers.ts';
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
  });
  session.setLocalWindowSize(SESSION_WINDOW);
  session.setTimeout(limits.idleTimeoutMs, () => session.close());
  const pinging = setInterval(() => {
    if (!session.destroyed && !session.closed) session.ping(() => undefined);
  }, limits.pingIntervalMs);
  pinging.unref();
  session.once('close', () => clearInterval(pinging));
  return session;
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

/** A stream with its first header block. */
interface OpenedStream {
  readonly stream: http2.ServerHttp2Stream;
  readonly raw: HeaderLines;
  readonly endsWithHeaders: boolean;
}

function handleStream(tunnel: Tunnel, session: http2.ServerHttp2Session, opened: OpenedStream): void {
  const { visit } = tunnel;
  const { stream } = opened;
  const head = readHttp2Request(opened.raw);
  const fault = 'fault' in head ? head.fault : methodFault(head);
  if ('fault' in head || fault !== null) {
    const record = new RequestRecord(visit);
    answerFailure(tunnel, stream, {
      record,
      failure: new GatewayFailure('bad-request', 'request', fault ?? ''),
      accept: '',
    });
    return;
  }
  const words = requestWords(head);
  const facts = {
    connection: tunnel.factsNow(),
    authority: head.authority,
    method: head.method,
    target: head.path,
    websocket: words.websocket,
  };
  const admission = admit(visit, facts, words);
  if (admission.kind === 'answer') {
    writeAnswer(visit, stream, {
      answer: admission.answer,
      accept: words.survey.accept,
      host: tunnel.target.host,
    });
    finishWhenClosed(stream, admission.record, {
      status: admission.answer.status,
      failure: admission.failure,
    });
    // What else this client means to send here is as doubtful; the answer is let out first.
    if (admission.answer.status === 421) session.close();
    return;
  }
  const { record, decision } = admission;
  const untrack = tunnel.track({
    facts,
    decision,
    abort: () => stream.close(http2.constants.NGHTTP2_CANCEL),
  });
  stream.once('close', untrack);
  const key = tunnel.poolKey(decision);
  const scope = { tunnel, opened, record, key, accept: words.survey.accept };
  void acquire(tunnel, key).then(async (upstream) => {
    if (upstream instanceof GatewayFailure)
      answerFailure(tunnel, stream, { record, failure: upstream, accept: words.survey.accept });
    else if (stream.destroyed)
      record.finish(new GatewayFailure('client-gone', 'request', 'the client reset the stream'));
    else if (words.websocket && !(await upstream.takesWebSockets()))
      await bridgeStream(scope, head, requestBlock(head, decision.edit));
    else forwardStream(scope, upstream, requestBlock(head, decision.edit));
  });
}

interface StreamScope {
  readonly tunnel: Tunnel;
  readonly opened: OpenedStream;
  readonly record: RequestRecord;
  readonly key: PoolKey;
  readonly accept: string;
}

function forwardStream(
  { tunnel, opened, record, accept }: StreamScope,
  upstream: Http2Upstream,
  block: HeaderLines,
): void {
  const { limits } = tunnel.visit.context;
  forwardHttp2({
    stream: opened.stream,
    record,
    block,
    endsWithHeaders: opened.endsWithHeaders,
    upstream,
    responseTimeoutMs: limits.responseTimeoutMs,
    idleTimeoutMs: limits.idleTimeoutMs,
    answerFailure: (failure) => answerFailure(tunnel, opened.stream, { record, failure, accept }),
    isStamped: tunnel.isGithubEndpoint,
    isPlanHost: tunnel.isPlanHost,
  });
}

async function bridgeStream(scope: StreamScope, head: Http2RequestHead, block: HeaderLines): Promise<void> {
  const { tunnel, opened, record, key, accept } = scope;
  const { limits, upstream: pool } = tunnel.visit.context;
  const dialed = await pool.dialHttp1(key);
  const failed = (failure: GatewayFailure): void =>
    answerFailure(tunnel, opened.stream, { record, failure, accept });
  if (dialed instanceof GatewayFailure) return failed(dialed);
  bridgeWebSocket({
    stream: opened.stream,
    record,
    head,
    block,
    upstream: dialed,
    idleTimeoutMs: limits.idleTimeoutMs,
    failed,
  });
}

/** A live session of the same principal and class, the proved one, or a fresh one. */
async function acquire(tunnel: Tunnel, key: PoolKey): Promise<Http2Upstream | GatewayFailure> {
  const pool = tunnel.visit.context.upstream;
  const live = pool.takeHttp2(key);
  if (live !== null) return live;
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
  if (stream.destroyed || stream.headersSent) return;
  const rendered = renderAnswer(told.answer, answerForm(told.accept, told.host), visit.context.refusal);
  stream.respond([':status', String(rendered.status), ...rendered.headers]);
  stream.end(rendered.body);
  stream.resume();
}

function answerFailure(
  tunnel: Tunnel,
  stream: http2.ServerHttp2Stream,
  failed: { readonly record: RequestRecord; readonly failure: GatewayFailure; readonly accept: string },
): void {
  const { record, failure, accept } = failed;
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
