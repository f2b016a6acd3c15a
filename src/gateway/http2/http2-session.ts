// The client's HTTP/2 session: opened with the gate's limits, kept alive, and ended when it is idle, left, or abused.
// Must not know what its streams are answered with.
import http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { TokenBucket } from '../../core/base/rate-limit.ts';
import { errorText, GatewayFailure } from '../failure.ts';
import { blockRoom } from '../upstream/http2-head-limits.ts';
import type { Visit } from '../visit.ts';

/** A server session with the gate's limits on an accepted stream. */
export function openHttp2Session(visit: Visit, socket: Duplex): http2.ServerHttp2Session {
  const { limits } = visit.context;
  const room = blockRoom(limits);
  const session = http2.performServerHandshake(socket, {
    settings: {
      enableConnectProtocol: true,
      maxConcurrentStreams: limits.streamsPerConnection,
      maxHeaderListSize: room.maxHeaderListSize,
      initialWindowSize: STREAM_WINDOW,
    },
    maxHeaderListPairs: room.maxHeaderListPairs,
    maxSendHeaderBlockLength: room.maxSendHeaderBlockLength,
    maxSessionMemory: limits.sessionMegabytes,
    maxSettings: 32,
    maxSessionInvalidFrames: limits.emptyFrames,
    // What servers send twice is passed on twice.
    strictSingleValueFields: false,
    // Values with blanks at their ends are trimmed by the gate, where nghttp2 would drop their fields in silence.
    strictFieldWhitespaceValidation: false,
  });
  session.setLocalWindowSize(SESSION_WINDOW);
  tendSession(session, socket, visit);
  countCosts(session, visit);
  return session;
}

/**
 * Ends a session that is idle, keeps one alive that is not, and lets go of one whose client has left. The socket may be
 * half open, so nobody else would: neither Node's own timer, which counts pings, nor `session.close()`, which waits for
 * streams that can no longer finish.
 */
function tendSession(session: http2.ServerHttp2Session, socket: Duplex, visit: Visit): void {
  const { limits } = visit.context;
  let open = 0;
  let idleMs = limits.headTimeoutMs;
  const letGo = (): void => {
    session.destroy();
    socket.destroy();
  };
  const onIdle = (): void => endIdle(session, letGo);
  // Until the first stream a connection has as long as for any head.
  let idle = setTimeout(onIdle, idleMs);
  const rearm = (): void => {
    if (idleMs === limits.keepAliveTimeoutMs) {
      idle.refresh();
      return;
    }
    clearTimeout(idle);
    idleMs = limits.keepAliveTimeoutMs;
    idle = setTimeout(onIdle, idleMs);
  };
  const pingMs = Math.min(limits.pingIntervalMs, limits.keepAliveTimeoutMs / 2);
  const pinging = setInterval(() => {
    if (open > 0 && ping(session)) rearm();
  }, pingMs);
  session.on('stream', (stream) => {
    open += 1;
    rearm();
    stream.once('close', () => {
      open -= 1;
      rearm();
    });
  });
  socket.once('end', letGo);
  session.once('close', () => {
    clearInterval(pinging);
    clearTimeout(idle);
  });
}

function endIdle(session: http2.ServerHttp2Session, letGo: () => void): void {
  session.close();
  setTimeout(letGo, GRACE_MS).unref();
}

function ping(session: http2.ServerHttp2Session): boolean {
  return !session.destroyed && !session.closed && session.ping(() => undefined);
}

/**
 * Takes no more streams, and lets those that are forwarded finish by their own limits, however slowly the client reads. What
 * the gate has answered itself holds nobody: where a client breaks the protocol, nghttp2 reads no more, and Node, which
 * waits for the streams, is not told.
 */
export function retire(
  session: http2.ServerHttp2Session,
  { socket, isForwarding }: { readonly socket: Duplex; readonly isForwarding: () => boolean },
): void {
  if (session.closed || session.destroyed) return;
  session.close();
  let looks = 0;
  const watch = setInterval(() => {
    looks = isForwarding() ? 0 : looks + 1;
    if (looks < 2) return;
    session.destroy();
    socket.destroy();
  }, GRACE_MS / 2);
  session.once('close', () => clearInterval(watch));
}

/**
 * PING and SETTINGS cost an answer each (CVE-2019-9512, CVE-2019-9515), and a stream that is reset at once costs a request
 * to upstream (CVE-2023-44487). nghttp2 counts too, but a whole read of 64 KiB passes before its GOAWAY is sent.
 */
function countCosts(session: http2.ServerHttp2Session, visit: Visit): void {
  const { limits, clock } = visit.context;
  const now = () => clock.monotonic();
  const perSecond = limits.controlFramesPerSecond;
  const frames = new TokenBucket({ burst: 2 * perSecond, perSecond }, now);
  const resets = new TokenBucket(
    { burst: limits.streamResets, perSecond: limits.streamResetsPerSecond },
    now,
  );
  const countFrame = (): void => {
    if (!frames.take())
      endAbused(session, visit, `more than ${perSecond} PING and SETTINGS frames in a second`);
  };
  watchRefused(session, visit);
  session.on('ping', countFrame);
  session.on('remoteSettings', countFrame);
  session.on('stream', (stream) => {
    stream.once('aborted', () => {
      if (!resets.take()) endAbused(session, visit, `more than ${limits.streamResets} streams were reset`);
    });
  });
}

/**
 * Streams whose head is over its limits are reset by nghttp2, which decodes them all the same and tells nobody: what
 * shows is that stream numbers go on without streams. HPACK bombs come so.
 */
function watchRefused(session: http2.ServerHttp2Session, visit: Visit): void {
  const { refusedStreams } = visit.context.limits;
  let seen = 0;
  let lastBytes = 0;
  session.on('stream', () => {
    seen += 1;
  });
  const look = (): void => {
    if (session.destroyed) return;
    const { bytesRead } = session.socket;
    if (bytesRead === lastBytes) return;
    lastBytes = bytesRead;
    const begun = ((session.state.lastProcStreamID ?? 0) + 1) / 2;
    if (begun - seen > refusedStreams)
      endAbused(session, visit, `more than ${refusedStreams} streams had a head over its limits`);
  };
  // Often at first, since who is ended for it comes again at once; ten thousand idle sessions must cost nothing.
  let looks = 0;
  let watching = setInterval(() => {
    look();
    looks += 1;
    if (looks < QUICK_LOOKS) return;
    clearInterval(watching);
    watching = setInterval(look, SLOW_LOOK_MS);
  }, QUICK_LOOK_MS);
  session.once('close', () => clearInterval(watching));
}

function endAbused(session: http2.ServerHttp2Session, visit: Visit, detail: string): void {
  if (session.destroyed || visit.refusedFor !== null) return;
  visit.refusedFor = new GatewayFailure('http2-limit', 'intercept', detail);
  session.goaway(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
  // Within a read nothing is sent; the GOAWAY leaves when it is over.
  setImmediate(() => session.destroy());
}

type StreamHandler = (stream: http2.ServerHttp2Stream, raw: string[], flags: number) => void;

/**
 * Hands over each stream with its raw header list: a few in a turn of the event loop, so that a session that opens many at
 * once does not stand in front of all others, and none that was reset before its turn.
 */
export function onStreams(session: http2.ServerHttp2Session, visit: Visit, handle: StreamHandler): void {
  const waiting: (() => void)[] = [];
  let handled = 0;
  const turn = (): void => {
    handled = 0;
    for (const next of waiting.splice(0, STREAMS_PER_TURN)) next();
    if (handled > 0) setImmediate(turn);
  };
  session.on('stream', (stream, _headers, flags, raw: string[]) => {
    stream.on('error', () => undefined);
    const act = (): void => {
      handled += 1;
      if (stream.destroyed || stream.closed) return;
      if (visit.refusedFor === null) handle(stream, raw, flags);
      else stream.destroy();
    };
    if (handled < STREAMS_PER_TURN && waiting.length === 0) {
      if (handled === 0) setImmediate(turn);
      act();
    } else waiting.push(act);
  });
}

/** Closes the visit with its session, once. */
export function overWhenClosed(visit: Visit, session: http2.ServerHttp2Session, onOver: () => void): void {
  let failure: GatewayFailure | null = null;
  session.on('error', (error) => {
    failure ??= sessionFailure(error);
  });
  session.once('close', () => {
    onOver();
    // Streams end before their session: one that ran still has told so. Who leaves between requests may.
    const isMissed = failure?.code !== 'client-gone' || visit.told === 'client-gone';
    visit.close(visit.refusedFor ?? (isMissed ? failure : null));
  });
}

function sessionFailure(error: Error): GatewayFailure {
  const text = errorText(error);
  if (FLOODED.test(text)) return new GatewayFailure('http2-limit', 'intercept', text);
  return new GatewayFailure(text.startsWith('ERR_HTTP2_') ? 'bad-request' : 'client-gone', 'intercept', text);
}

const FLOODED = /^ERR_HTTP2_TOO_MANY_INVALID_FRAMES|Flooding was detected|Too many CONTINUATION/;
const STREAM_WINDOW = 1_048_576;
const SESSION_WINDOW = 4_194_304;
const STREAMS_PER_TURN = 4;
const QUICK_LOOK_MS = 50;
const QUICK_LOOKS = 20;
const SLOW_LOOK_MS = 1_000;
/** For a session to say goodbye. */
const GRACE_MS = 2_000;
