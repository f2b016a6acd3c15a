// Values filed under networks, found by address in as many look-ups as there are prefix lengths.
// Must not know what the values mean.
import type { Cidr, IpAddress } from '../../base/ip-address.ts';

/** An address in the form that look-ups need: the 32 bits of IPv4 as a number, the 128 of IPv6 as 32 hexadecimal digits. */
export type AddressKey =
  | { readonly family: 4; readonly word: number }
  | { readonly family: 6; readonly digits: string };

/** Prefix length → key of the network → values. */
export interface NetworkTable<T> {
  readonly four: ReadonlyMap<number, ReadonlyMap<string | number, readonly T[]>>;
  readonly six: ReadonlyMap<number, ReadonlyMap<string | number, readonly T[]>>;
}

export function addressKey(address: IpAddress): AddressKey {
  return address.includes(':')
    ? { family: 6, digits: digitsOf(address) }
    : { family: 4, word: wordOf(address) };
}

/** Files each value under its networks. */
export function networkTable<T>(entries: Iterable<readonly [Cidr, T]>): NetworkTable<T> {
  const families = {
    4: new Map<number, Map<string | number, T[]>>(),
    6: new Map<number, Map<string | number, T[]>>(),
  };
  for (const [cidr, value] of entries) {
    const key = addressKey(cidr.address);
    const byBits = families[key.family];
    const byPrefix = byBits.get(cidr.bits) ?? new Map<string | number, T[]>();
    byBits.set(cidr.bits, byPrefix);
    const prefix = prefixOf(key, cidr.bits);
    const values = byPrefix.get(prefix) ?? [];
    byPrefix.set(prefix, values);
    values.push(value);
  }
  return { four: families[4], six: families[6] };
}

/** Every value whose network contains the address. */
export function valuesAt<T>(table: NetworkTable<T>, address: AddressKey): readonly T[] {
  const found: T[] = [];
  for (const [bits, byPrefix] of address.family === 4 ? table.four : table.six) {
    const values = byPrefix.get(prefixOf(address, bits));
    if (values !== undefined) found.push(...values);
  }
  return found;
}

/** True when any network contains the address. */
export function hasAddress(table: NetworkTable<unknown>, address: AddressKey): boolean {
  for (const [bits, byPrefix] of address.family === 4 ? table.four : table.six)
    if (byPrefix.has(prefixOf(address, bits))) return true;
  return false;
}

/** The first `bits` bits of an address, as a key. */
function prefixOf(key: AddressKey, bits: number): string | number {
  if (key.family === 4) return bits === 0 ? 0 : key.word >>> (32 - bits);
  const whole = key.digits.slice(0, bits >> 2);
  const rest = bits & 3;
  if (rest === 0) return whole;
  return `${whole}.${Number.parseInt(key.digits.charAt(bits >> 2), 16) >> (4 - rest)}`;
}

/** Canonical dotted decimal: four numbers and nothing else. */
function wordOf(address: IpAddress): number {
  let word = 0;
  let octet = 0;
  for (let at = 0; at < address.length; at += 1) {
    const digit = address.charCodeAt(at) - ZERO;
    if (digit >= 0) octet = octet * 10 + digit;
    else {
      word = word * 256 + octet;
      octet = 0;
    }
  }
  return word * 256 + octet;
}

/** The code of `0`; that of the dot is lower. */
const ZERO = 0x30;

/** RFC 5952 text: eight groups without leading zeros, the longest run of zero groups as `::`. */
function digitsOf(address: IpAddress): string {
  const [head = '', tail = null] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === null || tail === '' ? [] : tail.split(':');
  const padded = (groups: readonly string[]): string =>
    groups.map((group) => group.padStart(4, '0')).join('');
  return padded(left) + '0000'.repeat(8 - left.length - right.length) + padded(right);
}
