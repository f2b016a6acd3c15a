// The Castagnoli checksum that a PROXY header may carry (RFC 3309 appendix B). Bit by bit: headers are short.

/** CRC-32C of the bytes as an unsigned 32-bit number, as if those from `zeroFrom` to `zeroTo` were zero. */
export function crc32c(bytes: Uint8Array, zeroFrom = 0, zeroTo = 0): number {
  let sum = 0xffffffff;
  for (let at = 0; at < bytes.length; at += 1) {
    sum ^= at >= zeroFrom && at < zeroTo ? 0 : (bytes[at] ?? 0);
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

const POLYNOMIAL = 0x82f63b78;
