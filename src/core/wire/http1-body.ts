// One way to read any HTTP/1 body as it streams, whatever its framing. Must not know who sends or takes the data.
import type { BodyDecoder, BodyStep } from './http1-body-step.ts';
import { ChunkDecoder, type ChunkLimits } from './http1-chunked.ts';
import type { BodyFraming } from './http1-framing.ts';

/** The decoder for a framing; a body of `none` or of length 0 is never read and needs none. */
export function bodyDecoder(
  framing: Exclude<BodyFraming, { kind: 'none' }>,
  limits: ChunkLimits,
): BodyDecoder {
  if (framing.kind === 'chunked') return new ChunkDecoder(limits);
  return framing.kind === 'length' ? new LengthDecoder(framing.bytes) : UNTIL_CLOSE;
}

/** True when no byte of body follows the head. */
export function isBodiless(framing: BodyFraming): boolean {
  return framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0);
}

const UNTIL_CLOSE: BodyDecoder = { push: (bytes) => ({ kind: 'need-more', data: [bytes] }) };

class LengthDecoder implements BodyDecoder {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  push(bytes: Uint8Array): BodyStep {
    const used = Math.min(this.#left, bytes.length);
    this.#left -= used;
    const data = [used === bytes.length ? bytes : bytes.subarray(0, used)];
    return this.#left > 0 ? { kind: 'need-more', data } : { kind: 'done', data, used, trailers: [] };
  }
}
