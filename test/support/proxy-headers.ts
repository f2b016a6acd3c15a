// PROXY protocol headers made by hand, right or wrong in one place, for parsers and for speaking through a listener.
// Must not know the parser under test.
import { uint16, vector } from './client-hellos.ts';
import { joinBytes, latin1 } from './wire-steps.ts';

/** A version 1 header: `proxyLine('TCP4 10.0.0.1 10.0.0.2 1000 443')`. */
export function proxyLine(rest: string): Uint8Array {
  return latin1(`PROXY ${rest}\r\n`);
}

/** A version 1 header that says the client is `address`. */
export function proxyLineFor(address: string, port = 40_000): Uint8Array {
  return address.includes(':')
    ? proxyLine(`TCP6 ${address} ::1 ${port} 443`)
    : proxyLine(`TCP4 ${address} 127.0.0.1 ${port} 443`);
}

export interface BinaryParts {
  /** Version and command; 0x21 is version 2, PROXY. */
  readonly command?: number;
  /** Family and transport; 0x11 is TCP over IPv4. */
  readonly family?: number;
  readonly payload?: readonly number[];
}

/** A version 2 header around the payload. */
export function proxyBinary(parts: BinaryParts = {}): Uint8Array {
  const { command = 0x21, family = 0x11, payload = ipv4Payload() } = parts;
  return joinBytes(V2_SIGNATURE, [command, family], vector(2, payload));
}

/** Two IPv4 addresses and two ports. */
export function ipv4Payload(tlvs: readonly number[] = []): number[] {
  return [10, 20, 0, 1, 127, 0, 0, 1, ...uint16(40_000), ...uint16(443), ...tlvs];
}

/** Two IPv6 addresses and two ports; `from` and `to` are 16 bytes. */
export function ipv6Payload(from: readonly number[], to: readonly number[]): number[] {
  return [...from, ...to, ...uint16(40_000), ...uint16(443)];
}

export function tlv(type: number, value: readonly number[]): number[] {
  return [type, ...vector(2, value)];
}

export const V2_SIGNATURE: readonly number[] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10];
