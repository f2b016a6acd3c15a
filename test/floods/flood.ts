// What a flood is: one client's attack that counts what it sends until its time is over. Types, and loops that all share.
// Must not know any single flood.
import { pause } from '../support/pace.ts';
import type { RawConnection } from '../support/raw-client.ts';
import type { TestScope } from '../support/test-scope.ts';

/** Where the gate is, for whoever attacks it. */
export interface Target {
  readonly port: number;
  readonly staffPort: number;
  readonly balancedPort: number;
  readonly seconds: number;
}

/** What an attacker has at hand while its flood runs. */
export interface Attacker extends Target {
  readonly scope: TestScope;
  readonly isOver: () => boolean;
  /** So many more of the flood's unit were sent. */
  readonly sent: (count: number) => void;
}

export interface Flood {
  readonly name: string;
  /** What is counted: frames, requests, connections. */
  readonly unit: string;
  readonly run: (attacker: Attacker) => Promise<void>;
}

/** Runs the loops side by side until the time is over; what fails is tried again, as attackers do. */
export async function together(
  attacker: Attacker,
  count: number,
  attack: (at: number) => Promise<void>,
): Promise<void> {
  const loops = Array.from({ length: count }, async (_, at) => {
    while (!attacker.isOver()) {
      await attack(at).catch(() => undefined);
      // A refusal must not become a loop that starves its own process.
      await pause(1);
    }
  });
  await Promise.all(loops);
}

/** Keeps so many connections open; each is opened again when it is closed, and told `tick` every so often. */
export async function hold(
  attacker: Attacker,
  holding: {
    readonly count: number;
    readonly open: () => Promise<RawConnection>;
    readonly tick?: (connection: RawConnection) => void;
    readonly tickMs?: number;
  },
): Promise<void> {
  const { count, open, tick, tickMs = 500 } = holding;
  await together(attacker, count, async () => {
    const connection = await open();
    attacker.sent(1);
    const closed = new Promise<void>((resolve) => connection.socket.once('close', () => resolve()));
    const ticking = setInterval(() => {
      if (connection.socket.writable) tick?.(connection);
    }, tickMs);
    await Promise.race([closed, untilOver(attacker)]);
    clearInterval(ticking);
    connection.socket.destroy();
  });
}

/** Writes pieces one after another while the connection takes them, and drops what comes back. */
export async function pour(
  attacker: Attacker,
  connection: RawConnection,
  pouring: { readonly piece: () => Uint8Array; readonly units: number },
): Promise<void> {
  const { socket } = connection;
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  while (!attacker.isOver() && socket.writable) {
    const hasRoom = socket.write(pouring.piece());
    attacker.sent(pouring.units);
    if (!hasRoom) {
      const drained = new Promise<void>((resolve) => socket.once('drain', () => resolve()));
      await Promise.race([drained, closed, untilOver(attacker)]);
    } else await new Promise((resolve) => setImmediate(resolve));
  }
  socket.destroy();
}

async function untilOver(attacker: Attacker): Promise<void> {
  while (!attacker.isOver()) await pause(50);
}
