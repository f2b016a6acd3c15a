// Sockets that this process binds and its workers listen on: a worker that ends takes no waiting connection with it.
// Must not know workers, nor what is served.
import { BoundSocket } from 'node:net';
import { err, ok, type Result } from '../core/base/result.ts';
import type { ListenerSettings } from '../core/settings/settings.ts';
import type { BoundListener, ListenFault } from '../gateway/listeners.ts';

export interface SharedSockets {
  readonly places: readonly BoundListener[];
  /** In the order of the places. */
  readonly fds: readonly number[];
  close(): void;
}

/** Binds all, or none. Nobody listens yet: whoever is given a descriptor does. */
export function bindShared(wanted: readonly ListenerSettings[]): Result<SharedSockets, ListenFault> {
  const sockets: BoundSocket[] = [];
  const places: BoundListener[] = [];
  const close = (): void => {
    for (const socket of sockets.splice(0)) socket.close();
  };
  for (const { proxy, ...options } of wanted) {
    const { address: host, port } = proxy;
    try {
      const socket = new BoundSocket({ host, port });
      sockets.push(socket);
      places.push({ ...options, host, port: socket.address().port });
    } catch (error) {
      close();
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return err({ listener: options.name, address: `${host}:${port}`, code });
    }
  }
  return ok({ places, fds: sockets.map((socket) => socket.fd()), close });
}
