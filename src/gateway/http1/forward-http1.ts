// One HTTP/1 request on its way: head up, body streamed up, answer streamed down, back-pressure both ways.
// Must not know why it may go; that was decided and recorded before it gets here.

import type { HeaderLines } from '../../core/base/header-lines.ts';
import { singleHeader } from '../../core/base/header-lines.ts';
import { isBodiless } from '../../core/wire/http1-body.ts';
import { chunkHead, lastChunk } from '../../core/wire/http1-chunked.ts';
import type { RequestHead, ResponseHead } from '../../core/wire/http1-head.ts';
import { GatewayFailure } from '../failure.ts';
import { joinWebSocket } from '../relay/websocket-join.ts';
import { type AnswerSource, AnswerWatch } from '../request/answer-watch.ts';
import type { RequestRecord } from '../request/request-record.ts';
import { handshakeFault } from '../request/websocket-handshake.ts';
import type { Http1Upstream, ResponseSink } from '../upstream/http1-upstream.ts';
import type { Repeating } from '../upstream/upstream-pool.ts';
import type { Http1Exchange } from './http1-exchange.ts';
import {
  informationalText,
  responseHeadText,
  type SentFraming,
  safeTrailers,
  switchingText,
} from './http1-headers.ts';

/** What a forwarded request needs; `dial` gives a fresh connection of the same principal and class. */
export interface Http1Forward {
  readonly exchange: Http1Exchange;
  readonly record: RequestRecord;
  /** The head for upstream, stamped or cleaned. */
  readonly headText: string;
  readonly upstream: Http1Upstream;
  readonly dial: () => Promise<Http1Upstream | GatewayFailure>;
  readonly responseTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** A 101 made the connection a tunnel: `stop` ends it. The second is called once, when it is over. */
  readonly switched: (stop: (failure: GatewayFailure) => void) => void;
  readonly tunnelOver: (failure: GatewayFailure | null) => void;
  /** Called once, when nothing of the answer was sent yet: the gate answers instead. */
  readonly answerFailure: (failure: GatewayFailure) => void;
  /** Whose answers come from upstream; null for no vendor's. */
  readonly from: AnswerSource | null;
}

/** Sends the request and streams its answer; the record is finished when both are over. */
export function forwardHttp1(forward: Http1Forward): void {
  new Http1Forwarding(forward).begin(forward.upstream);
}

// Small pieces are copied behind the head, so that head and body leave in one record and one system call.
const JOIN_BYTES = 16_384;

class Http1Forwarding implements ResponseSink {
  readonly #forward: Http1Forward;
  readonly #exchange: Http1Exchange;
  readonly #record: RequestRecord;
  readonly #watch: AnswerWatch;
  #upstream: Http1Upstream;
  #timer: NodeJS.Timeout | null = null;
  #heldHead = '';
  #framing: SentFraming = 'none';
  #isHeadSent = false;
  #isBodySent = false;
  #isOver = false;
  #hasRetried = false;

  constructor(forward: Http1Forward) {
    this.#forward = forward;
    this.#exchange = forward.exchange;
    this.#record = forward.record;
    this.#upstream = forward.upstream;
    this.#watch = new AnswerWatch(forward);
  }

  begin(upstream: Http1Upstream): void {
    const { exchange, headText, responseTimeoutMs } = this.#forward;
    this.#upstream = upstream;
    exchange.onGone = (failure) => this.#abandon(failure);
    exchange.onIdle = (failure) => this.#idle(failure);
    exchange.onDrain = () => this.#upstream.resume();
    upstream.start(exchange.head.method, headText, this);
    this.#timer ??= setTimeout(this.#onTimeout, responseTimeoutMs);
    if (exchange.isBodyComplete) {
      this.#isBodySent = true;
      upstream.endBody();
    } else {
      exchange.readBody({
        data: (piece) => this.#sendBody(piece),
        end: (trailers) => this.#endBody(trailers),
        failed: (failure) => this.failed(failure),
      });
    }
  }

  readonly #onTimeout = (): void => {
    if (!this.#isBodySent) {
      // An upload still runs; the answer's time begins when it is complete.
      this.#timer = setTimeout(this.#onTimeout, this.#forward.responseTimeoutMs);
      return;
    }
    this.failed(
      new GatewayFailure(
        'upstream-timeout',
        'response',
        `no answer within ${this.#forward.responseTimeoutMs} ms`,
      ),
    );
  };

  #sendBody(piece: Uint8Array): void {
    this.#record.bytesIn += piece.length;
    if (this.#isOver || piece.length === 0) return;
    const isChunked = this.#exchange.head.framing.kind === 'chunked';
    this.#upstream.write(isChunked ? asChunk(piece) : piece);
    this.#exchange.pauseBody();
  }

  #endBody(trailers: HeaderLines): void {
    this.#isBodySent = true;
    if (this.#isOver) return;
    if (this.#exchange.head.framing.kind === 'chunked')
      this.#upstream.write(Buffer.from(lastChunk(safeTrailers(trailers)), 'latin1'));
    this.#upstream.endBody();
  }

  // Upstream's side of the story, in the order in which it can happen.

  drain(): void {
    if (!this.#isOver) this.#exchange.resumeBody();
  }

  informational(head: ResponseHead): void {
    // An HTTP/1.0 client knows no interim answers (RFC 9110 section 15.2).
    if (this.#exchange.head.version === '1.1') this.#exchange.writeText(informationalText(head));
  }

  head(head: ResponseHead): void {
    this.#stopTimer();
    if (head.status === 101) {
      this.#switchProtocols(head);
      return;
    }
    this.#watch.head(head.status, head.headers);
    // What follows a refused handshake was meant for a WebSocket: it must not be read as the next request.
    if (this.#exchange.head.upgrade !== null) this.#exchange.closeAfter();
    const persist = this.#exchange.mayPersist && this.#isBodySent ? 'keep' : 'close';
    const client = { version: this.#exchange.head.version, persist } as const;
    const sent = responseHeadText(head, client);
    this.#framing = sent.framing;
    if (sent.persist === 'close') this.#exchange.closeAfter();
    this.#heldHead = sent.text;
    // A small answer follows within the same read; a slow one must not wait for its body.
    if (!isBodiless(head.framing)) process.nextTick(this.#flushHead);
  }

  readonly #flushHead = (): void => {
    if (this.#heldHead === '' || this.#isOver) return;
    this.#exchange.writeText(this.#takeHead());
  };

  /** The head of the answer, from then on sent; empty when it was. */
  #takeHead(): string {
    const text = this.#heldHead;
    this.#heldHead = '';
    this.#isHeadSent = true;
    this.#exchange.hasAnswerBegun = true;
    return text;
  }

  data(piece: Uint8Array): void {
    this.#watch.data(piece);
    this.#record.bytesOut += piece.length;
    const isChunked = this.#framing === 'chunked';
    const before = this.#takeHead() + (isChunked ? chunkHead(piece.length) : '');
    const hasRoom = this.#write(before, piece, isChunked ? '\r\n' : '');
    if (!hasRoom) this.#upstream.pause();
  }

  #write(before: string, piece: Uint8Array, after: string): boolean {
    if (before === '') return this.#exchange.write(piece);
    if (piece.length <= JOIN_BYTES) return this.#exchange.write(joined(before, piece, after));
    this.#exchange.writeText(before);
    const hasRoom = this.#exchange.write(piece);
    return after === '' ? hasRoom : this.#exchange.writeText(after);
  }

  end(trailers: HeaderLines): void {
    this.#isOver = true;
    this.#stopTimer();
    const after = this.#framing === 'chunked' ? lastChunk(safeTrailers(trailers)) : '';
    const last = this.#takeHead() + after;
    if (last !== '') this.#exchange.writeText(last);
    this.#exchange.end();
    this.#watch.end();
    this.#record.finish(null);
  }

  failed(failure: GatewayFailure): void {
    if (this.#isOver) return;
    if (this.#mayRetry(failure)) {
      this.#retry();
      return;
    }
    this.#isOver = true;
    this.#stopTimer();
    this.#upstream.destroy();
    if (this.#wasStale(failure)) {
      // It may have been done, so the gate does not repeat it; the client sees what the gate saw, and decides.
      this.#exchange.cut();
      this.#record.finish(failure);
      return;
    }
    if (!this.#isHeadSent) {
      this.#heldHead = '';
      this.#forward.answerFailure(failure);
      return;
    }
    // The head is out: the client must see that the body is cut, never a complete-looking answer.
    this.#exchange.cut();
    this.#record.finish(failure);
  }

  // A reused connection may have been closed while the request was on its way; a request without a body that may
  // be repeated is sent once more on a fresh one (RFC 9110 section 9.2.2, RFC 9112 section 9.3.1).
  #mayRetry(failure: GatewayFailure): boolean {
    return this.#wasStale(failure) && !this.#hasRetried && repeating(this.#exchange.head) === 'repeatable';
  }

  /** Whether a connection that had served before ended without a word to this request. */
  #wasStale(failure: GatewayFailure): boolean {
    return failure.code === 'upstream-closed' && this.#upstream.uses > 1 && this.#upstream.isSilent;
  }

  #retry(): void {
    this.#hasRetried = true;
    this.#record.repeats.push('closed without a byte');
    void this.#forward.dial().then((fresh) => {
      if (fresh instanceof GatewayFailure) this.failed(fresh);
      else if (this.#isOver) fresh.destroy();
      else this.begin(fresh);
    });
  }

  #idle(failure: GatewayFailure): 'answered' | 'cut' {
    if (this.#isHeadSent || this.#isOver) return 'cut';
    this.failed(failure);
    return 'answered';
  }

  #abandon(failure: GatewayFailure): void {
    this.#isOver = true;
    this.#stopTimer();
    this.#upstream.destroy();
    this.#record.finish(failure);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #switchProtocols(head: ResponseHead): void {
    const asked = this.#exchange.head;
    const key = singleHeader(asked.headers, 'sec-websocket-key') ?? '';
    const fault =
      asked.upgrade === 'websocket' ? handshakeFault(head, key) : 'upstream switched protocols unasked';
    if (fault !== null) {
      this.failed(new GatewayFailure('bad-response', 'response', fault));
      return;
    }
    this.#isOver = true;
    this.#record.status = 101;
    this.#record.by = 'upstream';
    this.#exchange.writeText(switchingText(head));
    const client = this.#exchange.takeOver();
    const upstream = this.#upstream.takeOver();
    const stop = joinWebSocket(
      {
        client: client.socket,
        upstream: upstream.socket,
        early: { client: client.early, upstream: upstream.early },
        answer: head.headers,
        idleMs: this.#forward.idleTimeoutMs,
        record: this.#record,
      },
      this.#forward.tunnelOver,
    );
    this.#forward.switched(stop);
  }
}

/** Whether a request may be sent again where its connection turns out to be closed: no method with effects, and no body. */
export function repeating(head: RequestHead): Repeating {
  return isBodiless(head.framing) && IDEMPOTENT.has(head.method) ? 'repeatable' : 'once';
}

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
function joined(before: string, piece: Uint8Array, after: string): Buffer {
  const whole = Buffer.allocUnsafe(before.length + piece.length + after.length);
  whole.write(before, 0, 'latin1');
  whole.set(piece, before.length);
  if (after !== '') whole.write(after, before.length + piece.length, 'latin1');
  return whole;
}

function asChunk(piece: Uint8Array): Buffer {
  return joined(chunkHead(piece.length), piece, '\r\n');
}
