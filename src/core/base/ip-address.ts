// IP addresses and networks as the gate compares them: canonical text, IPv4-mapped IPv6 as IPv4.
// Must not know names, ports or rules.
import ipaddr from 'ipaddr.js';
import { err, ok, type Result } from './result.ts';

declare const addressBrand: unique symbol;

/** A canonical IP address: dotted decimal, or RFC 5952 text; an IPv4-mapped IPv6 address is its IPv4 address. No zone. */
export type IpAddress = string & { readonly [addressBrand]: 'IpAddress' };

/** A network in CIDR notation, host bits zero. `bits` counts from the left of `address`. */
export interface Cidr {
  readonly address: IpAddress;
  readonly bits: number;
}

/**
 * Reads an address in its one strict spelling: four decimal octets without leading zeros, or RFC 4291 text.
 * Octal, hexadecimal, short and zoned spellings are refused. The error says what is wrong, without quoting the text.
 */
export function parseIpAddress(text: string): Result<IpAddress, string> {
  if (text.includes('%')) return err('an address carries no zone');
  // Asked first, since the library throws and catches inside for every text that is a name, on every connection.
  if (FOUR_NUMBERS.test(text) && ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return STRICT_IPV4.test(text) ? ok(text as IpAddress) : err('an IPv4 octet has no leading zero');
  }
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text))
    return err('an IP address is like 10.1.2.3 or 2001:db8::1');
  const six = ipaddr.IPv6.parse(text);
  return ok(
    (six.isIPv4MappedAddress() ? six.toIPv4Address().toString() : six.toRFC5952String()) as IpAddress,
  );
}

/** Reads `ADDRESS/BITS`; a bare address is a network of one. Host bits that are set are refused. */
export function parseCidr(text: string): Result<Cidr, string> {
  const slash = text.indexOf('/');
  const literal = slash < 0 ? text : text.slice(0, slash);
  const parsed = parseIpAddress(literal);
  if (!parsed.ok) return parsed;
  const mapped = literal.includes(':') && !parsed.value.includes(':');
  const width = parsed.value.includes(':') ? 128 : 32;
  if (slash < 0) return ok({ address: parsed.value, bits: width });
  const suffix = text.slice(slash + 1);
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(suffix)) return err('a network is like 10.20.0.0/16');
  const bits = Number(suffix) - (mapped ? 96 : 0);
  if (bits < 0 || bits > width)
    return err(`the prefix length of this network is between ${mapped ? 96 : 0} and ${mapped ? 128 : width}`);
  const bytes = addressBytes(parsed.value);
  const masked = maskBytes(bytes, bits);
  if (masked.some((byte, at) => byte !== bytes[at])) {
    return err(`host bits are set; the network is ${textOf(masked)}/${bits}`);
  }
  return ok({ address: parsed.value, bits });
}

/** True when the address lies in the network; addresses of the other family never do. */
export function cidrContains(cidr: Cidr, address: IpAddress): boolean {
  const bytes = addressBytes(address);
  const network = addressBytes(cidr.address);
  if (bytes.length !== network.length) return false;
  return maskBytes(bytes, cidr.bits).every((byte, at) => byte === network[at]);
}

/** The first and the last address of a network, and those right beside them; null where the space of addresses ends. */
export function networkEdges(cidr: Cidr): {
  readonly first: IpAddress;
  readonly last: IpAddress;
  readonly before: IpAddress | null;
  readonly after: IpAddress | null;
} {
  const bytes = addressBytes(cidr.address);
  const first = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const last = first | ((1n << BigInt(bytes.length * 8 - cidr.bits)) - 1n);
  const at = (value: bigint): IpAddress | null => {
    if (value < 0n || value >> BigInt(bytes.length * 8) !== 0n) return null;
    const shifts = bytes.map((_, index) => BigInt((bytes.length - 1 - index) * 8));
    const read = parseIpAddress(textOf(shifts.map((shift) => Number((value >> shift) & 0xffn))));
    return read.ok ? read.value : null;
  };
  const { address } = cidr;
  return { first: address, last: at(last) ?? address, before: at(first - 1n), after: at(last + 1n) };
}

/** The address as 4 or 16 bytes in network order, for compiled lookups. */
export function addressBytes(address: IpAddress): readonly number[] {
  return ipaddr.parse(address).toByteArray();
}

const FOUR_NUMBERS = /^[0-9]+(?:\.[0-9]+){3}$/;
const STRICT_IPV4 = /^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$/;

function maskBytes(bytes: readonly number[], bits: number): number[] {
  return bytes.map((byte, at) => {
    const kept = Math.min(8, Math.max(0, bits - at * 8));
    return byte & ((0xff << (8 - kept)) & 0xff);
  });
}

function textOf(bytes: number[]): string {
  const address = ipaddr.fromByteArray(bytes);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}
