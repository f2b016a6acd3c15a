// Sockets that the main process binds, for its workers to listen on: a worker that ends takes no waiting connection with
// it. Must not know workers, nor what is served.
import { BoundSocket } from 'node:net';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { ListenerSettings } from '../../core/settings/settings.ts';
import type { BoundListener, ListenFault, WantedListener } from '../../gateway/door/listeners.ts';
import { systemClock } from '../clock.ts';

export interface BoundSockets {
  readonly places: readonly BoundListener[];
  /** In the order of the places. */
  fds(): readonly number[];
  /** What this process is to listen on itself; whoever takes them closes them. */
  take(): readonly WantedListener[];
  close(): void;
}

/**
 * Binds all, or none. Nobody listens yet: whoever is given a descriptor does. A port that is taken is tried for a second:
 * the workers of a main process that was killed leave it in a moment, and what stays longer is somebody else.
 */
export async function bindSockets(
  wanted: readonly ListenerSettings[],
): Promise<Result<BoundSockets, ListenFault>> {
  const deadline = systemClock.monotonic() + LEAVING_MS;
  for (;;) {
    const sockets = bindNow(wanted);
    if (sockets.ok || sockets.error.code !== 'EADDRINUSE' || systemClock.monotonic() > deadline)
      return sockets;
    await new Promise((resolve) => setTimeout(resolve, LEAVING_MS / 20));
  }
}

const LEAVING_MS = 1_000;

function bindNow(wanted: readonly ListenerSettings[]): Result<BoundSockets, ListenFault> {
  const sockets: BoundSocket[] = [];
  const places: BoundListener[] = [];
  const close = (): void => {
    for (const socket of sockets.splice(0)) socket.close();
  };
  for (const { at, ...options } of wanted) {
    const { address: host, port } = at;
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
  return ok({
    places,
    fds: () => sockets.map((socket) => socket.fd()),
    take: () => {
      const taken = sockets.splice(0);
      return places.map((place, at) => ({ ...place, bound: taken[at] }));
    },
    close,
  });
}
