// Moves bytes between two streams until both ends are over: half-close both ways, back-pressure, an idle limit.
// Must not know what the bytes mean.
import type { Duplex } from 'node:stream';
import { GatewayFailure } from '../failure.ts';

export interface PumpOptions {
  readonly client: Duplex;
  readonly upstream: Duplex;
  /** Bytes that were read ahead, of either side. */
  readonly early: { readonly client: Buffer; readonly upstream: Buffer };
  readonly idleMs: number;
  readonly moved: (direction: Direction, bytes: number) => void;
  /** Looks at what passes, where not everything may. */
  readonly inspection?: Inspection;
  /** Called once; null when both sides ended as they should. */
  readonly over: (failure: GatewayFailure | null) => void;
}

/** From the client, or to it. */
export type Direction = 'up' | 'down';

/** What may go on of some bytes; a failure ends both sides, once that is sent. */
export interface Inspected {
  readonly passed: readonly Uint8Array[];
  readonly failure: GatewayFailure | null;
}

/** Looks at both directions; it holds back what it cannot judge yet. */
export interface Inspection {
  pass(direction: Direction, bytes: Uint8Array): Inspected;
  /** Why a direction must not end here; null when it may. */
  end(direction: Direction): GatewayFailure | null;
  /** What is said in a direction in which nothing else will be, after a failure of either. */
  lastWords(direction: Direction): Uint8Array | null;
}

/** Starts the pump; the returned function ends it with a failure. */
export function pump(options: PumpOptions): (failure: GatewayFailure) => void {
  const running = new Pump(options);
  running.start();
  return (failure) => running.finish(failure);
}

class Pump {
  readonly #options: PumpOptions;
  readonly #timer: NodeJS.Timeout;
  #endedSides = 0;
  #isOver = false;

  constructor(options: PumpOptions) {
    this.#options = options;
    const { idleMs } = options;
    this.#timer = setTimeout(
      () => this.finish(new GatewayFailure('idle-timeout', 'splice', `nothing moved for ${idleMs} ms`)),
      idleMs,
    );
  }

  start(): void {
    const { client, upstream, early } = this.#options;
    this.#moveEarly(early.client, upstream, 'up');
    if (!this.#isOver) this.#moveEarly(early.upstream, client, 'down');
    if (this.#isOver) return;
    this.#connect(client, upstream, 'up');
    this.#connect(upstream, client, 'down');
    if (client.destroyed) this.finish(goneBefore('client-gone'));
    else if (upstream.destroyed) this.finish(goneBefore('upstream-closed'));
  }

  finish(failure: GatewayFailure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (failure !== null) {
      this.#options.client.destroy();
      this.#options.upstream.destroy();
    }
    this.#options.over(failure);
  }

  #moveEarly(bytes: Buffer, to: Duplex, direction: Direction): void {
    if (bytes.length === 0) return;
    this.#send(bytes, to, direction);
  }

  /** Hands on what may go; false when the other side is full. */
  #send(bytes: Buffer, to: Duplex, direction: Direction): boolean {
    const { inspection, moved } = this.#options;
    if (inspection === undefined) {
      moved(direction, bytes.length);
      return to.write(bytes);
    }
    const { passed, failure } = inspection.pass(direction, bytes);
    let hasRoom = true;
    for (const piece of passed) {
      moved(direction, piece.length);
      hasRoom = to.write(piece);
    }
    if (failure !== null) this.#refuse(failure, inspection);
    return hasRoom;
  }

  /** Ends both sides with last words, and waits a second at most for them to be taken. */
  #refuse(failure: GatewayFailure, inspection: Inspection): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    const { client, upstream } = this.#options;
    endWith(client, inspection.lastWords('down'));
    endWith(upstream, inspection.lastWords('up'));
    this.#options.over(failure);
  }

  #connect(from: Duplex, to: Duplex, direction: Direction): void {
    const code = direction === 'up' ? 'client-gone' : 'upstream-closed';
    from.on('data', (bytes: Buffer) => {
      if (this.#isOver) return;
      this.#timer.refresh();
      if (!this.#send(bytes, to, direction) && !this.#isOver) from.pause();
      else if (to.writableLength === 0) giveBack(bytes);
    });
    to.on('drain', () => from.resume());
    let isDone = false;
    const onEnd = (): void => {
      if (this.#isOver) return;
      const cut = this.#options.inspection?.end(direction) ?? null;
      if (cut !== null) {
        this.finish(cut);
        return;
      }
      // A side that ends with nothing on its way to it has what it wanted; what comes behind finds nobody.
      isDone = from.writableLength === 0;
      to.end();
      this.#endedSides += 1;
      if (this.#endedSides === 2) this.finish(null);
    };
    // Who spoke with it before may have heard its end already; it comes but once.
    if (from.readableEnded) onEnd();
    else from.on('end', onEnd);
    from.on('error', (error) => this.finish(isDone ? null : new GatewayFailure(code, 'splice', error)));
    from.on('close', () => {
      if (!from.readableEnded)
        this.finish(new GatewayFailure(code, 'splice', 'the stream closed before its end'));
      // A side that is gone for good takes no more; what the other sends has nowhere to go.
      else if (!to.writableEnded) to.end();
    });
    from.resume();
  }
}

/** Ends a stream behind these words, whatever still comes from it. */
function endWith(stream: Duplex, words: Uint8Array | null): void {
  if (stream.destroyed) return;
  if (words === null) stream.end();
  else stream.end(words);
  stream.resume();
  const cutting = setTimeout(() => stream.destroy(), LAST_WORDS_MS);
  stream.once('close', () => clearTimeout(cutting));
}

/** For last words to be taken. */
const LAST_WORDS_MS = 1_000;

function goneBefore(code: 'client-gone' | 'upstream-closed'): GatewayFailure {
  return new GatewayFailure(code, 'splice', 'the stream closed before the tunnel stood');
}

/**
 * Frees the memory of a piece that the kernel has taken whole. The garbage collector would free it too, but counts such
 * memory by the megabyte and then walks the whole heap for it: half of the CPU of a large download.
 */
function giveBack(bytes: Buffer): void {
  const { buffer } = bytes;
  if (bytes.length >= GIVE_BACK_BYTES && buffer.byteLength === bytes.length && buffer instanceof ArrayBuffer)
    buffer.transfer(0);
}

// Smaller pieces cost less than the call, and may share their memory with others.
const GIVE_BACK_BYTES = 4_096;
