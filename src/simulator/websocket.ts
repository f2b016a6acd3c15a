// WebSockets over HTTP/1.1 (RFC 6455) and HTTP/2 (RFC 8441): judged like any request, then handed to a conversation.
// Must not know what is said on them (socket-talk.ts), nor how frames are made; the package `ws` does.
import { IncomingMessage, STATUS_CODES } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse, type ServerHttp2Stream } from 'node:http2';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { apiError, refusal } from './answers.ts';
import type { Answer, ReceivedHead, ServerMessage } from './exchange.ts';
import { type Front, headOf, judged } from './front.ts';
import { isControlHost } from './hosts.ts';
import { type Conversation, conversationFor } from './socket-talk.ts';

/** Both ways into a WebSocket. A refusal is a status and an orderly end, never a reset. */
export class SocketFront {
  readonly #front: Front;

  constructor(front: Front) {
    this.#front = front;
  }

  /** `Upgrade: websocket` on HTTP/1.1. */
  upgrade(message: IncomingMessage, socket: Duplex, early: Buffer): void {
    socket.on('error', () => undefined);
    const head = headOf(this.#front, message);
    const opened = this.#open(head);
    if ('kind' in opened) socket.end(rawAnswer(head, opened));
    else talk({ head, message, socket, early }, opened.conversation);
  }

  /** CONNECT: extended on HTTP/2, where `:protocol` says websocket; anything else is refused. */
  connect(message: ServerMessage, reply: unknown): void {
    if (!(message instanceof Http2ServerRequest) || !(reply instanceof Http2ServerResponse)) {
      if (reply instanceof Duplex) reply.end('HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const head = headOf(this.#front, message);
    const opened = this.#open(head);
    reply.setHeader('x-github-request-id', head.requestId);
    if ('kind' in opened) {
      const status = opened.status;
      reply.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
      reply.end(opened.kind === 'whole' ? opened.body : '');
      return;
    }
    reply.writeHead(200);
    talk(
      { head, message: handshakeFor(head), socket: tunnelOf(reply.stream), early: Buffer.alloc(0) },
      opened.conversation,
    );
  }

  #open(head: ReceivedHead): Answer | { readonly conversation: Conversation } {
    if (!head.websocket) return apiError(400, 'Only an upgrade to websocket is served.');
    if (isControlHost(head.host)) return apiError(404, 'The simulator has no WebSocket of its own.');
    const verdict = judged(this.#front, head, { kind: 'none' });
    if (verdict.kind === 'refuse') return refusal(verdict.surface, verdict.status, verdict.message);
    return conversationFor(head, verdict, this.#front.control.services);
  }
}

interface Upgrade {
  readonly head: ReceivedHead;
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  readonly early: Buffer;
}

function talk({ head, message, socket, early }: Upgrade, conversation: Conversation): void {
  const server = new WebSocketServer({ noServer: true, clientTracking: false });
  server.on('headers', (lines) => lines.push(`x-github-request-id: ${head.requestId}`));
  server.handleUpgrade(message, socket, early, (client) => {
    client.on('error', () => client.terminate());
    conversation(client);
  });
}

/** What `ws` wants to see of an opening handshake, for a stream that HTTP/2 has opened already. */
function handshakeFor({ path }: ReceivedHead): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.method = 'GET';
  message.url = path;
  message.headers = {
    upgrade: 'websocket',
    connection: 'upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  return message;
}

/** The stream's bytes, without the HTTP/1.1 answer that `ws` writes first: HTTP/2 has said 200 in its own words. */
function tunnelOf(stream: ServerHttp2Stream): Duplex {
  let isHead = true;
  const tunnel = new Duplex({
    read: () => stream.resume(),
    write: (chunk, _encoding, done) => {
      if (!isHead) return void stream.write(chunk, done);
      isHead = false;
      done();
    },
    final: (done) => void stream.end(done),
    destroy: (cause, done) => {
      stream.close();
      done(cause);
    },
  });
  stream.on('data', (chunk) => {
    if (!tunnel.push(chunk)) stream.pause();
  });
  stream.on('end', () => tunnel.push(null));
  stream.on('close', () => tunnel.destroy());
  stream.on('error', () => tunnel.destroy());
  return tunnel;
}

function rawAnswer({ requestId }: ReceivedHead, answer: Answer): string {
  const { status } = answer;
  const body = answer.kind === 'whole' ? String(answer.body) : '';
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-github-request-id: ${requestId}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
