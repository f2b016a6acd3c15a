// What is said on a WebSocket: Copilot's responses, GitHub's live updates, an echo elsewhere. Must not know how it was opened.
import { setTimeout as after } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { singleHeader } from '../core/base/header-lines.ts';
import type { Verdict } from '../core/contract/verdict.ts';
import { apiError } from './answers.ts';
import type { Services } from './call.ts';
import { responseEvents } from './copilot-talk.ts';
import { PAUSE_MS, STREAM_HEADER } from './event-stream.ts';
import type { Answer, ReceivedHead } from './exchange.ts';
import { readJsonObject } from './fields.ts';

export type Conversation = (client: WebSocket) => void;

/** The conversation that the host and path offer, or why there is none. */
export function conversationFor(
  head: ReceivedHead,
  { surface, caller }: Verdict,
  services: Services,
): Answer | { readonly conversation: Conversation } {
  switch (surface.kind) {
    case 'copilot': {
      if (head.path !== '/responses') return apiError(404, 'Not Found');
      if (caller.kind !== 'user')
        return apiError(401, 'unauthorized: AuthenticateToken authentication failed');
      const id = singleHeader(head.headers, STREAM_HEADER);
      const release = (): Promise<void> => (id === null ? after(PAUSE_MS) : services.gates.pass(id));
      return { conversation: (client) => talkResponses(client, release) };
    }
    case 'websocket':
      return { conversation: acknowledge };
    case 'data':
    case 'residency':
    case 'uncovered':
    case 'elsewhere':
      return { conversation: echo };
    default:
      return apiError(404, 'Not Found');
  }
}

/** `response.create` in, the events of a response out, each one a JSON text message. */
function talkResponses(client: WebSocket, release: () => Promise<void>): void {
  client.on('message', (data) => {
    const { type, model } = readJsonObject(Buffer.from(String(data)));
    if (type !== 'response.create') {
      client.send(JSON.stringify({ type: 'error', error: { message: 'Only response.create is served.' } }));
      return;
    }
    void sendEvents(client, typeof model === 'string' ? model : '', release);
  });
}

async function sendEvents(client: WebSocket, model: string, release: () => Promise<void>): Promise<void> {
  for (const { data } of responseEvents(model)) {
    await release();
    if (client.readyState !== client.OPEN) return;
    client.send(JSON.stringify(data));
  }
}

function acknowledge(client: WebSocket): void {
  client.on('message', () => client.send(JSON.stringify({ e: 'ack', off: '0', health: true })));
}

function echo(client: WebSocket): void {
  client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }));
}
