// Both directions of an opened WebSocket, watched: frames go on as they came, anything else ends it with 1002.
// Must not know how it was opened, nor where the bytes go.
import { randomBytes } from 'node:crypto';
import { type HeaderLines, headerValues } from '../../core/base/header-lines.ts';
import {
  closeFrame,
  FrameScanner,
  PROTOCOL_ERROR,
  reservedBitsOf,
} from '../../core/wire/websocket-frames.ts';
import { GatewayFailure } from '../failure.ts';
import type { Direction, Inspected, Inspection } from './pump.ts';

export class WebSocketFrames implements Inspection {
  readonly #scanners: Readonly<Record<Direction, FrameScanner>>;

  /** `answer` are the fields of the answer that opened it: they say which extensions may use reserved bits. */
  constructor(answer: HeaderLines) {
    const reserved = reservedBitsOf(headerValues(answer, 'sec-websocket-extensions'));
    this.#scanners = {
      up: new FrameScanner({ from: 'client', reserved }),
      down: new FrameScanner({ from: 'server', reserved }),
    };
  }

  pass(direction: Direction, bytes: Uint8Array): Inspected {
    const { passed, fault } = this.#scanners[direction].push(bytes);
    return { passed, failure: fault === null ? null : failed(direction, `${fault.code}: ${fault.detail}`) };
  }

  end(direction: Direction): GatewayFailure | null {
    const code = direction === 'up' ? 'client-gone' : 'upstream-closed';
    return this.#scanners[direction].isWhole
      ? null
      : new GatewayFailure(code, 'response', 'the stream ended within a frame');
  }

  lastWords(direction: Direction): Uint8Array | null {
    if (!this.#scanners[direction].takesClose) return null;
    return closeFrame(PROTOCOL_ERROR, direction === 'up' ? randomBytes(4) : null);
  }
}

function failed(direction: Direction, detail: string): GatewayFailure {
  return new GatewayFailure(direction === 'up' ? 'client-frame' : 'upstream-frame', 'response', detail);
}
