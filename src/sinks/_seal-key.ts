// The key that seals the heads of streams: made from the installation's print key, so that there is one secret to keep.
// Must not know where the print key lies.
import { createHmac } from 'node:crypto';
import type { StreamHead } from '../core/record/chain.ts';

/** HMAC-SHA-256 of a head, in hex: whoever lacks the key can write no head that passes for the gate's. */
export function sealOf({ stream, seq, hash }: StreamHead, printKey: Uint8Array): string {
  const key = createHmac('sha256', printKey).update('gatewright record seal').digest();
  return createHmac('sha256', key).update(`${stream} ${seq} ${hash}`).digest('hex');
}
