// Moves bytes between two streams until both ends are over: half-close both ways, back-pressure, an idle limit.
// Must not know what the bytes mean.
import type { Duplex } from 'node:stream';
import { errorText, GatewayFailure } from './failure.ts';

export interface PumpOptions {
  readonly client: Duplex;
  readonly upstream: Duplex;
  /** Bytes that were read ahead, of either side. */
  readonly early: { readonly client: Buffer; readonly upstream: Buffer };
  readonly idleMs: number;
  readonly moved: (direction: 'up' | 'down', bytes: number) => void;
  /** Called once; null when both sides ended as they should. */
  readonly over: (failure: GatewayFailure | null) => void;
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
    this.#moveEarly(early.upstream, client, 'down');
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
    this.#options.moved(direction, bytes.length);
    to.write(bytes);
  }

  #connect(from: Duplex, to: Duplex, direction: Direction): void {
    const code = direction === 'up' ? 'client-gone' : 'upstream-closed';
    from.on('data', (bytes: Buffer) => {
      this.#timer.refresh();
      this.#options.moved(direction, bytes.length);
      if (!to.write(bytes)) from.pause();
      else if (to.writableLength === 0) giveBack(bytes);
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      to.end();
      this.#endedSides += 1;
      if (this.#endedSides === 2) this.finish(null);
    });
    from.on('error', (error) => this.finish(new GatewayFailure(code, 'splice', errorText(error))));
    from.on('close', () => {
      if (!from.readableEnded)
        this.finish(new GatewayFailure(code, 'splice', 'the stream closed before its end'));
      // A side that is gone for good takes no more; what the other sends has nowhere to go.
      else if (!to.writableEnded) to.end();
    });
    from.resume();
  }
}

type Direction = 'up' | 'down';

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
