// One request of an HTTP/1 client and its answer. The answerer writes a head, data and an end; the body is read when it
// is asked for. Must not know the socket; the conversation lends what may be done with it.
import type { Duplex } from 'node:stream';
import type { HeaderLines } from '../../core/base/header-lines.ts';
import { bodyDecoder, isBodiless } from '../../core/wire/http1-body.ts';
import type { BodyDecoder } from '../../core/wire/http1-body-step.ts';
import type { ChunkLimits } from '../../core/wire/http1-chunked.ts';
import type { RequestHead } from '../../core/wire/http1-head.ts';
import { GatewayFailure } from '../failure.ts';

/** Takes the body of a request as it streams. */
export interface BodySink {
  data(piece: Uint8Array): void;
  end(trailers: HeaderLines): void;
  failed(failure: GatewayFailure): void;
}

/** What an exchange may do with the socket; the conversation gives it. */
export interface ExchangeLink {
  readBody(): void;
  pause(): void;
  resume(): void;
  write(bytes: Uint8Array): boolean;
  writeText(text: string): boolean;
  finished(exchange: Http1Exchange, then: 'keep' | 'close'): void;
  takeOver(): { socket: Duplex; early: Buffer };
  cut(): void;
  abort(failure: GatewayFailure): void;
}

/** One request and its answer. The answerer writes a head, data, and an end; the body is read when it is asked for. */
export class Http1Exchange {
  readonly head: RequestHead;
  /** Set by the answerer: the client takes data again. */
  onDrain: (() => void) | null = null;
  /** Set by the answerer: the client is gone, before the answer was complete. */
  onGone: ((failure: GatewayFailure) => void) | null = null;
  /** Set by the answerer: nothing moved for too long. `answered` when it says so to the client instead of a cut. */
  onIdle: ((failure: GatewayFailure) => 'answered' | 'cut') | null = null;
  /** Set by the answerer: called once, when the exchange is over in whatever way. */
  onOver: (() => void) | null = null;
  /** Set by the answerer: the head of the final answer was sent. */
  hasAnswerBegun = false;
  isReadingBody = false;
  isBodyComplete: boolean;
  readonly #link: ExchangeLink;
  readonly #decoder: BodyDecoder | null;
  #sink: BodySink | null = null;
  #isAnswered = false;
  #mayPersist: boolean;

  constructor(head: RequestHead, link: ExchangeLink, limits: ChunkLimits) {
    this.head = head;
    this.#link = link;
    this.#mayPersist = head.keepAlive;
    const { framing } = head;
    this.isBodyComplete = isBodiless(framing);
    this.#decoder = this.isBodyComplete || framing.kind === 'none' ? null : bodyDecoder(framing, limits);
  }

  /** True when the answer is complete, or the client is gone. */
  get isOver(): boolean {
    return this.#isAnswered;
  }

  /** Whether the connection will stay open after this exchange, as far as is known when the answer begins. */
  get mayPersist(): boolean {
    return this.#mayPersist;
  }

  /** Lets the body flow into the sink; at once when bytes of it are already here. */
  readBody(sink: BodySink): void {
    if (this.isBodyComplete) {
      sink.end([]);
      return;
    }
    this.#sink = sink;
    this.isReadingBody = true;
    this.#link.readBody();
  }

  pauseBody(): void {
    if (!this.isBodyComplete) this.#link.pause();
  }

  resumeBody(): void {
    if (!this.isBodyComplete) this.#link.resume();
  }

  write(bytes: Uint8Array): boolean {
    return this.#link.write(bytes);
  }

  writeText(text: string): boolean {
    return this.#link.writeText(text);
  }

  /** The answer is complete. A body that is not yet here ends the connection: what is left of it is not read. */
  end(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    if (!this.isBodyComplete) this.#mayPersist = false;
    this.onOver?.();
    this.#link.finished(this, this.#mayPersist ? 'keep' : 'close');
  }

  /** Ends the connection within an answer that cannot be completed: the client must see that it is cut. */
  cut(): void {
    this.#isAnswered = true;
    this.onOver?.();
    this.#link.cut();
  }

  /** Ends it from outside; the answerer is told as if the client had left. */
  abort(failure: GatewayFailure): void {
    this.#link.abort(failure);
  }

  /** The connection ends after this answer. */
  closeAfter(): void {
    this.#mayPersist = false;
  }

  /** Hands the socket over, for a tunnel or an upgraded protocol, with the bytes that came early. */
  takeOver(): { socket: Duplex; early: Buffer } {
    this.#isAnswered = true;
    this.onOver?.();
    return this.#link.takeOver();
  }

  /** Bytes from the socket; returns those that belong to the next request. */
  feed(bytes: Buffer): Buffer {
    const sink = this.#sink;
    if (this.#decoder === null || sink === null) return bytes;
    const step = this.#decoder.push(bytes);
    if (step.kind === 'malformed') {
      this.isReadingBody = false;
      this.#mayPersist = false;
      this.#sink = null;
      sink.failed(new GatewayFailure('bad-request', 'request', step.fault));
      return EMPTY;
    }
    for (const piece of step.data) sink.data(piece);
    if (step.kind === 'need-more') return EMPTY;
    this.isReadingBody = false;
    this.isBodyComplete = true;
    sink.end(step.trailers);
    return bytes.subarray(step.used);
  }

  /** Told by the conversation. */
  clientGone(failure: GatewayFailure): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.onOver?.();
    this.onGone?.(failure);
  }
}

const EMPTY = Buffer.alloc(0);
