// Frames of WebSockets as both sides send them (RFC 6455 section 5.2), right or wrong, and the echo of a server.
// Must not know the gate's code.
import { Transform } from 'node:stream';

export interface FrameWish {
  /** FIN, the reserved bits and the opcode; a whole text message when left out. */
  readonly first?: number;
  readonly payload?: string | Uint8Array;
  /** Null sends it unmasked. Zeros keep the payload readable. */
  readonly mask?: readonly number[] | null;
  /** How the length is written, where it is not as short as can be. */
  readonly lengthBytes?: 2 | 8;
}

const NO_MASK = [0, 0, 0, 0];

/** A frame as a client sends it. */
export function clientFrame(wish: FrameWish = {}): Buffer {
  const { first = 0x81, payload = 'ping', mask = NO_MASK, lengthBytes } = wish;
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : Buffer.from(payload);
  const head = [first, ...lengthOf(bytes.length, lengthBytes)];
  if (mask === null) return Buffer.concat([Buffer.from(head), bytes]);
  head[1] = (head[1] ?? 0) | 0x80;
  return Buffer.concat([
    Buffer.from([...head, ...mask]),
    bytes.map((byte, at) => byte ^ (mask[at % 4] ?? 0)),
  ]);
}

/** A frame as a server sends it. */
export function serverFrame(wish: Omit<FrameWish, 'mask'> = {}): Buffer {
  return clientFrame({ ...wish, mask: null });
}

/** A server that says each frame again, unmasked; what is no masked frame it says as it came. */
export function frameEcho(): Transform {
  let held = Buffer.alloc(0);
  return new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      held = Buffer.concat([held, piece]);
      const answers: Buffer[] = [];
      for (let size = frameSize(held); size !== null && size <= held.length; size = frameSize(held)) {
        answers.push(unmasked(held.subarray(0, size)));
        held = held.subarray(size);
      }
      done(null, Buffer.concat(answers));
    },
  });
}

function lengthOf(length: number, wanted: 2 | 8 | undefined): number[] {
  const bytes = wanted ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (bytes === 0) return [length];
  const field = Buffer.alloc(8);
  field.writeBigUInt64BE(BigInt(length));
  return [bytes === 2 ? 126 : 127, ...field.subarray(8 - bytes)];
}

/** Where the first frame ends, once that is known. */
function frameSize(bytes: Buffer): number | null {
  if (bytes.length < 2) return null;
  const short = (bytes[1] ?? 0) & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 2 + lengthBytes) return null;
  const length =
    lengthBytes === 0 ? short : Number(`0x${bytes.subarray(2, 2 + lengthBytes).toString('hex')}`);
  return 2 + lengthBytes + (isMasked(bytes) ? 4 : 0) + length;
}

function unmasked(frame: Buffer): Buffer {
  if (!isMasked(frame)) return frame;
  const short = (frame[1] ?? 0) & 0x7f;
  const maskAt = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
  const mask = frame.subarray(maskAt, maskAt + 4);
  const head = Buffer.from(frame.subarray(0, maskAt));
  head[1] = (head[1] ?? 0) & 0x7f;
  return Buffer.concat([head, frame.subarray(maskAt + 4).map((byte, at) => byte ^ (mask[at % 4] ?? 0))]);
}

function isMasked(frame: Buffer): boolean {
  return ((frame[1] ?? 0) & 0x80) !== 0;
}
