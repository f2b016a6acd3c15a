// The chunked transfer coding (RFC 9112 section 7.1), decoded as it streams: data comes out, framing stays behind.
// Must not know who sent it or where the data goes.
import { type HeaderLines, headerPairs } from '../base/header-lines.ts';
import type { BodyDecoder, BodyStep } from './http1-body-step.ts';
import type { Http1FaultCode } from './http1-faults.ts';
import { malformed, type WireFault } from './step.ts';

export interface ChunkLimits {
  /** Bytes of the extensions of one chunk; extensions are dropped. */
  readonly chunkExtensionBytes: number;
}

// Bytes of a size without its extensions; the extensions of one body in all, in units of the limit for one chunk.
const SIZE_BYTES = 16;
const EXTENDED_CHUNKS = 16;
const TRAILER_BYTES = 16_384;
const TRAILERS = 64;

/** One body. `push` is called with each piece that arrives until it answers `done` or `malformed`. */
export class ChunkDecoder implements BodyDecoder {
  #state: 'size' | 'data' | 'data-end' | 'trailers' | 'over' = 'size';
  #line = '';
  #left = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;
  readonly #trailers: string[] = [];
  readonly #limits: ChunkLimits;

  constructor(limits: ChunkLimits) {
    this.#limits = limits;
  }

  push(bytes: Uint8Array): BodyStep {
    const data: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const take = Math.min(this.#left, bytes.length - at);
        data.push(bytes.subarray(at, at + take));
        at += take;
        this.#left -= take;
        if (this.#left === 0) this.#state = 'data-end';
        continue;
      }
      const end = this.#takeLine(bytes, at);
      if (end === 'malformed')
        return malformed('bad-chunk', 'a chunk line ends with CR LF and has no control bytes');
      if (end === 'too-long') return malformed('bad-chunk', 'a chunk line is too long');
      if (end === 'need-more') break;
      at = end;
      const line = this.#line;
      this.#line = '';
      const fault = this.#endLine(line);
      if (fault !== null) return { kind: 'malformed', fault };
      if (this.#over()) return { kind: 'done', data, used: at, trailers: this.#trailers };
    }
    return { kind: 'need-more', data };
  }

  #over(): boolean {
    return this.#state === 'over';
  }

  /** Gathers a line; gives the place after its LF once it is whole. */
  #takeLine(bytes: Uint8Array, from: number): number | 'need-more' | 'malformed' | 'too-long' {
    const limit = this.#state === 'trailers' ? TRAILER_BYTES : SIZE_BYTES + this.#limits.chunkExtensionBytes;
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      const afterCr = this.#line.endsWith('\r');
      if (byte === 0x0a) {
        if (!afterCr) return 'malformed';
        this.#line = this.#line.slice(0, -1);
        return at + 1;
      }
      if (afterCr || (byte < 0x20 && byte !== 0x0d && byte !== 0x09) || byte === 0x7f) return 'malformed';
      if (this.#line.length >= limit) return 'too-long';
      this.#line += String.fromCharCode(byte);
    }
    return 'need-more';
  }

  #endLine(line: string): WireFault<Http1FaultCode> | null {
    switch (this.#state) {
      case 'size':
        return this.#endSize(line);
      case 'data-end':
        this.#state = 'size';
        return line === '' ? null : { code: 'bad-chunk', detail: 'the data of a chunk is followed by CR LF' };
      default:
        return this.#endTrailer(line);
    }
  }

  #endSize(line: string): WireFault<Http1FaultCode> | null {
    const match = SIZE_LINE.exec(line);
    if (match === null)
      return { code: 'bad-chunk', detail: 'a chunk begins with its size in hexadecimal digits' };
    const [, digits = '', extensions = ''] = match;
    this.#extensionBytes += extensions.length;
    if (this.#extensionBytes > EXTENDED_CHUNKS * this.#limits.chunkExtensionBytes)
      return { code: 'bad-chunk', detail: 'the chunk extensions of this body are too long' };
    this.#left = Number.parseInt(digits, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'data';
    return null;
  }

  #endTrailer(line: string): WireFault<Http1FaultCode> | null {
    if (line === '') {
      this.#state = 'over';
      return null;
    }
    const match = TRAILER_LINE.exec(line);
    this.#trailerBytes += line.length;
    if (match === null || this.#trailerBytes > TRAILER_BYTES || this.#trailers.length >= TRAILERS * 2) {
      return {
        code: 'bad-trailer',
        detail: `a trailer is NAME: VALUE; at most ${TRAILERS} of them in ${TRAILER_BYTES} bytes`,
      };
    }
    this.#trailers.push(match[1] ?? '', match[2] ?? '');
    return null;
  }
}

/** The head of a chunk of our own making; its data and CR LF follow. */
export function chunkHead(bytes: number): string {
  return `${bytes.toString(16)}\r\n`;
}

/** The last chunk of our own making, with trailers that were already chosen. */
export function lastChunk(trailers: HeaderLines): string {
  let text = '0\r\n';
  for (const [name, value] of headerPairs(trailers)) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}

// Twelve digits are 2^48 bytes: more than any body, and exact in a number.
// Extensions are NAME or NAME=VALUE, with blanks around `;` and `=` (RFC 9112 section 7.1.1) and nowhere else. The values
// are tokens or quoted strings.
const SIZE_LINE =
  /^([0-9A-Fa-f]{1,12})((?:[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e]|\\[\t\x20-\x7e])*"))?)*)$/;
// The look-ahead keeps the leading blanks from being given back one by one.
const TRAILER_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(?![ \t])((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*$/;
