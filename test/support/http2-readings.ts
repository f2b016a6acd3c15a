// The bytes of an HTTP/2 connection read as requests, by a reader that shares nothing with the library behind the gate;
// and each of them as a server would see it that passes it on over HTTP/1.1. Must not know the gate.
import { type Field, HpackReader } from './hpack.ts';
import { FLAG, FRAME, PREFACE } from './http2-frames.ts';

/** A request as the frames have it. */
export interface Http2Request {
  readonly stream: number;
  /** Pseudo-headers included, in the order received. */
  readonly fields: readonly Field[];
  readonly trailers: readonly Field[];
  readonly bodyBytes: number;
  readonly end: 'whole' | 'cut';
}

interface OpenStream {
  readonly stream: number;
  fields: readonly Field[];
  trailers: readonly Field[];
  bodyBytes: number;
  end: 'whole' | 'cut';
}

/** Reads what one side sends, however it is cut; keeps the state of the header compression. A client says a preface. */
export class Http2Reader {
  readonly #hpack = new HpackReader();
  #pending: Buffer = Buffer.alloc(0);
  #hasPreface: boolean;
  #block: { readonly stream: number; readonly pieces: Buffer[]; readonly ends: boolean } | null = null;
  #fault: string | null = null;
  readonly #requests = new Map<number, OpenStream>();

  constructor(side: 'client' | 'server' = 'client') {
    this.#hasPreface = side === 'server';
  }

  /** Why it stopped; null when it did not. */
  get fault(): string | null {
    return this.#fault;
  }

  requests(): readonly Http2Request[] {
    return [...this.#requests.values()];
  }

  /** Drops the requests read so far, and keeps on reading. */
  forget(): void {
    this.#requests.clear();
  }

  push(bytes: Uint8Array): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    if (this.#fault !== null || !this.#readPreface()) return;
    while (this.#pending.length >= 9) {
      const length = this.#pending.readUIntBE(0, 3);
      if (this.#pending.length < 9 + length) return;
      const frame = this.#pending.subarray(0, 9 + length);
      this.#pending = this.#pending.subarray(9 + length);
      try {
        this.#readFrame(frame);
      } catch (error) {
        this.#fault = error instanceof Error ? error.message : String(error);
        return;
      }
    }
  }

  #readPreface(): boolean {
    if (this.#hasPreface) return true;
    if (this.#pending.length < PREFACE.length) return false;
    if (!this.#pending.subarray(0, PREFACE.length).equals(PREFACE)) {
      this.#fault = 'no preface';
      return false;
    }
    this.#pending = this.#pending.subarray(PREFACE.length);
    this.#hasPreface = true;
    return true;
  }

  #readFrame(frame: Buffer): void {
    const [type, flags] = [frame.readUInt8(3), frame.readUInt8(4)];
    const stream = frame.readUInt32BE(5) & 0x7fff_ffff;
    const payload = frame.subarray(9);
    if (this.#block !== null && (type !== FRAME.continuation || stream !== this.#block.stream))
      throw new Error('a header block was interrupted');
    if (type === FRAME.headers) {
      const ends = (flags & FLAG.endStream) !== 0;
      this.#block = { stream, pieces: [unpadded(payload, flags)], ends };
    } else if (type === FRAME.continuation) {
      if (this.#block === null) throw new Error('CONTINUATION of no header block');
      this.#block.pieces.push(payload);
    } else if (type === FRAME.data) this.#readData(stream, flags, payload);
    if ((type === FRAME.headers || type === FRAME.continuation) && (flags & FLAG.endHeaders) !== 0)
      this.#endBlock();
  }

  #endBlock(): void {
    const block = this.#block;
    this.#block = null;
    if (block === null) return;
    const fields = this.#hpack.read(Buffer.concat(block.pieces));
    const end = block.ends ? 'whole' : 'cut';
    const { stream } = block;
    const open = this.#requests.get(stream);
    if (open === undefined) {
      this.#requests.set(stream, { stream, fields, trailers: [], bodyBytes: 0, end });
    } else {
      open.trailers = [...open.trailers, ...fields];
      open.end = end;
    }
  }

  #readData(stream: number, flags: number, payload: Buffer): void {
    const open = this.#requests.get(stream);
    if (open === undefined) return;
    open.bodyBytes += unpadded(payload, flags & FLAG.padded).length;
    if ((flags & FLAG.endStream) !== 0) open.end = 'whole';
  }
}

function unpadded(payload: Buffer, flags: number): Buffer {
  const isPadded = (flags & FLAG.padded) !== 0;
  const padding = isPadded ? (payload[0] ?? 0) : 0;
  const from = (isPadded ? 1 : 0) + ((flags & FLAG.priority) !== 0 ? 5 : 0);
  return payload.subarray(from, payload.length - padding);
}

/** The one value of a pseudo-header; null when there is none, or more than one. */
export function pseudoOf(fields: readonly Field[], name: string): string | null {
  const values = fields.filter((field) => field[0] === name);
  return values.length === 1 ? (values[0]?.[1] ?? null) : null;
}

/**
 * The head of the request as a careless front server writes it when it passes it on over HTTP/1.1: nothing is checked, so
 * a line end in a value is a line end. Bodies are left out.
 */
export function asHttp1Head({ fields }: Http2Request): string {
  const method = pseudoOf(fields, ':method') ?? '';
  // A WebSocket is an extended CONNECT here, and a GET there (RFC 8441 section 5).
  const line = `${method === 'CONNECT' ? 'GET' : method} ${pseudoOf(fields, ':path') ?? ''} HTTP/1.1`;
  const lines = fields.flatMap(([name, value]) => {
    if (name === ':authority') return [`host: ${value}`];
    return name.startsWith(':') || name === 'content-length' ? [] : [`${name}: ${value}`];
  });
  return `${[line, ...lines].join('\r\n')}\r\n\r\n`;
}
