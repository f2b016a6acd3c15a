// The frames of one direction of a WebSocket (RFC 6455 section 5): headers are judged as they come, payloads are counted.
// Must not know sockets, nor what a message says.
import type { WireFault } from './step.ts';

/** Why bytes are no frames of a WebSocket; docs/errors.md explains each. */
export const FRAME_FAULTS = [
  'bad-opcode',
  'bad-reserved-bits',
  'bad-mask',
  'bad-length',
  'bad-control-frame',
  'bad-fragment',
  'bad-close-code',
  'data-after-close',
] as const;

export type FrameFaultCode = (typeof FRAME_FAULTS)[number];

/** The reserved bits of a first byte that negotiated extensions gave a meaning: in a message's first frame, and elsewhere. */
export interface ReservedBits {
  readonly first: number;
  readonly other: number;
}

/** What one push gave: views into the pushed bytes, led by what was held of a header that is whole by it. */
export interface ScannedFrames {
  /** All of it belongs to frames that may go on. */
  readonly passed: readonly Uint8Array[];
  /** Nothing of this direction goes on any more. */
  readonly fault: WireFault<FrameFaultCode> | null;
}

/** Holds back no more than one header, and lets payloads through as they come. */
export class FrameScanner {
  readonly #from: 'client' | 'server';
  readonly #reserved: ReservedBits;
  readonly #head = new Uint8Array(LONGEST_HEAD);
  #headBytes = 0;
  #payloadLeft = 0;
  #isWithinMessage = false;
  #isClosed = false;
  #fault: WireFault<FrameFaultCode> | null = null;

  constructor(options: { readonly from: 'client' | 'server'; readonly reserved: ReservedBits }) {
    this.#from = options.from;
    this.#reserved = options.reserved;
  }

  push(bytes: Uint8Array): ScannedFrames {
    const held = this.#head.slice(0, this.#headBytes);
    let at = 0;
    let whole = 0;
    while (at < bytes.length && this.#fault === null) {
      if (this.#payloadLeft > 0) {
        const take = Math.min(this.#payloadLeft, bytes.length - at);
        this.#payloadLeft -= take;
        at += take;
        whole = at;
        continue;
      }
      this.#head[this.#headBytes] = bytes[at] ?? 0;
      this.#headBytes += 1;
      at += 1;
      this.#fault = this.#headFault();
      if (this.#fault === null && this.#isHeadWhole()) {
        this.#beginPayload();
        whole = at;
      }
    }
    const view = bytes.subarray(0, whole);
    return { passed: whole === 0 ? [] : held.length === 0 ? [view] : [held, view], fault: this.#fault };
  }

  /** Whether the direction may end here, with no frame cut. */
  get isWhole(): boolean {
    return this.#payloadLeft === 0 && this.#headBytes === 0;
  }

  /** Whether a Close of the gate's own may stand behind what was let through. */
  get takesClose(): boolean {
    return this.#payloadLeft === 0 && !this.#isClosed;
  }

  get #opcode(): number {
    return this.#byte(0) & 0x0f;
  }

  get #isControl(): boolean {
    return this.#opcode >= OPCODE.close;
  }

  get #isFinal(): boolean {
    return (this.#byte(0) & FIN) !== 0;
  }

  /** The length of the second byte: itself up to 125, else how it goes on. */
  get #shortLength(): number {
    return this.#byte(1) & 0x7f;
  }

  get #lengthEnd(): number {
    return 2 + (EXTENDED_BYTES[this.#shortLength] ?? 0);
  }

  /** Judges what the newest byte of a header made known. */
  #headFault(): WireFault<FrameFaultCode> | null {
    if (this.#headBytes === 1) return this.#firstByteFault();
    if (this.#headBytes === 2) return this.#secondByteFault();
    if (this.#headBytes === this.#lengthEnd) return this.#extendedLengthFault();
    return this.#opcode === OPCODE.close && this.#isHeadWhole() ? this.#closeCodeFault() : null;
  }

  #firstByteFault(): WireFault<FrameFaultCode> | null {
    const opcode = this.#opcode;
    if (!OPCODES.has(opcode)) return fault('bad-opcode', `no frame has the opcode ${opcode}`);
    const isFirst = opcode === OPCODE.text || opcode === OPCODE.binary;
    const reserved = this.#byte(0) & RESERVED;
    if ((reserved & ~(isFirst ? this.#reserved.first : this.#reserved.other)) !== 0)
      return fault('bad-reserved-bits', 'no negotiated extension uses the reserved bits of this frame');
    if (this.#isControl && !this.#isFinal)
      return fault('bad-control-frame', 'a control frame is not fragmented');
    if (this.#isControl) return null;
    if (this.#isClosed) return fault('data-after-close', 'nothing is said behind a Close');
    return isFirst === this.#isWithinMessage
      ? fault('bad-fragment', 'a message that has begun is continued, and no other')
      : null;
  }

  #secondByteFault(): WireFault<FrameFaultCode> | null {
    const isMasked = (this.#byte(1) & MASKED) !== 0;
    if (isMasked !== (this.#from === 'client'))
      return fault('bad-mask', 'frames are masked from the client, and from nobody else');
    if (!this.#isControl) return null;
    if (this.#shortLength > 125)
      return fault('bad-control-frame', 'a control frame has at most 125 bytes of payload');
    return this.#opcode === OPCODE.close && this.#shortLength === 1
      ? fault('bad-close-code', 'the code of a Close has two bytes')
      : null;
  }

  #extendedLengthFault(): WireFault<FrameFaultCode> | null {
    const length = this.#length();
    const least = this.#shortLength === 126 ? 126 : 65_536;
    if (length < least) return fault('bad-length', 'a length is written in as few bytes as it needs');
    return length > Number.MAX_SAFE_INTEGER ? fault('bad-length', 'no frame is as long as that') : null;
  }

  #closeCodeFault(): WireFault<FrameFaultCode> | null {
    if (this.#shortLength === 0) return null;
    const at = this.#maskEnd();
    const mask = (index: number): number =>
      this.#from === 'client' ? this.#byte(this.#lengthEnd + index) : 0;
    const code = ((this.#byte(at) ^ mask(0)) << 8) | (this.#byte(at + 1) ^ mask(1));
    return isCloseCode(code) ? null : fault('bad-close-code', `no Close has the code ${code}`);
  }

  #isHeadWhole(): boolean {
    if (this.#headBytes < 2) return false;
    return this.#headBytes === this.#maskEnd() + this.#codeBytes();
  }

  #maskEnd(): number {
    return this.#lengthEnd + (this.#from === 'client' ? 4 : 0);
  }

  /** The code of a Close is judged before anything of the frame goes on. */
  #codeBytes(): number {
    return this.#opcode === OPCODE.close && this.#shortLength >= 2 ? 2 : 0;
  }

  #beginPayload(): void {
    this.#payloadLeft = this.#length() - this.#codeBytes();
    if (this.#opcode === OPCODE.close) this.#isClosed = true;
    else if (!this.#isControl) this.#isWithinMessage = !this.#isFinal;
    this.#headBytes = 0;
  }

  #length(): number {
    const end = this.#lengthEnd;
    if (end === 2) return this.#shortLength;
    let length = 0;
    for (let at = 2; at < end; at += 1) length = length * 256 + this.#byte(at);
    return length;
  }

  #byte(at: number): number {
    return this.#head[at] ?? 0;
  }
}

/** The reserved bits that a handshake gave a meaning, by the extensions that its answer accepts (RFC 6455 section 9.1). */
export function reservedBitsOf(extensions: readonly string[]): ReservedBits {
  const names = extensions
    .flatMap((line) => line.split(','))
    .map((extension) => (extension.split(';')[0] ?? '').trim().toLowerCase())
    .filter((name) => name !== '');
  if (names.length === 0) return NO_BITS;
  // RFC 7692 section 6: one bit, in the first frame of a message. What other extensions use, only they know.
  return names.every((name) => name === 'permessage-deflate') ? DEFLATE_BITS : ALL_BITS;
}

/** A Close frame with a code and no reason; one that speaks for a client is masked with these four bytes. */
export function closeFrame(code: number, mask: Uint8Array | null): Uint8Array {
  const payload = [code >> 8, code & 0xff];
  if (mask === null) return Uint8Array.of(FIN | OPCODE.close, payload.length, ...payload);
  const masked = payload.map((byte, at) => byte ^ (mask[at] ?? 0));
  return Uint8Array.of(FIN | OPCODE.close, MASKED | payload.length, ...mask.subarray(0, 4), ...masked);
}

/** Closes for what is no frame (RFC 6455 section 7.4.1). */
export const PROTOCOL_ERROR = 1002;

const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const OPCODES: ReadonlySet<number> = new Set(Object.values(OPCODE));
const FIN = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;
const EXTENDED_BYTES: Readonly<Record<number, number>> = { 126: 2, 127: 8 };
/** First bytes, longest length and mask; a Close, whose code is held too, has no such length. */
const LONGEST_HEAD = 2 + 8 + 4;

const NO_BITS: ReservedBits = { first: 0, other: 0 };
const DEFLATE_BITS: ReservedBits = { first: 0x40, other: 0 };
const ALL_BITS: ReservedBits = { first: RESERVED, other: RESERVED };

// RFC 6455 section 7.4 and IANA's registry: 1004, 1005, 1006 and 1015 are never sent, 1016 to 2999 nobody has.
function isCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006);
}

function fault(code: FrameFaultCode, detail: string): WireFault<FrameFaultCode> {
  return { code, detail };
}
