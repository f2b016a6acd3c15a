// Reads the client's TLS hello without answering it: which server it names, which protocols it offers.
// Must not know what is done with either.
import type { Socket } from 'node:net';
import type { Destination } from '../../core/base/destination.ts';
import { parseHostname } from '../../core/base/hostname.ts';
import { unreachable } from '../../core/base/unreachable.ts';
import { type ClientHello, readClientHello } from '../../core/wire/client-hello.ts';
import { GatewayFailure } from '../failure.ts';
import { readStep } from '../read-step.ts';

export interface Sniffed {
  readonly hello: ClientHello;
  /** Every byte that was read, the hello included. */
  readonly bytes: Buffer;
}

/** The hello, whole, or why there is none. The socket is left paused. */
export async function sniff(
  socket: Socket,
  early: Buffer,
  timeoutMs: number,
): Promise<Sniffed | GatewayFailure> {
  const end = await readStep(socket, { early, read: readClientHello, timeoutMs });
  switch (end.kind) {
    case 'done':
      return { hello: end.value, bytes: end.bytes };
    case 'malformed':
      return new GatewayFailure('not-tls', 'sniff', end.fault);
    case 'late':
      return new GatewayFailure('hello-timeout', 'sniff', `no complete TLS hello within ${timeoutMs} ms`);
    case 'gone': {
      const why = end.error?.message ?? 'the client left before its TLS hello was complete';
      return new GatewayFailure('client-gone', 'sniff', why);
    }
    default:
      return unreachable(end);
  }
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
