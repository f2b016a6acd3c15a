// Reads the client's TLS hello without answering it: which server it names, which protocols it offers.
// Must not know what is done with either.
import type { Socket } from 'node:net';
import type { Destination } from '../../core/base/destination.ts';
import { parseHostname } from '../../core/base/hostname.ts';
import { type ClientHello, readClientHello } from '../../core/wire/client-hello.ts';
import { GatewayFailure } from '../failure.ts';

export interface Sniffed {
  readonly hello: ClientHello;
  /** Every byte that was read, the hello included. */
  readonly bytes: Buffer;
}

/** The hello, whole, or why there is none. The socket is left paused. */
export function sniff(socket: Socket, early: Buffer, timeoutMs: number): Promise<Sniffed | GatewayFailure> {
  return new Promise((resolve) => {
    let bytes = early;
    let isOver = false;
    const finish = (result: Sniffed | GatewayFailure): void => {
      isOver = true;
      clearTimeout(timer);
      socket.pause();
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      socket.off('error', onError);
      resolve(result);
    };
    const look = (): void => {
      const step = readClientHello(bytes);
      if (step.kind === 'done') finish({ hello: step.value, bytes });
      else if (step.kind === 'malformed') finish(new GatewayFailure('not-tls', 'sniff', step.fault));
    };
    const onData = (more: Buffer): void => {
      bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
      look();
    };
    const onEnd = (): void =>
      finish(new GatewayFailure('client-gone', 'sniff', 'the client left before its TLS hello was complete'));
    const onError = (error: Error): void => finish(new GatewayFailure('client-gone', 'sniff', error.message));
    const timer = setTimeout(
      () =>
        finish(new GatewayFailure('hello-timeout', 'sniff', `no complete TLS hello within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
    socket.on('error', onError);
    if (bytes.length > 0) look();
    // The client may have left while upstream was dialed, when nobody listened for it.
    if (!isOver && (socket.readableEnded || socket.destroyed)) onEnd();
    if (!isOver) socket.resume();
  });
}

/** Null when the hello names the server that the CONNECT named. A destination by address names none. */
export function serverNameFault(hello: ClientHello, destination: Destination): GatewayFailure | null {
  if (destination.kind === 'malformed') return new GatewayFailure('sni-mismatch', 'sniff', destination.why);
  if (hello.serverName === null) {
    if (destination.kind === 'address') return null;
    return new GatewayFailure(
      'sni-missing',
      'sniff',
      `the TLS hello names no server, CONNECT named ${destination.host}`,
    );
  }
  const named = parseHostname(hello.serverName);
  if (named.ok && named.value === destination.host) return null;
  const shown = named.ok ? named.value : 'no valid name';
  return new GatewayFailure(
    'sni-mismatch',
    'sniff',
    `the TLS hello names ${shown}, CONNECT named ${destination.host}`,
  );
}
