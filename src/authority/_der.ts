// The part of DER (ITU-T X.690) that certificates and revocation lists need: writing values, and walking them.
// Must not know what a certificate is.

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

/** A value of any tag; `parts` are joined to its content. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.of(tag), lengthOctets(size), ...parts]);
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(TAG.sequence, ...parts);
}

/** Context-specific and constructed: an explicit tag, or an implicit one of a constructed value. */
export function tagged(number: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return tlv(0xa0 | number, ...parts);
}

/** Context-specific and primitive: an implicit tag of a string or number. */
export function taggedPrimitive(number: number, content: Uint8Array): Uint8Array {
  return tlv(0x80 | number, content);
}

/** A non-negative integer from big-endian octets, in the shortest form. */
export function integer(octets: Uint8Array): Uint8Array {
  let at = 0;
  while (at < octets.length - 1 && octets[at] === 0) at += 1;
  const shortest = octets.subarray(at);
  const signed = ((shortest[0] ?? 0) & 0x80) !== 0;
  return tlv(TAG.integer, signed || shortest.length === 0 ? Uint8Array.of(0) : new Uint8Array(), shortest);
}

/** A non-negative safe integer. */
export function smallInteger(value: number): Uint8Array {
  const hex = value.toString(16);
  return integer(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

export function booleanTrue(): Uint8Array {
  return tlv(TAG.boolean, Uint8Array.of(0xff));
}

export function octetString(content: Uint8Array): Uint8Array {
  return tlv(TAG.octetString, content);
}

/** A bit string whose last octet has `unused` padding bits. */
export function bitString(content: Uint8Array, unused = 0): Uint8Array {
  return tlv(TAG.bitString, Uint8Array.of(unused), content);
}

export function utf8String(text: string): Uint8Array {
  return tlv(TAG.utf8, Buffer.from(text, 'utf8'));
}

export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap(base128);
  return tlv(TAG.objectId, Uint8Array.from(octets));
}

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280 section 4.1.2.5); whole seconds. */
export function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+Z$/g, '');
  const year = Number(digits.slice(0, 4));
  const short = year >= 1950 && year < 2050;
  return tlv(short ? TAG.utcTime : TAG.generalizedTime, Buffer.from(`${short ? digits.slice(2) : digits}Z`));
}

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

function lengthOctets(size: number): Uint8Array {
  if (size < 0x80) return Uint8Array.of(size);
  const octets: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

function base128(value: number): number[] {
  const octets = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128))
    octets.unshift((rest % 128) | 0x80);
  return octets;
}
