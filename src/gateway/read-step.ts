// Reads a socket until its bytes make something, and no further. Must not know what is read.
import type { Socket } from 'node:net';
import type { WireFault, WireStep } from '../core/wire/step.ts';

/** How it ended; the socket is left paused. `bytes` are all that came, what follows what was read included. */
export type StepEnd<T> =
  | { readonly kind: 'done'; readonly value: T; readonly used: number; readonly bytes: Buffer }
  | { readonly kind: 'malformed'; readonly fault: WireFault }
  | { readonly kind: 'late'; readonly bytes: Buffer }
  | { readonly kind: 'gone'; readonly error: Error | null };

export interface StepWish<T> {
  /** What was read before. */
  readonly early: Buffer;
  readonly read: (bytes: Buffer) => WireStep<T>;
  readonly timeoutMs: number;
}

export function readStep<T>(socket: Socket, { early, read, timeoutMs }: StepWish<T>): Promise<StepEnd<T>> {
  return new Promise((resolve) => {
    let bytes = early;
    let isOver = false;
    const finish = (end: StepEnd<T>): void => {
      isOver = true;
      clearTimeout(timer);
      socket.pause();
      socket.off('data', onData);
      socket.off('end', onEnd);
      socket.off('close', onEnd);
      socket.off('error', onError);
      resolve(end);
    };
    const look = (): void => {
      const step = read(bytes);
      if (step.kind === 'done') finish({ ...step, bytes });
      else if (step.kind === 'malformed') finish(step);
    };
    const onData = (more: Buffer): void => {
      bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
      look();
    };
    const onEnd = (): void => finish({ kind: 'gone', error: null });
    const onError = (error: Error): void => finish({ kind: 'gone', error });
    const timer = setTimeout(() => finish({ kind: 'late', bytes }), timeoutMs);
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
    socket.on('error', onError);
    if (bytes.length > 0) look();
    // The client may have left while nobody listened for it.
    if (!isOver && (socket.readableEnded || socket.destroyed)) onEnd();
    if (!isOver) socket.resume();
  });
}
