// What a server says on an HTTP/2 connection, read frame by frame by the reader of the twin: answers, resets, goodbyes.
// Must not know what was asked.
import type { Duplex } from 'node:stream';
import type { Field } from './hpack.ts';
import { FRAME, readFrames } from './http2-frames.ts';
import { Http2Reader } from './http2-readings.ts';

export class Http2Answers {
  readonly #reader = new Http2Reader('server');
  readonly #resets = new Set<number>();
  #pending: Buffer = Buffer.alloc(0);
  #isOver = false;

  /** Takes over what is read from the socket. */
  constructor(socket: Duplex) {
    socket.removeAllListeners('data');
    socket.on('data', (piece: Buffer) => this.#take(piece));
    const over = (): void => {
      this.#isOver = true;
    };
    socket.on('end', over);
    socket.on('close', over);
    socket.on('error', over);
    socket.resume();
  }

  /** True once nothing more will come on these streams. */
  areOver(streams: readonly number[]): boolean {
    if (this.#isOver) return true;
    const whole = new Set(
      this.#reader
        .requests()
        .filter(({ end }) => end === 'whole')
        .map(({ stream }) => stream),
    );
    return streams.every((stream) => whole.has(stream) || this.#resets.has(stream));
  }

  /** The values of a header of each stream's answer, an interim one's included. */
  valuesOf(name: string): readonly (readonly [stream: number, value: string])[] {
    return this.#reader
      .requests()
      .flatMap(({ stream, fields, trailers }) =>
        [...fields, ...trailers].flatMap(([said, value]): [number, string][] =>
          said === name ? [[stream, value]] : [],
        ),
      );
  }

  /** The head of a stream's answer. */
  headOf(wanted: number): readonly Field[] {
    return this.#reader.requests().find(({ stream }) => stream === wanted)?.fields ?? [];
  }

  #take(piece: Buffer): void {
    this.#reader.push(piece);
    this.#pending = Buffer.concat([this.#pending, piece]);
    for (const { type, stream, payload } of readFrames(this.#pending)) {
      this.#pending = this.#pending.subarray(9 + payload.length);
      if (type === FRAME.resetStream) this.#resets.add(stream);
      if (type === FRAME.goAway) this.#isOver ||= payload.readUInt32BE(4) !== 0;
    }
  }
}
