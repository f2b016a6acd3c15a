// Frames of HTTP/2 as bytes (RFC 9113 section 4.1), for what no library would send: each is built alone, in any order.
// Must not know sockets, nor whether what is built makes sense.

/** Frame types (RFC 9113 section 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames; ACK and END_STREAM share a bit. */
export const FLAG = { none: 0, endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** What a client says first (RFC 9113 section 3.4). */
export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

/** A frame with any payload, legal or not. */
export function frameOf({ type, flags, stream }: FrameHead, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** SETTINGS with these identifiers and values; none makes the empty frame. */
export function settingsFrame(pairs: readonly (readonly [id: number, value: number])[] = []): Buffer {
  const payload = Buffer.alloc(6 * pairs.length);
  pairs.forEach(([id, value], at) => {
    payload.writeUInt16BE(id, 6 * at);
    payload.writeUInt32BE(value, 6 * at + 2);
  });
  return frameOf({ type: FRAME.settings, flags: FLAG.none, stream: 0 }, payload);
}

export function settingsAck(): Buffer {
  return frameOf({ type: FRAME.settings, flags: FLAG.ack, stream: 0 }, Buffer.alloc(0));
}

export function pingFrame(): Buffer {
  return frameOf({ type: FRAME.ping, flags: FLAG.none, stream: 0 }, Buffer.alloc(8));
}

export function resetFrame(stream: number, code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frameOf({ type: FRAME.resetStream, flags: FLAG.none, stream }, payload);
}

export function windowUpdateFrame(stream: number, increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frameOf({ type: FRAME.windowUpdate, flags: FLAG.none, stream }, payload);
}

export function dataFrame(stream: number, flags: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  return frameOf({ type: FRAME.data, flags, stream }, payload);
}

/** HEADERS that is whole in one frame; names and values by turns, each a literal. */
export function headersFrame(
  fields: readonly string[],
  head: { readonly stream: number; readonly flags: number } = {
    stream: 1,
    flags: FLAG.endStream | FLAG.endHeaders,
  },
): Buffer {
  return frameOf({ type: FRAME.headers, ...head }, literalFields(fields));
}

export function continuationFrame(stream: number, flags: number, block: Uint8Array): Buffer {
  return frameOf({ type: FRAME.continuation, flags, stream }, block);
}

/** A header block of literals without indexing (RFC 7541 section 6.2.2). */
export function literalFields(fields: readonly string[]): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2)
    pieces.push(Buffer.from([0]), hpackText(fields[at] ?? ''), hpackText(fields[at + 1] ?? ''));
  return Buffer.concat(pieces);
}

/** A literal that enters the dynamic table (RFC 7541 section 6.2.1): one byte names it from then on. */
export function indexedLiteral(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), hpackText(name), hpackText(value)]);
}

/** The newest entry of the dynamic table, named so many times (RFC 7541 section 6.1). */
export function newestEntry(times: number): Buffer {
  return Buffer.alloc(times, 0x80 | 62);
}

/** A string that is not Huffman coded (RFC 7541 section 5.2). */
function hpackText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([hpackLength(bytes.length), bytes]);
}

/** An integer with a prefix of seven bits (RFC 7541 section 5.1). */
function hpackLength(length: number): Buffer {
  if (length < 0x7f) return Buffer.from([length]);
  const bytes = [0x7f];
  let rest = length - 0x7f;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push(0x80 | (rest % 0x80));
  return Buffer.from([...bytes, rest]);
}

/** A frame as it was read. */
export interface ReadFrame extends FrameHead {
  readonly payload: Buffer;
}

/** The whole frames at the start of what a server sent. */
export function readFrames(bytes: Buffer): readonly ReadFrame[] {
  const frames: ReadFrame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    const head = { type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, stream: bytes.readUInt32BE(at + 5) };
    frames.push({ ...head, payload: bytes.subarray(at + 9, end) });
    at = end;
  }
  return frames;
}

/** The error code of the first GOAWAY among the frames; null when there is none. */
export function goAwayCode(frames: readonly ReadFrame[]): number | null {
  const first = frames.find(({ type }) => type === FRAME.goAway);
  return first === undefined ? null : first.payload.readUInt32BE(4);
}
