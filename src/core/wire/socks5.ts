// What a client says to a SOCKS5 proxy before its tunnel stands (RFC 1928), with a user name and password (RFC 1929),
// and what it is answered. Must not know who may go where.
import { type Destination, parseDestination } from '../base/destination.ts';
import { type Cursor, cursorOver, takeBytes, takeNumber, takeVector } from './_cursor.ts';
import { done, malformed, NEED_MORE, type WireStep } from './step.ts';

/** Every way in which a SOCKS5 message is refused. `docs/errors.md` explains each. */
export const SOCKS_FAULTS = ['not-socks5', 'bad-socks-message', 'bad-socks-address'] as const;

export type SocksFault = (typeof SOCKS_FAULTS)[number];

/** Ways to say who one is (RFC 1928 section 3). */
export const SOCKS_METHOD = { none: 0x00, password: 0x02, unacceptable: 0xff } as const;

/** Replies to a request (RFC 1928 section 6). */
export const SOCKS_REPLY = {
  succeeded: 0x00,
  generalFailure: 0x01,
  notAllowed: 0x02,
  networkUnreachable: 0x03,
  hostUnreachable: 0x04,
  connectionRefused: 0x05,
  ttlExpired: 0x06,
  commandNotSupported: 0x07,
  addressTypeNotSupported: 0x08,
} as const;

export type SocksReply = keyof typeof SOCKS_REPLY;

/** What a client asks for. Only `connect` has a destination that means anything here. */
export interface SocksRequest {
  readonly command: 'connect' | 'other';
  readonly destination: Destination;
}

export interface SocksPassword {
  readonly user: Uint8Array;
  readonly password: Uint8Array;
}

/** The methods that a client offers; it says nothing more until one was chosen. */
export function readSocksGreeting(bytes: Uint8Array): WireStep<readonly number[], SocksFault> {
  const cursor = cursorOver(bytes);
  const version = takeNumber(cursor, 1);
  if (version === null) return NEED_MORE;
  if (version !== VERSION) return malformed('not-socks5', `the first byte is ${VERSION}, not ${version}`);
  if (bytes[1] === 0) return malformed('bad-socks-message', 'a client offers at least one method');
  const methods = takeVector(cursor, 1);
  return methods === null ? NEED_MORE : done([...methods], cursor.at);
}

/** A user name and a password (RFC 1929 section 2); either may be empty. */
export function readSocksPassword(bytes: Uint8Array): WireStep<SocksPassword, SocksFault> {
  const cursor = cursorOver(bytes);
  const version = takeNumber(cursor, 1);
  if (version === null) return NEED_MORE;
  if (version !== PASSWORD_VERSION)
    return malformed('bad-socks-message', `version ${version} of the user name and password is not known`);
  const user = takeVector(cursor, 1);
  const password = user === null ? null : takeVector(cursor, 1);
  return user === null || password === null ? NEED_MORE : done({ user, password }, cursor.at);
}

/** What is asked for, and where. A name is read as strictly as one in a CONNECT, so that it may be malformed. */
export function readSocksRequest(bytes: Uint8Array): WireStep<SocksRequest, SocksFault> {
  const cursor = cursorOver(bytes);
  const [version, command, reserved, type] = bytes;
  if (version !== undefined && version !== VERSION)
    return malformed('not-socks5', `a request begins with ${VERSION}, not ${version}`);
  if (reserved !== undefined && reserved !== 0)
    return malformed('bad-socks-message', 'the reserved byte of a request is 0');
  if (type !== undefined && !ADDRESS_TYPES.has(type))
    return malformed('bad-socks-address', `addresses of type ${type} are not known`);
  cursor.at = 4;
  if (type === undefined) return NEED_MORE;
  const host = takeHost(cursor, type);
  const port = host === null ? null : takeNumber(cursor, 2);
  if (host === null || port === null) return NEED_MORE;
  const destination = parseDestination(`${host}:${port}`);
  return done({ command: command === CONNECT ? 'connect' : 'other', destination }, cursor.at);
}

/** The method that is chosen (RFC 1928 section 3). */
export function socksMethod(method: keyof typeof SOCKS_METHOD): Uint8Array {
  return Uint8Array.of(VERSION, SOCKS_METHOD[method]);
}

/** Whether a user name and password are right (RFC 1929 section 2). */
export function socksVerdict(verdict: 'known' | 'unknown'): Uint8Array {
  return Uint8Array.of(PASSWORD_VERSION, verdict === 'known' ? 0 : 1);
}

/** The answer to a request. The address that the gate bound is nobody's concern: zeros, as most proxies say. */
export function socksReply(reply: SocksReply): Uint8Array {
  return Uint8Array.of(VERSION, SOCKS_REPLY[reply], 0, IPV4, 0, 0, 0, 0, 0, 0);
}

const VERSION = 0x05;
const PASSWORD_VERSION = 0x01;
const CONNECT = 0x01;
const IPV4 = 0x01;
const NAME = 0x03;
const IPV6 = 0x04;
const ADDRESS_TYPES: ReadonlySet<number> = new Set([IPV4, NAME, IPV6]);

/** The host as it stands in an authority; null when the block is too short. */
function takeHost(cursor: Cursor, type: number): string | null {
  if (type === NAME) {
    const name = takeVector(cursor, 1);
    // Each byte as a character: what is no ASCII is then no host name.
    return name === null ? null : String.fromCharCode(...name);
  }
  const block = takeBytes(cursor, type === IPV4 ? 4 : 16);
  if (block === null) return null;
  return type === IPV4 ? block.join('.') : `[${groupsOf(block).join(':')}]`;
}

function groupsOf(block: Uint8Array): string[] {
  const cursor = cursorOver(block);
  return Array.from({ length: 8 }, () => (takeNumber(cursor, 2) ?? 0).toString(16));
}
