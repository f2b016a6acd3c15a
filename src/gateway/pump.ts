// Moves bytes between two streams until both ends are over: half-close both ways, back-pressure, an idle limit.
// Must not know what the bytes mean.
import type { Duplex } from 'node:stream';
import { errorText, GatewayFailure } from './failure.ts';

export interface PumpOptions {
  readonly client: Duplex;
  readonly upstream: Duplex;
  /** Bytes that were read ahead, of either side. */
  readonly early: { readonly client: Buffer; readonly upstream: Buffer };
  readonly idleMs: number;
  readonly moved: (direction: 'up' | 'down', bytes: number) => void;
  /** Called once; null when both sides ended as they should. */
  readonly over: (failure: GatewayFailure | null) => void;
}

/** Starts the pump; the returned function ends it with a failure. */
export function pump(options: PumpOptions): (failure: GatewayFailure) => void {
  const { client, upstream, early } = options;
  let isOver = false;
  let endedSides = 0;
  const timer = setTimeout(() => finish(idle()), options.idleMs);

  const idle = (): GatewayFailure =>
    new GatewayFailure('idle-timeout', 'splice', `nothing moved for ${options.idleMs} ms`);

  const finish = (failure: GatewayFailure | null): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    if (failure !== null) {
      client.destroy();
      upstream.destroy();
    }
    options.over(failure);
  };

  const connect = (from: Duplex, to: Duplex, direction: 'up' | 'down'): void => {
    from.on('data', (bytes: Buffer) => {
      timer.refresh();
      options.moved(direction, bytes.length);
      if (!to.write(bytes)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      to.end();
      endedSides += 1;
      if (endedSides === 2) finish(null);
    });
    const side = direction === 'up' ? 'client-gone' : 'upstream-closed';
    from.on('error', (error) => finish(new GatewayFailure(side, 'splice', errorText(error))));
    from.on('close', () => {
      if (!from.readableEnded) finish(new GatewayFailure(side, 'splice', 'the stream closed before its end'));
      // A side that is gone for good takes no more; what the other sends has nowhere to go.
      else if (!to.writableEnded) to.end();
    });
    from.resume();
  };

  if (early.client.length > 0) {
    options.moved('up', early.client.length);
    upstream.write(early.client);
  }
  if (early.upstream.length > 0) {
    options.moved('down', early.upstream.length);
    client.write(early.upstream);
  }
  connect(client, upstream, 'up');
  connect(upstream, client, 'down');
  if (client.destroyed)
    finish(new GatewayFailure('client-gone', 'splice', 'the client left before the tunnel stood'));
  else if (upstream.destroyed)
    finish(new GatewayFailure('upstream-closed', 'splice', 'the destination left before the tunnel stood'));
  return finish;
}
