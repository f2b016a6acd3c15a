// Which door a listener has, and what those are told that find it full. Must not know what a door speaks.
import type { Socket } from 'node:net';
import { unreachable } from '../../core/base/unreachable.ts';
import type { Door } from '../arrival.ts';
import type { GateContext, ListenerOptions } from '../context.ts';
import type { GatewayFailure } from '../failure.ts';
import { failureAnswer } from '../request/admit.ts';
import { Visit } from '../visit.ts';
import { peerAddress } from './accept.ts';
import { sayLast } from './farewell.ts';
import { httpDoor } from './http-connect.ts';
import { socksDoor } from './socks5.ts';

export function doorOf({ door }: ListenerOptions): Door {
  switch (door) {
    case 'proxy':
      return httpDoor;
    case 'socks':
      return socksDoor;
    default:
      return unreachable(door);
  }
}

/** Over a limit of connections: said while there is room for that, recorded, closed within a second, whatever the client sends. */
export function turnAway(visit: Visit, socket: Socket, failure: GatewayFailure): void {
  const answer = failureAnswer(failure, visit.id);
  const words = doorOf(visit.listener).lastWords(visit, answer);
  sayLast(socket, typeof words === 'string' ? Buffer.from(words, 'latin1') : words);
  visit.status = answer.status;
  visit.close(failure);
}

/** A socket that is no visit yet. */
export function turnAwayUnseen(
  socket: Socket,
  at: { readonly context: GateContext; readonly listener: ListenerOptions },
  failure: GatewayFailure,
): void {
  socket.on('error', () => undefined);
  const peer = peerAddress(socket);
  if (peer === null) {
    socket.destroy();
    return;
  }
  const { context, listener } = at;
  turnAway(new Visit(context, { listener, client: peer, onClosed: () => undefined }), socket, failure);
}
