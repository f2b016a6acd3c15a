// A request's body on its way into a program. Must not know which program.
import type { Readable, Writable } from 'node:stream';

/** A program that stops reading has an answer to give: the rest of the body is dropped, the connection stays. */
export function feed(message: Readable, input: Writable): void {
  message.pipe(input);
  // pipe() pauses what nobody takes any more, in listeners of its own: these have to come after them, or the window of the
  // stream would stay closed and its client stand still.
  input.on('error', () => message.resume());
  input.once('close', () => message.resume());
}
