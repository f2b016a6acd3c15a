// What the owner of a conversation over HTTP/1 is told, and what it sets. Types only; must not know sockets.
import type { Limits } from '../../core/settings/limits.ts';
import type { ChunkLimits } from '../../core/wire/http1-chunked.ts';
import type { HeadLimits } from '../../core/wire/http1-head.ts';
import type { WireFault } from '../../core/wire/step.ts';
import type { GatewayFailure } from '../failure.ts';
import type { Http1Exchange } from './http1-exchange.ts';

/** What the conversation tells its owner. */
export interface ConversationHandler {
  /**
   * What a client means that ends its half while it is owed an answer. On plain TCP it may still wait. In TLS 1.3 too
   * (RFC 8446 section 6.1), but most that do so have left: it is believed as long as the answer that has begun moves on.
   * Before, an end of TLS was one of both halves (RFC 5246 section 7.2.1).
   */
  readonly onHalfClose: 'wait' | 'wait-while-it-moves' | 'leave';
  /** A request head arrived; the owner answers through the exchange. */
  request(exchange: Http1Exchange): void;
  /** The bytes are no HTTP/1 request. The owner may `refuse` with an answer; the connection closes after it. */
  malformed(fault: WireFault, refuse: (answer: string) => void): void;
  /** A head was begun and not ended in time. The owner may `refuse` with an answer; the connection closes after it. */
  late(failure: GatewayFailure, refuse: (answer: string) => void): void;
  /** Nothing more will come. `failure` is null when the client left between requests. */
  over(failure: GatewayFailure | null): void;
}

export type ConversationLimits = HeadLimits &
  ChunkLimits &
  Pick<Limits, 'headTimeoutMs' | 'keepAliveTimeoutMs' | 'idleTimeoutMs'>;
