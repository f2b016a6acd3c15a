// Whether a client begins to speak HTTP in clear: a method, a blank. Must not know what it asks for.
import { done, malformed, NEED_MORE, type WireStep } from './step.ts';

/**
 * Reads as far as it takes to tell. A method is letters and hyphens, as every registered one is (IANA, HTTP Method
 * Registry): `SSH-2.0-OpenSSH` is none, and no TLS record begins so.
 */
export function readFirstWords(bytes: Uint8Array): WireStep<'http', 'not-http'> {
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === BLANK && at > 0) return done('http', at + 1);
    if (!isOfMethod(bytes[at]) || at === LONGEST_METHOD)
      return malformed('not-http', 'the first word is no method');
  }
  return NEED_MORE;
}

const BLANK = 0x20;
/** `UPDATEREDIRECTREF` has 17 letters. */
const LONGEST_METHOD = 24;

function isOfMethod(byte = 0): boolean {
  const lower = byte | 0x20;
  return byte === 0x2d || (lower >= 0x61 && lower <= 0x7a);
}
