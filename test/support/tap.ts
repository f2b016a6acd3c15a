// Stands between a socket and the parser that answers on it, and keeps what passes. Must not know what is said.
import { Duplex } from 'node:stream';

/** Says `received` with every piece, before the parser has it. */
export class Tap extends Duplex {
  readonly #socket: Duplex;
  #pieces: Buffer[] = [];
  #received = 0;

  constructor(socket: Duplex) {
    super();
    this.#socket = socket;
    socket.on('data', (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#received += piece.length;
      this.emit('received', piece);
      if (!this.push(piece)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', () => {});
    socket.on('close', () => this.destroy());
    this.on('error', () => {});
  }

  /** What came since the last `forget()`. */
  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  forget(): void {
    this.#pieces = [];
  }

  /** How many bytes the parser was given, since the beginning. */
  handedOn(): number {
    return this.#received - this.readableLength;
  }

  /** How many bytes came, since the beginning. */
  received(): number {
    return this.#received;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(piece: Buffer, _: BufferEncoding, written: (error?: Error | null) => void): void {
    this.#socket.write(piece, written);
  }

  override _final(ended: (error?: Error | null) => void): void {
    this.#socket.end(ended);
  }

  override _destroy(error: Error | null, destroyed: (error?: Error | null) => void): void {
    this.#socket.destroy();
    destroyed(error);
  }
}
