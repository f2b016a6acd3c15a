// One HTTP/2 session to upstream, shared by the streams of one principal and class. Kept alive by pings, ended when idle.
// Must not know what the streams carry.
import http2 from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { HeaderLines } from '../../core/base/header-lines.ts';
import type { Limits } from '../../core/settings/limits.ts';
import type { WireFault } from '../../core/wire/step.ts';
import { blockRoom, headLimitFault } from './http2-head-limits.ts';

/** What a session must keep to. */
export type Http2UpstreamLimits = Pick<
  Limits,
  'headBytes' | 'headerCount' | 'poolIdleTimeoutMs' | 'pingIntervalMs'
>;

export class Http2Upstream {
  readonly #session: http2.ClientHttp2Session;
  readonly #limits: Http2UpstreamLimits;
  /** Resolves when upstream's settings are here, or it is gone: before that, nobody knows how many streams it takes. */
  readonly settled: Promise<void>;
  #open = 0;
  #isSettled = false;
  #isRetired = false;
  #lastPingMs = 0;
  #idleSinceMs = 0;
  /** The last stream upstream has looked at or may look at, once it says goodbye (RFC 9113 section 6.8). */
  #lastStream: number | null = null;
  #hasAnswered = false;

  constructor(socket: TLSSocket, limits: Http2UpstreamLimits, onClosed: () => void) {
    this.#limits = limits;
    const room = blockRoom(limits);
    this.#session = http2.connect('https://upstream.invalid', {
      createConnection: () => socket,
      // No push, ever.
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW,
        maxHeaderListSize: room.maxHeaderListSize,
      },
      maxHeaderListPairs: room.maxHeaderListPairs,
      maxSendHeaderBlockLength: room.maxSendHeaderBlockLength,
      maxSessionMemory: 64,
      ...NOTHING_LOST,
    });
    this.#session.setLocalWindowSize(SESSION_WINDOW);
    this.settled = new Promise((resolve) => {
      this.#session.once('remoteSettings', () => {
        this.#isSettled = true;
        resolve();
      });
      this.#session.once('close', () => resolve());
    });
    this.#session.on('error', () => this.#session.destroy());
    // The socket may be half open, so an upstream that ends without GOAWAY would be waited for until its streams time out.
    socket.once('end', () => this.#session.destroy());
    this.#session.on('goaway', (_code: number, lastStream: number) => {
      this.#lastStream = lastStream;
      this.retire();
    });
    this.#session.on('close', onClosed);
  }

  /** True until the first settings of a session that is not gone are here. */
  get isYoung(): boolean {
    return !this.#isSettled && !this.#isRetired && !this.#session.destroyed;
  }

  /** True for a session that takes no stream although it has none. */
  get isUseless(): boolean {
    return !this.isUsable && this.#open === 0;
  }

  /** True for a session that has served and serves nobody now: it may be given up for another. */
  get isIdle(): boolean {
    return this.#open === 0 && this.#idleSinceMs > 0 && !this.#isRetired && !this.#session.destroyed;
  }

  /** True while another stream can be opened here. */
  get isUsable(): boolean {
    if (!this.#isSettled || this.#isRetired || this.#session.closed || this.#session.destroyed) return false;
    return this.#open < (this.#session.remoteSettings?.maxConcurrentStreams ?? DEFAULT_STREAMS);
  }

  /** True for a stream that was closed without upstream having acted on it (RFC 9113 section 8.7). */
  isUnprocessed(stream: http2.ClientHttp2Stream): boolean {
    if (stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM) return true;
    return this.#lastStream !== null && (stream.id ?? 0) > this.#lastStream;
  }

  /** How it refused a stream, for the record. */
  get refusal(): string {
    return this.#lastStream === null ? 'REFUSED_STREAM' : `GOAWAY after stream ${this.#lastStream}`;
  }

  /** True when not one stream was answered here. */
  get isFruitless(): boolean {
    return !this.#hasAnswered;
  }

  /** Whether upstream takes WebSockets as streams (RFC 8441); to be asked of a usable session. */
  get takesWebSockets(): boolean {
    return this.#session.remoteSettings?.enableConnectProtocol === true;
  }

  /** Which of the gate's limits the head of an answer is over; null when none. */
  headFault(raw: HeaderLines): WireFault | null {
    return headLimitFault(raw, this.#limits);
  }

  /** Opens a stream; `headers` alternate, pseudo-headers first. Throws what Node throws when the session is gone. */
  request(headers: HeaderLines, options: { readonly endStream: boolean }): http2.ClientHttp2Stream {
    const stream = this.#session.request([...headers], { ...options, waitForTrailers: !options.endStream });
    this.#open += 1;
    stream.once('response', () => {
      this.#hasAnswered = true;
    });
    stream.once('close', () => {
      this.#open -= 1;
      this.#idleSinceMs = performance.now();
      if (this.#isRetired && this.#open === 0) this.#session.close();
    });
    return stream;
  }

  /** Takes no more streams; those that run may finish. */
  retire(): void {
    this.#isRetired = true;
    if (this.#open === 0) this.#session.close();
  }

  destroy(): void {
    this.#session.destroy();
  }

  /** Called every few seconds: pings while streams are open, closes what is idle. */
  sweep(): void {
    const now = performance.now();
    if (this.#session.destroyed || this.#session.closed) return;
    if (this.#open === 0) {
      if (now - this.#idleSinceMs > this.#limits.poolIdleTimeoutMs) this.retire();
      return;
    }
    if (now - this.#lastPingMs < this.#limits.pingIntervalMs) return;
    this.#lastPingMs = now;
    this.#session.ping(() => undefined);
  }
}

// What servers send twice is passed on twice, as over HTTP/1.1, and a value with blanks at its ends is trimmed by the gate,
// where nghttp2 would drop its field in silence. Node's types have both for servers only.
const NOTHING_LOST = { strictSingleValueFields: false, strictFieldWhitespaceValidation: false };
const DEFAULT_STREAMS = 100;
// Wide enough that a download is not held back by the round trip; memory stays bounded by back-pressure.
const STREAM_WINDOW = 1_048_576;
const SESSION_WINDOW = 8_388_608;
