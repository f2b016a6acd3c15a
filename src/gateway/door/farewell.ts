// The last that a client is told: it arrives, and the connection ends whatever the client still sends.
// Must not know what is said.
import type { Socket } from 'node:net';

/** What comes meanwhile is read and dropped, so that the words are not lost to a reset (RFC 9112 section 9.6). */
export function sayLast(socket: Socket, words: Uint8Array): void {
  socket.end(words);
  socket.resume();
  const cutting = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(cutting));
}

const LINGER_MS = 1_000;
