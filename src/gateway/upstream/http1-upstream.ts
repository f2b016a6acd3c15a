// The upstream leg of HTTP/1: one request at a time on a socket that was dialed and proved; the answer is read strictly.
// Any byte out of turn closes the connection, and nothing of it is ever used again.
import type { Duplex } from 'node:stream';
import type { HeaderLines } from '../../core/base/header-lines.ts';
import { bodyDecoder, isBodiless } from '../../core/wire/http1-body.ts';
import type { BodyDecoder } from '../../core/wire/http1-body-step.ts';
import type { ChunkLimits } from '../../core/wire/http1-chunked.ts';
import { type HeadLimits, type ResponseHead, readResponseHead } from '../../core/wire/http1-head.ts';
import { errorText, GatewayFailure } from '../failure.ts';

/** Takes the answer as it arrives. `failed` ends it, at most once, and nothing follows. */
export interface ResponseSink {
  informational(head: ResponseHead): void;
  head(head: ResponseHead): void;
  data(piece: Uint8Array): void;
  end(trailers: HeaderLines): void;
  /** Upstream takes body bytes again. */
  drain(): void;
  failed(failure: GatewayFailure): void;
}

// More interim answers than any server has reason to send (RFC 9110 section 15.2): a flood would end in memory.
const MAX_INTERIMS = 16;

export class Http1Upstream {
  readonly #socket: Duplex;
  readonly #limits: HeadLimits & ChunkLimits;
  readonly #onIdle: (upstream: Http1Upstream) => void;
  readonly #onClosed: (upstream: Http1Upstream) => void;
  #sink: ResponseSink | null = null;
  #method = '';
  #pending: Buffer | null = null;
  #decoder: BodyDecoder | null = null;
  #head: ResponseHead | null = null;
  #isRequestSent = false;
  #isBodyWhole = false;
  #unsent: Uint8Array[] = [];
  #isSilent = true;
  #interims = 0;
  #isResponseRead = false;
  #isClosed = false;
  /** Requests that were begun here; above 1 the connection was reused, and may have gone stale. */
  uses = 0;

  constructor(socket: Duplex, limits: HeadLimits & ChunkLimits, owner: UpstreamOwner) {
    this.#socket = socket;
    this.#limits = limits;
    this.#onIdle = owner.idle;
    this.#onClosed = owner.closed;
    socket.on('data', this.#onData);
    socket.on('drain', () => this.#sink?.drain());
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => this.#broken(errorText(error)));
    socket.on('close', () => this.#broken('upstream closed the connection'));
  }

  get isUsable(): boolean {
    return !this.#isClosed && this.#sink === null && !this.#socket.destroyed && this.#socket.writable;
  }

  /** Whether no byte of the answer to the last request was here yet. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /**
   * Whether the connection can be used and has nothing to say, once what the kernel holds of it was read: an answer that
   * nobody asked for would be the next request's, and an end would be met by it.
   */
  async isQuiet(): Promise<boolean> {
    // The first turn may have looked at its sockets before this was asked; the next looks at all of them.
    for (let turns = 0; turns < 2 && this.isUsable; turns += 1)
      await new Promise((resolve) => setImmediate(resolve));
    return this.isUsable;
  }

  /** Sends a request head; the body follows by `write` and `endBody`. */
  start(method: string, headText: string, sink: ResponseSink): void {
    this.#sink = sink;
    this.#method = method;
    this.#isRequestSent = false;
    this.#isBodyWhole = false;
    this.#unsent = [];
    this.#isSilent = true;
    this.#isResponseRead = false;
    this.#head = null;
    this.#interims = 0;
    this.uses += 1;
    this.#socket.write(headText, 'latin1');
  }

  /**
   * Sends a piece of the body, once everything that is here was read: a write to a connection that upstream has reset
   * ends it, and with it an answer that came before. `drain` asks for more.
   */
  write(bytes: Uint8Array): void {
    if (this.#unsent.length === 0) setImmediate(this.#flush);
    this.#unsent.push(bytes);
  }

  endBody(): void {
    this.#isBodyWhole = true;
    if (this.#unsent.length === 0) this.#endRequest();
  }

  readonly #flush = (): void => {
    const pieces = this.#unsent;
    this.#unsent = [];
    if (this.#isClosed) return;
    let hasRoom = true;
    for (const piece of pieces) hasRoom = this.#socket.write(piece);
    if (this.#isBodyWhole) this.#endRequest();
    else if (hasRoom) this.#sink?.drain();
  };

  #endRequest(): void {
    this.#isRequestSent = true;
    this.#settle();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Hands the socket over after a 101, with the bytes that came with it. */
  takeOver(): { socket: Duplex; early: Buffer } {
    const early = this.#pending ?? Buffer.alloc(0);
    this.#isClosed = true;
    this.#sink = null;
    this.#socket.pause();
    for (const event of ['data', 'drain', 'end', 'error', 'close'] as const)
      this.#socket.removeAllListeners(event);
    this.#onClosed(this);
    return { socket: this.#socket, early };
  }

  /** Closes, whatever runs; the sink is not told. */
  destroy(): void {
    this.#sink = null;
    this.#close();
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#isSilent = false;
    const sink = this.#sink;
    if (sink === null || this.#isResponseRead) {
      // Nobody asked: an unsolicited response would poison the next request.
      this.#fail(
        new GatewayFailure('bad-response', 'response', 'upstream sent bytes that no request asked for'),
      );
      return;
    }
    if (this.#head !== null) this.#readBody(bytes, sink);
    else this.#readHead(this.#pending === null ? bytes : Buffer.concat([this.#pending, bytes]), sink);
  };

  #readHead(bytes: Buffer, sink: ResponseSink): void {
    let rest = bytes;
    while (this.#sink === sink) {
      const step = readResponseHead(rest, this.#limits, this.#method);
      if (step.kind === 'need-more') {
        this.#pending = rest;
        return;
      }
      if (step.kind === 'malformed') {
        this.#fail(new GatewayFailure('bad-response', 'response', step.fault));
        return;
      }
      rest = rest.subarray(step.used);
      this.#pending = null;
      if (step.value.status >= 200 || step.value.status === 101) {
        this.#beginResponse(step.value, rest, sink);
        return;
      }
      this.#interims += 1;
      if (this.#interims > MAX_INTERIMS) {
        this.#fail(
          new GatewayFailure('bad-response', 'response', `more than ${MAX_INTERIMS} interim answers`),
        );
        return;
      }
      sink.informational(step.value);
      if (rest.length === 0) return;
    }
  }

  #beginResponse(head: ResponseHead, rest: Buffer, sink: ResponseSink): void {
    this.#head = head;
    const isOver = isBodiless(head.framing);
    this.#decoder = isOver || head.framing.kind === 'none' ? null : bodyDecoder(head.framing, this.#limits);
    if (head.status === 101) {
      // What follows is the upgraded protocol; the sink takes the socket over or fails.
      this.#pending = rest;
      sink.head(head);
      return;
    }
    sink.head(head);
    if (this.#sink !== sink) return;
    if (isOver) this.#endResponse(rest, []);
    else if (rest.length > 0) this.#readBody(rest, sink);
  }

  #readBody(bytes: Buffer, sink: ResponseSink): void {
    const step = this.#decoder?.push(bytes);
    if (step === undefined) return;
    if (step.kind === 'malformed') {
      this.#fail(new GatewayFailure('bad-response', 'response', step.fault));
      return;
    }
    for (const piece of step.data) {
      if (piece.length > 0) sink.data(piece);
      if (this.#sink !== sink) return;
    }
    if (step.kind === 'done') this.#endResponse(bytes.subarray(step.used), step.trailers);
  }

  #endResponse(rest: Buffer, trailers: HeaderLines): void {
    this.#isResponseRead = true;
    const sink = this.#sink;
    // Bytes behind the response: the connection is never used again, but this response was whole.
    const isClean = rest.length === 0;
    if (!isClean || !this.#isRequestSent || this.#head?.keepAlive !== true) {
      this.#sink = null;
      this.#close();
    } else {
      this.#settle();
    }
    sink?.end(trailers);
  }

  /** Both directions are complete: the connection may serve the next request of the same principal. */
  #settle(): void {
    if (!this.#isRequestSent || !this.#isResponseRead || this.#isClosed) return;
    this.#sink = null;
    this.#head = null;
    // The last client may have been slower than upstream; the next one must not inherit the pause.
    this.#socket.resume();
    this.#onIdle(this);
  }

  #onEnd(): void {
    const sink = this.#sink;
    if (sink !== null && this.#head?.framing.kind === 'until-close' && !this.#isResponseRead) {
      this.#endResponse(Buffer.alloc(0), []);
      return;
    }
    this.#broken('upstream ended the stream');
  }

  #broken(detail: string): void {
    if (this.#isClosed) return;
    const code = this.#head === null ? 'upstream-closed' : 'bad-response';
    this.#fail(new GatewayFailure(code, 'response', detail));
  }

  #fail(failure: GatewayFailure): void {
    const sink = this.#sink;
    this.#sink = null;
    this.#close();
    sink?.failed(failure);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    this.#onClosed(this);
  }
}

export interface UpstreamOwner {
  /** The connection finished a request cleanly and can be used again. */
  readonly idle: (upstream: Http1Upstream) => void;
  readonly closed: (upstream: Http1Upstream) => void;
}
