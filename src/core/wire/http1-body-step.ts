// What a body decoder says of each piece that arrives. Must not know the framings.
import type { HeaderLines } from '../base/header-lines.ts';
import type { Http1FaultCode } from './http1-faults.ts';
import type { WireFault } from './step.ts';

/** What one push gave. The data are views into the pushed bytes, never copies. */
export type BodyStep =
  | { readonly kind: 'need-more'; readonly data: readonly Uint8Array[] }
  /** The body is over; `used` bytes of this push belong to it. */
  | {
      readonly kind: 'done';
      readonly data: readonly Uint8Array[];
      readonly used: number;
      readonly trailers: HeaderLines;
    }
  | { readonly kind: 'malformed'; readonly fault: WireFault<Http1FaultCode> };

/** Reads one body; `push` is called with each piece that arrives until it answers `done` or `malformed`. */
export interface BodyDecoder {
  push(bytes: Uint8Array): BodyStep;
}
