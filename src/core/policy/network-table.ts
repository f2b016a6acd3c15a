// Values filed under networks, found by address in as many look-ups as there are prefix lengths.
// Must not know what the values mean.
import { addressBytes, type Cidr, type IpAddress } from '../base/ip-address.ts';

/** An address in the form that look-ups need, made once per client. */
export interface AddressKey {
  readonly family: 4 | 6;
  /** Its first `bits` bits, as a key. */
  prefix(bits: number): string | number;
}

/** Prefix length → key of the network → values. */
export interface NetworkTable<T> {
  readonly four: ReadonlyMap<number, ReadonlyMap<string | number, readonly T[]>>;
  readonly six: ReadonlyMap<number, ReadonlyMap<string | number, readonly T[]>>;
}

export function addressKey(address: IpAddress): AddressKey {
  if (!address.includes(':')) {
    // Canonical dotted decimal: four numbers and nothing else.
    const word = address.split('.').reduce((all, octet) => all * 256 + Number(octet), 0);
    return { family: 4, prefix: (bits) => (bits === 0 ? 0 : word >>> (32 - bits)) };
  }
  const text = addressBytes(address)
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  return { family: 6, prefix: (bits) => text.slice(0, bits) };
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
    const prefix = key.prefix(cidr.bits);
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
    const values = byPrefix.get(address.prefix(bits));
    if (values !== undefined) found.push(...values);
  }
  return found;
}

/** True when any network contains the address. */
export function hasAddress(table: NetworkTable<unknown>, address: AddressKey): boolean {
  for (const [bits, byPrefix] of address.family === 4 ? table.four : table.six)
    if (byPrefix.has(address.prefix(bits))) return true;
  return false;
}
