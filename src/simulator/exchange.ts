// One request at the simulator and the answer to it: what handlers get and what they give back.
// Must not know which hosts or pages there are.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Writable } from 'node:stream';
import type { HeaderLines } from '../core/base/header-lines.ts';

export type ServerMessage = IncomingMessage | Http2ServerRequest;
export type ServerAnswer = ServerResponse | Http2ServerResponse;

/** The head of a request. */
export interface Arrival {
  /** Lower-case, without port or trailing dot. */
  readonly host: string;
  readonly method: string;
  /** Without the query; `query` is without its `?`. */
  readonly path: string;
  readonly query: string;
  /** As received, pseudo-headers left out. */
  readonly headers: HeaderLines;
  readonly from: string;
  readonly atMs: number;
  /** GitHub's `x-github-request-id`. */
  readonly requestId: string;
  readonly websocket: boolean;
}

/** A request whose body may still be on the way, and the place for its answer. */
export interface Exchange {
  readonly arrival: Arrival;
  readonly message: ServerMessage;
  readonly response: ServerAnswer;
  /** Tells a client that waits with `Expect: 100-continue` to send its body; does nothing for others. */
  wantBody(): void;
}

/** A whole answer, or one that writes itself. */
export type Answer =
  | {
      readonly kind: 'whole';
      readonly status: number;
      /** Names and values alternate. */
      readonly headers: HeaderLines;
      readonly body: string | Uint8Array;
    }
  | {
      readonly kind: 'stream';
      readonly status: number;
      readonly headers: HeaderLines;
      /** Writes and ends the body; the head has been sent. */
      write(to: Writable): Promise<void>;
    };

/** The whole body, or null when it is longer than `mostBytes`. A client that goes away ends this with its error. */
export async function readBody(exchange: Exchange, mostBytes: number): Promise<Buffer | null> {
  exchange.wantBody();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of exchange.message) {
    length += chunk.length;
    if (length > mostBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
