// The client's leg of HTTP/1: requests are read one after another from a socket, answers are written in order.
// Must not know what a request is answered with, or by whom.
import type { Duplex } from 'node:stream';
import { isEmptyLine, readRequestHead } from '../../core/wire/http1-head.ts';
import { GatewayFailure } from '../failure.ts';
import type { ConversationHandler, ConversationLimits } from './conversation-handler.ts';
import { type ExchangeLink, Http1Exchange } from './http1-exchange.ts';
import { MovingDeadline } from './moving-deadline.ts';

type State = 'head' | 'exchange' | 'lingering' | 'over';

// After an answer that ends the connection, what the client still sends is read and dropped for this long,
// so that the answer is not lost to a reset (RFC 9112 section 9.6).
const LINGER_MS = 1_000;
// How long an answer may stand still before a client that has ended its half is taken for gone.
const HALF_CLOSED_MS = 1_000;

const CUT_BODY = 'the client ended the stream within a body';

export class Http1Conversation {
  readonly #socket: Duplex;
  readonly #handler: ConversationHandler;
  readonly #limits: ConversationLimits;
  #state: State = 'head';
  #pending: Buffer | null = null;
  #exchange: Http1Exchange | null = null;
  #isDraining = false;
  /** The client has ended its half: what is here of its requests is answered, and nothing follows. */
  #hasEnded = false;
  #isBodyPaused = false;
  #isWaitingForDrain = false;
  #isOverTold = false;
  readonly #deadline: MovingDeadline;

  constructor(socket: Duplex, limits: ConversationLimits, handler: ConversationHandler) {
    this.#socket = socket;
    this.#limits = limits;
    this.#handler = handler;
    this.#deadline = new MovingDeadline(limits.headTimeoutMs, () => this.#onTimeout());
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  /** Feeds bytes that were read before the conversation began. */
  begin(bytes: Buffer): void {
    // Whoever read before left the socket paused, and a PROXY header may come alone.
    this.#socket.resume();
    if (bytes.length > 0) this.#onData(bytes);
    // Whoever read them has paused the socket.
    if (this.#state === 'head') this.#socket.resume();
  }

  /** Finishes the exchange that runs and begins no other. */
  drain(): void {
    this.#isDraining = true;
    if (this.#state === 'head' && !this.#isWithinHead()) this.#finish(null);
  }

  /** Ends now, whatever runs. */
  abort(failure: GatewayFailure): void {
    this.#exchange?.clientGone(failure);
    this.#finish(failure);
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    // What comes behind the last answer is dropped, and buys the connection no time.
    if (this.#state === 'lingering' || this.#state === 'over') return;
    this.#rearm(this.#state === 'head' ? this.#limits.headTimeoutMs : this.#limits.idleTimeoutMs);
    switch (this.#state) {
      case 'head':
        this.#pending = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes]);
        this.#readHead();
        return;
      case 'exchange':
        if (this.#exchange?.isReadingBody) this.#feedBody(bytes);
        else this.#hold(bytes);
        return;
      default:
    }
  };

  readonly #onDrain = (): void => {
    if (this.#isWaitingForDrain) {
      this.#isWaitingForDrain = false;
      this.#readOn();
      return;
    }
    this.#exchange?.onDrain?.();
  };

  readonly #onEnd = (): void => {
    const exchange = this.#state === 'exchange' ? this.#exchange : null;
    const isWhole = exchange?.isBodyComplete === true;
    // What is here of a body that nobody reads yet may be the whole of it.
    if ((isWhole || exchange?.isReadingBody === false) && this.#handler.onHalfClose !== 'leave') {
      this.#hasEnded = true;
      this.#moved();
      return;
    }
    this.#left(isWhole ? 'the client left before its answer was over' : CUT_BODY);
  };

  #left(detail: string): void {
    const failure = this.#exchange === null ? null : new GatewayFailure('client-gone', 'request', detail);
    this.#exchange?.clientGone(failure ?? new GatewayFailure('client-gone', 'request', 'the client left'));
    this.#finish(failure);
    // Ending twice is harmless, but Node makes an error with its stack of it each time.
    if (!this.#socket.writableEnded) this.#socket.end();
  }

  readonly #onError = (error: Error): void => this.#gone(`the connection broke: ${error.message}`);
  readonly #onClose = (): void => this.#gone('the client closed the connection');

  #gone(detail: string): void {
    if (this.#state === 'over') return;
    const failure = this.#exchange === null ? null : new GatewayFailure('client-gone', 'response', detail);
    if (failure !== null) this.#exchange?.clientGone(failure);
    this.#state = 'over';
    this.#finish(failure);
    this.#socket.destroy();
  }

  #onTimeout(): void {
    if (this.#state === 'lingering' || this.#state === 'over') {
      this.#socket.destroy();
      return;
    }
    if (this.#state === 'exchange' && this.#isDoubtful()) {
      this.abort(new GatewayFailure('client-gone', 'response', 'the client left before its answer was over'));
      return;
    }
    if (this.#state === 'exchange') {
      const idle = new GatewayFailure(
        'idle-timeout',
        'response',
        `nothing moved for ${this.#deadline.ms} ms`,
      );
      if (this.#exchange?.onIdle?.(idle) !== 'answered') this.abort(idle);
      return;
    }
    const detail = `no complete request head within ${this.#deadline.ms} ms`;
    const failure = new GatewayFailure('head-timeout', 'request', detail);
    if (!this.#isWithinHead()) {
      this.#finish(null);
      this.#socket.destroy();
      return;
    }
    this.#handler.late(failure, (answer) => void this.#socket.write(answer, 'latin1'));
    this.#linger();
    this.#finish(failure);
  }

  /** Whether something of a request is here: an empty line behind the last one is none of the next. */
  #isWithinHead(): boolean {
    return this.#pending !== null && !isEmptyLine(this.#pending);
  }

  #rearm(ms: number): void {
    // While a head trickles in, its deadline stands: only the first byte starts it.
    if (ms !== this.#deadline.ms || this.#state !== 'head' || !this.#isWithinHead()) this.#deadline.set(ms);
  }

  #readHead(): void {
    const bytes = this.#pending;
    if (bytes === null) return;
    const step = readRequestHead(bytes, this.#limits);
    if (step.kind === 'need-more') {
      if (this.#hasEnded) this.#finish(null);
      else this.#socket.resume();
      return;
    }
    if (step.kind === 'malformed') {
      this.#handler.malformed(step.fault, (answer) => void this.#socket.write(answer, 'latin1'));
      this.#linger();
      this.#finish(new GatewayFailure('bad-request', 'request', step.fault));
      return;
    }
    this.#pending = bytes.length > step.used ? bytes.subarray(step.used) : null;
    this.#state = 'exchange';
    this.#rearm(this.#limits.idleTimeoutMs);
    const exchange = new Http1Exchange(step.value, this.#link, this.#limits);
    this.#exchange = exchange;
    this.#handler.request(exchange);
  }

  // What an exchange may do with the socket; nobody else sees these.
  readonly #link: ExchangeLink = {
    readBody: () => this.#startBody(),
    pause: () => {
      this.#isBodyPaused = true;
      this.#socket.pause();
    },
    resume: () => {
      this.#isBodyPaused = false;
      if (this.#state === 'exchange') this.#socket.resume();
    },
    write: (bytes) => {
      this.#moved();
      return this.#socket.write(bytes);
    },
    writeText: (text) => {
      this.#moved();
      return this.#socket.write(text, 'latin1');
    },
    finished: (exchange, then) => this.#exchangeFinished(exchange, then),
    takeOver: () => this.#release(),
    cut: () => void this.#socket.destroy(),
    abort: (failure) => this.abort(failure),
  };

  #moved(): void {
    if (this.#isDoubtful()) this.#rearm(HALF_CLOSED_MS);
    else this.#deadline.set(this.#deadline.ms);
  }

  /** Whether the client may have left within the answer: it has ended its half, and only a write would tell. */
  #isDoubtful(): boolean {
    const hasBegun = this.#exchange?.hasAnswerBegun === true;
    return this.#hasEnded && hasBegun && this.#handler.onHalfClose === 'wait-while-it-moves';
  }

  #startBody(): void {
    const held = this.#pending;
    this.#pending = null;
    if (held !== null) this.#feedBody(held);
    if (this.#hasEnded && this.#exchange?.isBodyComplete === false) this.#left(CUT_BODY);
    if (this.#state === 'exchange' && !this.#isBodyPaused) this.#socket.resume();
  }

  #feedBody(bytes: Buffer): void {
    const exchange = this.#exchange;
    const rest = exchange?.feed(bytes) ?? bytes;
    if (this.#state !== 'exchange' || exchange !== this.#exchange) {
      // The answer was complete before the body, or the exchange ended within it.
      if (this.#state === 'head' && rest.length > 0) this.#onData(rest);
      return;
    }
    if (rest.length > 0) this.#hold(rest);
  }

  // Bytes of a pipelined request, or of a body nobody reads yet: kept, and the socket is not read meanwhile.
  #hold(bytes: Buffer): void {
    this.#pending = this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#socket.pause();
  }

  #exchangeFinished(exchange: Http1Exchange, then: 'keep' | 'close'): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = null;
    this.#isBodyPaused = false;
    if (then === 'close' || this.#isDraining || (this.#hasEnded && !this.#isWithinHead())) {
      this.#linger();
      this.#finish(null);
      return;
    }
    this.#state = 'head';
    this.#rearm(this.#pending === null ? this.#limits.keepAliveTimeoutMs : this.#limits.headTimeoutMs);
    // A client that asks on and takes no answer would have the answers heap up here.
    if (this.#socket.writableNeedDrain) {
      this.#isWaitingForDrain = true;
      this.#socket.pause();
    } else this.#readOn();
  }

  #readOn(): void {
    if (this.#state !== 'head') return;
    if (this.#pending === null) {
      this.#socket.resume();
      return;
    }
    // One request of a pipeline in a turn of the event loop, so that others have their turn too; and nothing more is read
    // before those that are here are answered.
    this.#socket.pause();
    setImmediate(this.#readPipelined);
  }

  readonly #readPipelined = (): void => {
    if (this.#state === 'head') this.#readHead();
  };

  #linger(): void {
    this.#state = 'lingering';
    this.#pending = null;
    this.#socket.end();
    this.#socket.resume();
    this.#rearm(LINGER_MS);
  }

  #release(): { socket: Duplex; early: Buffer } {
    const early = this.#pending ?? Buffer.alloc(0);
    this.#pending = null;
    this.#exchange = null;
    this.#state = 'over';
    this.#deadline.stop();
    this.#socket.pause();
    this.#socket.off('data', this.#onData);
    this.#socket.off('drain', this.#onDrain);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('error', this.#onError);
    this.#socket.off('close', this.#onClose);
    return { socket: this.#socket, early };
  }

  #finish(failure: GatewayFailure | null): void {
    if (this.#state !== 'lingering') {
      this.#state = 'over';
      this.#deadline.stop();
      if (!this.#socket.writableEnded) this.#socket.end();
    }
    this.#exchange = null;
    if (this.#isOverTold) return;
    this.#isOverTold = true;
    this.#handler.over(failure);
  }
}
