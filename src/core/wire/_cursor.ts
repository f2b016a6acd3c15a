// A place in a block of bytes, for formats made of numbers and length-prefixed vectors.
// Every take is checked against the end: null means that the block is too short for what it claims.

/** `at` moves on with every take; it is never past `bytes.length`. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

export function cursorOver(bytes: Uint8Array): Cursor {
  return { bytes, at: 0 };
}

export function atEnd(cursor: Cursor): boolean {
  return cursor.at === cursor.bytes.length;
}

/** The next `width` bytes (1 to 4) as an unsigned number in network order. */
export function takeNumber(cursor: Cursor, width: number): number | null {
  const block = takeBytes(cursor, width);
  return block === null ? null : block.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The next `length` bytes, as a view and not a copy. */
export function takeBytes(cursor: Cursor, length: number): Uint8Array | null {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) return null;
  const block = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return block;
}

/** A vector that stands after its own length in bytes, written in `width` bytes (RFC 8446 section 3.4). */
export function takeVector(cursor: Cursor, width: number): Uint8Array | null {
  const length = takeNumber(cursor, width);
  return length === null ? null : takeBytes(cursor, length);
}
