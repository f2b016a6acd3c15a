// One HTTP/2 stream on its way: headers up, body streamed up, answer streamed down, interim answers and trailers kept.
// Must not know why it may go; that was decided and recorded before it gets here.
import http2 from 'node:http2';
import { type HeaderLines, singleHeader } from '../../core/base/header-lines.ts';
import { errorText, GatewayFailure } from '../failure.ts';
import { safeTrailers } from '../http1/http1-headers.ts';
import { joinWebSocket, NOTHING_EARLY } from '../relay/websocket-join.ts';
import { AnswerWatch } from '../request/answer-watch.ts';
import { Delivery } from '../request/delivery.ts';
import type { RequestRecord } from '../request/request-record.ts';
import type { Http2Upstream } from '../upstream/http2-upstream.ts';
import { Http2Deadlines } from './http2-deadlines.ts';
import type { Http2Forward } from './http2-forward.ts';
import { lengthFault, responseBlock, trimmedLines } from './http2-headers.ts';
import { endWithTrailers, isGone, onOwnEnd, respond, respondInterim, stopOnceSent } from './http2-respond.ts';
import { SessionTries } from './http2-tries.ts';

/** Sends the request and streams its answer; the record is finished when the client's stream is closed. */
export function forwardHttp2(forward: Http2Forward): void {
  new Http2Forwarding(forward).begin();
}

const MAX_INTERIMS = 16;
/** The head of an answer as Node gives it. */
interface Http2Answer {
  readonly status: number;
  readonly raw: HeaderLines;
  readonly flags: number;
}

class Http2Forwarding {
  readonly #forward: Http2Forward;
  readonly #client: http2.ServerHttp2Stream;
  readonly #record: RequestRecord;
  readonly #watch: AnswerWatch;
  readonly #isWebSocket: boolean;
  #upstream: http2.ClientHttp2Stream | null = null;
  readonly #deadlines: Http2Deadlines;
  #interims = 0;
  /** Upstream has told the client something of its request: it has looked at it (RFC 9110 section 15.2). */
  #hasTold = false;
  #responseTrailers: string[] = [];
  readonly #delivery: Delivery;
  readonly #tries: SessionTries;
  #hasAnswer = false;
  #hasUpstreamEnded = false;
  #isAnswerWhole = false;
  #isOver = false;
  #failure: GatewayFailure | null = null;

  constructor(forward: Http2Forward) {
    this.#forward = forward;
    this.#client = forward.stream;
    this.#record = forward.record;
    this.#tries = new SessionTries(forward.upstream, forward.record);
    this.#watch = new AnswerWatch(forward);
    this.#isWebSocket = singleHeader(forward.block, ':protocol') === 'websocket';
    this.#delivery = new Delivery(singleHeader(forward.block, ':method') ?? '');
    const { responseTimeoutMs, idleTimeoutMs } = forward;
    this.#deadlines = new Http2Deadlines({
      ...{ responseTimeoutMs, idleTimeoutMs },
      late: () => this.#onTimeout(),
      idle: () => this.#onIdle(),
    });
  }

  begin(): void {
    this.#listenClient();
    this.#ask();
  }

  /** Opens a stream for the request on the session it has now. */
  #ask(): void {
    const { block, endsWithHeaders } = this.#forward;
    try {
      const upstream = this.#tries.session.request(block, { endStream: endsWithHeaders });
      this.#upstream = upstream;
      onOwnEnd(upstream, () => {
        this.#hasUpstreamEnded = true;
      });
      this.#listenUpstream(upstream);
      if (!endsWithHeaders && this.#client.readableEnded) upstream.end();
    } catch (error) {
      this.#failed(new GatewayFailure('upstream-closed', 'request', errorText(error)));
    }
  }

  #listenClient(): void {
    const client = this.#client;
    client.once('close', () => this.#onClientClosed());
    // What is meant for a WebSocket goes nowhere before there is one.
    if (this.#forward.endsWithHeaders || this.#isWebSocket) return;
    client.on('data', (piece: Buffer) => {
      this.#deadlines.moved();
      this.#record.bytesIn += piece.length;
      if (this.#upstream?.write(piece) === false) client.pause();
    });
    client.once('end', () => {
      if (this.#upstream?.destroyed === false) this.#upstream.end();
    });
  }

  #listenUpstream(upstream: http2.ClientHttp2Stream): void {
    upstream.on('drain', () => this.#client.resume());
    upstream.once('wantTrailers', () =>
      endWithTrailers(upstream, safeTrailers(trimmedLines(this.#forward.trailers()))),
    );
    upstream.on('headers', (headers, _flags, raw: string[]) =>
      this.#onInterim(Number(headers[':status']), raw),
    );
    upstream.once('response', (headers, flags, raw: string[]) =>
      this.#onResponse(upstream, { status: Number(headers[':status']), raw, flags }),
    );
    upstream.once('trailers', (_headers: unknown, _flags: unknown, raw: string[]) => {
      this.#responseTrailers = safeTrailers(trimmedLines(raw));
    });
    upstream.on('error', (error) => {
      if (!this.#tries.session.isUnprocessed(upstream))
        this.#failure ??= new GatewayFailure(
          this.#hasAnswer ? 'bad-response' : 'upstream-closed',
          'response',
          errorText(error),
        );
    });
    upstream.once('close', () => this.#onUpstreamClosed(upstream));
  }

  #onInterim(status: number, raw: HeaderLines): void {
    this.#interims += 1;
    // A client waits for none of them; a flood of them ends nowhere else than in memory.
    if (status === 101 || this.#interims > MAX_INTERIMS) return;
    if (status !== 100) this.#hasTold = true;
    respondInterim(this.#client, responseBlock(status, trimmedLines(raw)));
  }

  #onResponse(upstream: http2.ClientHttp2Stream, { status, raw, flags }: Http2Answer): void {
    this.#deadlines.begun();
    const { stream } = this.#forward;
    if (isGone(stream)) return;
    const headers = trimmedLines(raw);
    const fault = this.#tries.session.headFault(raw) ?? lengthFault(headers);
    if (fault !== null) {
      this.#failed(new GatewayFailure('bad-response', 'response', fault));
      return;
    }
    const endStream = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const opensWebSocket = this.#isWebSocket && status < 300;
    const unsent = respond(stream, responseBlock(status, headers), {
      endStream,
      waitForTrailers: !endStream && !opensWebSocket,
    });
    if (unsent !== null) {
      this.#failed(unsent);
      return;
    }
    this.#hasAnswer = true;
    this.#watch.head(status, headers);
    if (opensWebSocket) {
      this.#join(upstream, headers);
      return;
    }
    this.#delivery.head(headers);
    this.#streamAnswer(upstream);
    if (!endStream) stream.once('wantTrailers', () => endWithTrailers(stream, this.#responseTrailers));
    else this.#end();
  }

  #streamAnswer(upstream: http2.ClientHttp2Stream): void {
    upstream.on('data', (piece: Buffer) => {
      this.#deadlines.moved();
      this.#watch.data(piece);
      this.#record.bytesOut += piece.length;
      if (!this.#client.write(piece, this.#delivery.passed(piece.length))) upstream.pause();
    });
    this.#client.on('drain', () => {
      this.#deadlines.moved();
      upstream.resume();
    });
    upstream.once('end', () => this.#onAnswerEnd());
  }

  /** From here on both streams are the WebSocket's (RFC 8441 section 5). */
  #join(upstream: http2.ClientHttp2Stream, headers: HeaderLines): void {
    this.#isOver = true;
    this.#deadlines.stopIdle();
    const { stream: client, record, idleTimeoutMs: idleMs } = this.#forward;
    joinWebSocket({ client, upstream, early: NOTHING_EARLY, answer: headers, idleMs, record });
  }

  #onAnswerEnd(): void {
    if (!this.#hasAnswer || this.#isAnswerWhole || !this.#hasUpstreamEnded) return;
    // Node ends a stream for reading too when its session is destroyed under it; what upstream ends itself lives on here.
    if (this.#upstream?.destroyed === true) return;
    this.#end();
    this.#watch.end();
    if (!this.#client.destroyed) this.#client.end();
  }

  #onUpstreamClosed(upstream: http2.ClientHttp2Stream): void {
    const { rstCode: code } = upstream;
    // The answer was whole before the request was: nobody takes the rest of it (RFC 9113 section 8.1).
    if (this.#isAnswerWhole && !this.#forward.endsWithHeaders) stopOnceSent(this.#client);
    if (this.#isAnswerWhole || this.#isOver) return;
    if (!this.#hasAnswer && this.#tries.session.isUnprocessed(upstream)) {
      this.#refused();
      return;
    }
    if (!this.#hasAnswer && code === http2.constants.NGHTTP2_HTTP_1_1_REQUIRED) {
      this.#forward.wantsHttp1();
      this.#passOn(code, 'upstream takes this request only over HTTP/1.1 (HTTP_1_1_REQUIRED)');
      return;
    }
    const failure =
      this.#failure ??
      new GatewayFailure(
        this.#hasAnswer ? 'bad-response' : 'upstream-closed',
        'response',
        `upstream reset the stream with code ${code ?? 0}`,
      );
    if (this.#hasAnswer) this.#cut(failure, code === 0 ? undefined : code);
    else this.#failed(failure);
  }

  /**
   * Upstream has not looked at the request and never will (RFC 9113 section 8.7), so that any method may be asked again on
   * another session, unless some of its body is gone, or upstream shows that it lies. Whoever still has that body is told
   * that it may.
   */
  #refused(): void {
    const refusal = this.#tries.refused();
    if (this.#record.bytesIn > 0 || this.#hasTold || this.#tries.areFruitless) {
      const detail = `upstream refused the request unprocessed: ${refusal}`;
      this.#passOn(http2.constants.NGHTTP2_REFUSED_STREAM, detail);
      return;
    }
    this.#upstream = null;
    const isTaken = this.#client.readableFlowing === true;
    if (isTaken) this.#client.pause();
    const use = (session: Http2Upstream): void => {
      if (this.#isOver) return;
      this.#tries.session = session;
      this.#ask();
      if (isTaken) this.#client.resume();
    };
    void this.#forward.another(use).then((failure) => {
      if (failure !== null) this.#failed(failure);
    });
  }

  /** The client is told what upstream told the gate: it knows what to do. */
  #passOn(code: number, detail: string): void {
    this.#failure = new GatewayFailure('upstream-closed', 'response', detail);
    this.#client.close(code);
  }

  #onClientClosed(): void {
    this.#deadlines.begun();
    this.#deadlines.stopIdle();
    if (this.#isOver) return;
    this.#isOver = true;
    // A client may know by the length that it has all, and leave before the end is here.
    this.#watch.end();
    if (this.#upstream !== null && !this.#upstream.destroyed && !this.#isAnswerWhole)
      this.#upstream.close(http2.constants.NGHTTP2_CANCEL);
    // The answer was whole before the request was: upstream needs no more of it (RFC 9113 section 8.1).
    else if (this.#upstream !== null && !this.#upstream.writableEnded)
      this.#upstream.close(http2.constants.NGHTTP2_NO_ERROR);
    const detail = `the client reset the stream with code ${this.#client.rstCode}`;
    const gone = this.#delivery.isWhole ? null : new GatewayFailure('client-gone', 'response', detail);
    this.#record.finish(this.#failure ?? gone);
  }

  /** All of the answer is on its way to the client. */
  #end(): void {
    this.#isAnswerWhole = true;
    this.#delivery.ended();
  }

  #onTimeout(): 'wait' | 'over' {
    const { responseTimeoutMs, endsWithHeaders } = this.#forward;
    // An upload still runs; the answer's time begins when it is complete.
    if (!endsWithHeaders && !this.#isWebSocket && !this.#client.readableEnded) return 'wait';
    this.#failed(
      new GatewayFailure('upstream-timeout', 'response', `no answer within ${responseTimeoutMs} ms`),
    );
    return 'over';
  }

  /** Nothing of an answer was sent: the gate says what happened. */
  #failed(failure: GatewayFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadlines.begun();
    this.#upstream?.close(http2.constants.NGHTTP2_CANCEL);
    this.#forward.answerFailure(failure);
  }

  /** Part of an answer was sent: the stream is reset, so that nobody takes it for whole. */
  #cut(failure: GatewayFailure, code: number = http2.constants.NGHTTP2_INTERNAL_ERROR): void {
    this.#failure = failure;
    this.#upstream?.close(http2.constants.NGHTTP2_CANCEL);
    if (this.#client.destroyed) return;
    this.#client.close(code);
    // What the client never took must not keep the stream.
    this.#client.destroy();
  }

  #onIdle(): void {
    const failure = new GatewayFailure(
      'idle-timeout',
      'response',
      `nothing moved for ${this.#forward.idleTimeoutMs} ms`,
    );
    if (this.#hasAnswer) this.#cut(failure);
    else this.#failed(failure);
  }
}
