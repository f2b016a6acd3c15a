// One request at the simulator and the answer to it: what handlers get and what they give back.
// Must not know which hosts or pages there are.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Writable } from 'node:stream';
import type { HeaderLines } from '../core/base/header-lines.ts';

export type ServerMessage = IncomingMessage | Http2ServerRequest;
export type ServerAnswer = ServerResponse | Http2ServerResponse;

/** The head of a request. */
export interface ReceivedHead {
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
  readonly head: ReceivedHead;
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

/**
 * The whole body, or null when it is longer than `mostBytes`; the rest is then read and dropped, so that the client
 * gets to its answer. A client that goes away ends this with its error.
 */
export function readBody({ message, wantBody }: Exchange, mostBytes: number): Promise<Buffer | null> {
  wantBody();
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    message.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= mostBytes) chunks.push(chunk);
      else resolve(null);
    });
    message.once('end', () => resolve(length <= mostBytes ? Buffer.concat(chunks) : null));
    message.once('error', reject);
    message.once('close', () => reject(new Error('The client went away before its request was complete.')));
  });
}
