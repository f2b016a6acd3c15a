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

/**
 * Reads what a client sent, frame by frame, in another way than the gate does: how many bytes belong to valid frames, the
 * begun part of the last one included once its header is good, and whether the bytes end where a frame does.
 */
export function readClientFrames(bytes: Buffer): { readonly valid: number; readonly isWhole: boolean } {
  let at = 0;
  let isOpen = false;
  let isClosed = false;
  while (at < bytes.length) {
    const frame = bytes.subarray(at);
    const opcode = (frame[0] ?? 0) & 0x0f;
    const isControl = opcode > 7;
    const size = frameSize(frame);
    const headSize = size === null ? null : headSizeOf(frame);
    if (size === null || headSize === null || frame.length < headSize) return { valid: at, isWhole: false };
    const length = size - headSize;
    const codeBytes = opcode === 8 && length >= 2 ? 2 : 0;
    const isRight =
      [0, 1, 2, 8, 9, 10].includes(opcode) &&
      ((frame[0] ?? 0) & 0x70) === 0 &&
      isMasked(frame) &&
      length <= Number.MAX_SAFE_INTEGER &&
      headSize === 6 + lengthOf(length, undefined).length - 1 &&
      (isControl
        ? length <= 125 && (frame[0] ?? 0) >= 0x80 && !(opcode === 8 && length === 1)
        : !isClosed && (opcode === 0) === isOpen);
    if (!isRight || frame.length < headSize + codeBytes) return { valid: at, isWhole: false };
    if (codeBytes > 0 && !isCode(unmasked(frame.subarray(0, size)).readUInt16BE(2)))
      return { valid: at, isWhole: false };
    if (opcode === 8) isClosed = true;
    if (!isControl) isOpen = (frame[0] ?? 0) < 0x80;
    if (size > frame.length) return { valid: bytes.length, isWhole: false };
    at += size;
  }
  return { valid: at, isWhole: true };
}

function isCode(code: number): boolean {
  const range = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
  return range.includes(code) || (code >= 3000 && code <= 4999);
}

function headSizeOf(frame: Buffer): number {
  const short = (frame[1] ?? 0) & 0x7f;
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (isMasked(frame) ? 4 : 0);
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
