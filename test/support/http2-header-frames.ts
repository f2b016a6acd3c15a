// Header lists of HTTP/2 as frames: in one or in many, padded, with a priority, in every form that HPACK has.
// Must not know who reads them.
import { type Field, type FieldForm, hpackBlock } from './hpack.ts';
import { FLAG, FRAME, frameOf, PREFACE, settingsFrame } from './http2-frames.ts';

/** What a client says before its first stream. */
export const OPENING: Buffer = Buffer.concat([PREFACE, settingsFrame()]);

export interface HeadersWish {
  readonly stream?: number;
  /** `no`: a body follows. */
  readonly endStream?: 'yes' | 'no';
  readonly form?: FieldForm;
  /** The block in so many frames: one HEADERS, then CONTINUATION. */
  readonly pieces?: number;
  readonly padding?: number;
  readonly priority?: 'yes' | 'no';
}

/** A header list as HEADERS and as many CONTINUATION as are wanted. */
export function headersFrames(fields: readonly Field[], wish: HeadersWish = {}): Buffer {
  return blockFrames(hpackBlock(fields, wish.form), wish);
}

/** A block that is written already, in frames. */
export function blockFrames(block: Uint8Array, wish: HeadersWish = {}): Buffer {
  const { stream = 1, endStream = 'yes', pieces = 1, padding = 0, priority = 'no' } = wish;
  const size = Math.max(1, Math.ceil(block.length / pieces));
  const cut = Array.from({ length: pieces }, (_, at) => block.subarray(at * size, (at + 1) * size));
  const isLast = (at: number): number => (at === cut.length - 1 ? FLAG.endHeaders : 0);
  return Buffer.concat(
    cut.map((piece, at) => {
      if (at > 0) return frameOf({ type: FRAME.continuation, flags: isLast(at), stream }, piece);
      const flags =
        isLast(0) |
        (endStream === 'yes' ? FLAG.endStream : 0) |
        (padding > 0 ? FLAG.padded : 0) |
        (priority === 'yes' ? FLAG.priority : 0);
      const payload = Buffer.concat([
        padding > 0 ? Buffer.of(padding) : Buffer.alloc(0),
        priority === 'yes' ? Buffer.of(0, 0, 0, 0, 15) : Buffer.alloc(0),
        piece,
        Buffer.alloc(padding),
      ]);
      return frameOf({ type: FRAME.headers, flags, stream }, payload);
    }),
  );
}
