// All that one HTTP/2 stream needs on its way to upstream. Types only; must not know how it is carried.
import type http2 from 'node:http2';
import type { HeaderLines } from '../../core/base/header-lines.ts';
import type { GatewayFailure } from '../failure.ts';
import type { AnswerSource } from '../request/answer-watch.ts';
import type { RequestRecord } from '../request/request-record.ts';
import type { Http2Upstream } from '../upstream/http2-upstream.ts';

export interface Http2Forward {
  readonly stream: http2.ServerHttp2Stream;
  readonly record: RequestRecord;
  /** The header block for upstream, stamped or cleaned. */
  readonly block: HeaderLines;
  /** True when the client's headers ended its request. */
  readonly endsWithHeaders: boolean;
  /** The trailers of the client's request, once it has ended. */
  readonly trailers: () => HeaderLines;
  readonly upstream: Http2Upstream;
  /** Hands over another session, or says why there is none. */
  readonly another: (use: (upstream: Http2Upstream) => void) => Promise<GatewayFailure | null>;
  /** Upstream takes such requests only over HTTP/1.1. */
  readonly wantsHttp1: () => void;
  readonly responseTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Called once, when nothing of the answer was sent yet: the gate answers instead. */
  readonly answerFailure: (failure: GatewayFailure) => void;
  /** Whose answers come from upstream; null for no vendor's. */
  readonly from: AnswerSource | null;
}
