// The part of DER (ITU-T X.690) that certificates and revocation lists need: writing values.
// Must not know what a certificate is.
import { TAG } from '../core/wire/der.ts';

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
