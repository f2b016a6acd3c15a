// What can go wrong while things are put together, as one line that says what to do. Must not know exit statuses.

import type { Trouble } from '../cli/shell.ts';
import type { ListenFault } from '../gateway/listeners.ts';

/** A trouble of one line. */
export function failed(message: string): Trouble {
  return { kind: 'failed', message };
}

/** Why a port could not be opened, and what to do. */
export function listenTrouble({ listener, address, code }: ListenFault): Trouble {
  const what = `Cannot listen on ${address} for "${listener}"`;
  if (code === 'EADDRINUSE')
    return failed(`${what}: the port is taken. Stop what uses it, or choose another port.`);
  if (code === 'EACCES')
    return failed(`${what}: not permitted. Choose a port above 1023, or grant CAP_NET_BIND_SERVICE.`);
  if (code === 'EADDRNOTAVAIL')
    return failed(`${what}: this machine has no such address. Choose one that it has, or 0.0.0.0.`);
  return failed(`${what}: ${code}.`);
}

/** What a thrown error of the file system or network says, after what was attempted. */
export function thrownTrouble(attempted: string, thrown: unknown): Trouble {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return failed(`${attempted}: ${why}`);
}
