// Reading DER (ITU-T X.690), in which certificates, revocation lists and OCSP answers are written.
// Must not know what is read. Throws RangeError on malformed input; whoever reads untrusted bytes catches it.

/** One value: its tag octet, its content, and the two with the length as they stood. */
export interface Tlv {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectId: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The values that stand one after another in `bytes`. Throws RangeError when they do not fill it exactly. */
export function readTlvs(bytes: Uint8Array): readonly Tlv[] {
  const values: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = readTlv(bytes, at);
    values.push(value);
    at += value.whole.length;
  }
  return values;
}

/** The single value that `bytes` is. Throws RangeError when there is none or another follows. */
export function readOne(bytes: Uint8Array): Tlv {
  const [value, more] = readTlvs(bytes);
  if (value === undefined || more !== undefined) throw new RangeError('exactly one DER value was expected');
  return value;
}

/** The dotted text of an object identifier's content. */
export function objectIdText(content: Uint8Array): string {
  const numbers: number[] = [];
  let value = 0;
  for (const octet of content) {
    value = value * 128 + (octet & 0x7f);
    if ((octet & 0x80) !== 0) continue;
    if (numbers.length === 0) {
      const first = Math.min(2, Math.floor(value / 40));
      numbers.push(first, value - first * 40);
    } else numbers.push(value);
    value = 0;
  }
  return numbers.join('.');
}

function readTlv(bytes: Uint8Array, start: number): Tlv {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) throw new RangeError('a DER value is cut short');
  if ((tag & 0x1f) === 0x1f) throw new RangeError('a DER tag of more than one octet is not expected here');
  const lengthSize = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthSize > 4) throw new RangeError('a DER length is not acceptable');
  let size = lengthSize === 0 ? first : 0;
  for (const octet of bytes.subarray(start + 2, start + 2 + lengthSize)) size = size * 256 + octet;
  const from = start + 2 + lengthSize;
  if (from + size > bytes.length) throw new RangeError('a DER value is cut short');
  return { tag, content: bytes.subarray(from, from + size), whole: bytes.subarray(start, from + size) };
}
