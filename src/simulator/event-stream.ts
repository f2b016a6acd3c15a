// Server-sent events, one at a time: after a short while, or when a test releases the next. Must not know what they say.
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import { singleHeader } from '../core/base/header-lines.ts';
import type { Call } from './call.ts';
import type { Answer } from './exchange.ts';

/** Names the stream that `POST /_simulator/streams/ID/next` drives. */
export const STREAM_HEADER = 'x-simulator-stream';

/** Between two events that nobody holds. */
export const PAUSE_MS = 20;

/** `event` may be null: then the line is left out, as chat completions do. */
export interface StreamEvent {
  readonly event: string | null;
  readonly data: unknown;
}

/** Every event waits for its release; the head is sent at once. */
export function eventStream(call: Call, events: readonly StreamEvent[]): Answer {
  const id = singleHeader(call.exchange.head.headers, STREAM_HEADER);
  const release = (): Promise<void> => (id === null ? after(PAUSE_MS) : call.services.gates.pass(id));
  return {
    kind: 'stream',
    status: 200,
    headers: ['content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache'],
    write: (to) => writeEvents(to, events, release),
  };
}

async function writeEvents(
  to: Writable,
  events: readonly StreamEvent[],
  release: () => Promise<void>,
): Promise<void> {
  let isGone = false;
  const gone = once(to, 'close').then(() => {
    isGone = true;
  });
  for (const { event, data } of events) {
    await Promise.race([release(), gone]);
    if (isGone) return;
    const name = event === null ? '' : `event: ${event}\n`;
    to.write(`${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }
  to.end();
}
