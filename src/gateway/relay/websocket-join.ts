// An opened WebSocket: client and upstream joined, frames and nothing else between them, every byte counted.
// Must not know how it was opened.
import type { Duplex } from 'node:stream';
import type { HeaderLines } from '../../core/base/header-lines.ts';
import type { GatewayFailure } from '../failure.ts';
import type { RequestRecord } from '../request/request-record.ts';
import { pump } from './pump.ts';
import { WebSocketFrames } from './websocket-frames.ts';

export interface OpenedWebSocket {
  readonly client: Duplex;
  readonly upstream: Duplex;
  /** Bytes that were read ahead, of either side. */
  readonly early: { readonly client: Buffer; readonly upstream: Buffer };
  /** The fields of upstream's answer, which say what extensions may use. */
  readonly answer: HeaderLines;
  readonly idleMs: number;
  readonly record: RequestRecord;
}

/** Joins both until one of them is over, which the record then has; the returned function ends it with a failure. */
export function joinWebSocket(
  { record, answer, ...ends }: OpenedWebSocket,
  over: (failure: GatewayFailure | null) => void = () => undefined,
): (failure: GatewayFailure) => void {
  return pump({
    ...ends,
    inspection: new WebSocketFrames(answer),
    moved: (direction, bytes) => {
      if (direction === 'up') record.bytesIn += bytes;
      else record.bytesOut += bytes;
    },
    over: (failure) => {
      record.finish(failure);
      over(failure);
    },
  });
}

/** Where nothing was read ahead. */
export const NOTHING_EARLY: OpenedWebSocket['early'] = { client: Buffer.alloc(0), upstream: Buffer.alloc(0) };
