// What a TLS client says before anything is encrypted: the name it wants and the protocols it speaks.
// Must not know policy, nor what the gate will answer. Strict, so that no later parser can read another name.
import { atEnd, type Cursor, cursorOver, takeBytes, takeNumber, takeVector } from './_cursor.ts';
import { readHelloMessage } from './_tls-records.ts';
import { done, malformed, type WireStep } from './step.ts';

/** Every way in which a ClientHello is refused. `docs/errors.md` explains each. */
export const CLIENT_HELLO_FAULTS = [
  'not-tls',
  'bad-record',
  'too-many-records',
  'not-client-hello',
  'hello-too-big',
  'hello-not-alone',
  'bad-hello',
  'bad-server-name',
  'bad-alpn',
] as const;

export type ClientHelloFault = (typeof CLIENT_HELLO_FAULTS)[number];

export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3';

export interface ClientHello {
  /** The server name as it was sent, printable ASCII and otherwise unjudged; null when the extension is absent. */
  readonly serverName: string | null;
  /** In the client's order; each byte of a protocol's name is one character (Latin-1). */
  readonly alpn: readonly string[];
  /** Versions as sent (0x0304 is TLS 1.3), with the client's grease; the legacy version when it lists none. */
  readonly supportedVersions: readonly number[];
  /** The highest TLS version offered; null when there is none that has a name here. */
  readonly maxVersion: TlsVersion | null;
  /**
   * True when a pre-shared key, a session ticket or a session identifier is offered. A TLS 1.3 client sends a random
   * identifier that means nothing (RFC 8446 appendix D.4), so there the identifier does not count.
   */
  readonly resumes: boolean;
  /** True for greased ones too: nobody but the owner of the key can tell them apart (RFC 9849). */
  readonly encryptedClientHello: boolean;
}

/**
 * Reads the ClientHello at the start of a TLS stream, however many records it was cut into; `used` ends with the last
 * of them. Bytes that cannot start TLS are `not-tls` from the first one that shows it; an SSLv2 hello is none.
 */
export function readClientHello(bytes: Uint8Array): WireStep<ClientHello, ClientHelloFault> {
  const message = readHelloMessage(bytes);
  if (message.kind !== 'done') return message;
  const hello = parseHello(message.value);
  return hello.kind === 'done' ? done(hello.value, message.used) : hello;
}

type Step<T> = Exclude<WireStep<T, ClientHelloFault>, { kind: 'need-more' }>;

/** Code points of the extensions that are read (IANA, TLS ExtensionType Values). */
const SERVER_NAME = 0;
const ALPN = 16;
const SESSION_TICKET = 35;
const PRE_SHARED_KEY = 41;
const SUPPORTED_VERSIONS = 43;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;

const TLS_NAMES: ReadonlyMap<number, TlsVersion> = new Map([
  [0x0301, '1.0'],
  [0x0302, '1.1'],
  [0x0303, '1.2'],
  [0x0304, '1.3'],
]);

/** RFC 8446 section 4.1.2. */
function parseHello(body: Uint8Array): Step<ClientHello> {
  const cursor = cursorOver(body);
  const legacyVersion = takeNumber(cursor, 2);
  const random = takeBytes(cursor, 32);
  const sessionId = takeVector(cursor, 1);
  const cipherSuites = takeVector(cursor, 2);
  const compressions = takeVector(cursor, 1);
  if (legacyVersion === null || random === null || sessionId === null) return badHello('it is cut short');
  if (cipherSuites === null || compressions === null) return badHello('it is cut short');
  if (legacyVersion >> 8 !== 3) return badHello(`its version is 0x${legacyVersion.toString(16)}`);
  if (sessionId.length > 32) return badHello('a session identifier has at most 32 bytes');
  if (cipherSuites.length === 0 || cipherSuites.length % 2 !== 0)
    return badHello('its cipher suites are no list');
  if (!compressions.includes(0)) return badHello('it does not offer the null compression');
  const extensions = takeExtensions(cursor);
  if (extensions === null) return badHello('its extensions are cut short, doubled or followed by more');
  return interpret({ legacyVersion, hasSessionId: sessionId.length > 0, extensions });
}

/** Every extension by its type, in order; null when one comes twice, or the lengths do not add up. */
function takeExtensions(cursor: Cursor): ReadonlyMap<number, Uint8Array> | null {
  const extensions = new Map<number, Uint8Array>();
  if (atEnd(cursor)) return extensions;
  const block = takeVector(cursor, 2);
  if (block === null || !atEnd(cursor)) return null;
  const inner = cursorOver(block);
  while (!atEnd(inner)) {
    const type = takeNumber(inner, 2);
    const data = takeVector(inner, 2);
    // RFC 8446 section 4.2.11: a pre-shared key is the last extension, for it signs all that stands before it.
    if (type === null || data === null || extensions.has(type) || extensions.has(PRE_SHARED_KEY)) return null;
    extensions.set(type, data);
  }
  return extensions;
}

function interpret(parts: {
  readonly legacyVersion: number;
  readonly hasSessionId: boolean;
  readonly extensions: ReadonlyMap<number, Uint8Array>;
}): Step<ClientHello> {
  const { legacyVersion, hasSessionId, extensions } = parts;
  const serverName = readServerName(extensions.get(SERVER_NAME));
  if (serverName.kind === 'malformed') return serverName;
  const alpn = readAlpn(extensions.get(ALPN));
  if (alpn === null)
    return malformed('bad-alpn', 'the list of protocols is empty, cut short or has an empty name');
  const listed = readVersions(extensions.get(SUPPORTED_VERSIONS));
  if (listed === null) return badHello('its supported versions are no list');
  // Without the list nothing above TLS 1.2 can be asked for (RFC 8446 section 4.2.1).
  const supportedVersions = listed.length > 0 ? listed : [Math.min(legacyVersion, 0x0303)];
  const maxVersion = highestVersion(supportedVersions);
  const hasTicket = (extensions.get(SESSION_TICKET)?.length ?? 0) > 0;
  const resumes = extensions.has(PRE_SHARED_KEY) || hasTicket || (hasSessionId && maxVersion !== '1.3');
  const encryptedClientHello = extensions.has(ENCRYPTED_CLIENT_HELLO);
  const hello = { alpn, supportedVersions, maxVersion, resumes, encryptedClientHello };
  return done({ serverName: serverName.value, ...hello }, 0);
}

/** RFC 6066 section 3, with exactly one name: servers differ on which of two they take. */
function readServerName(data: Uint8Array | undefined): Step<string | null> {
  if (data === undefined) return done(null, 0);
  const outer = cursorOver(data);
  const list = takeVector(outer, 2);
  if (list === null || !atEnd(outer)) return malformed('bad-server-name', 'the list of names does not fit');
  const cursor = cursorOver(list);
  const type = takeNumber(cursor, 1);
  const name = takeVector(cursor, 2);
  if (type === null || name === null)
    return malformed('bad-server-name', 'the list of names is empty or cut short');
  if (type !== 0) return malformed('bad-server-name', `the name type is ${type}, a host name is 0`);
  if (!atEnd(cursor)) return malformed('bad-server-name', 'there is more than one name');
  if (name.length === 0 || name.length > 255)
    return malformed('bad-server-name', 'a name has 1 to 255 bytes');
  if (!name.every((byte) => byte > 0x20 && byte < 0x7f))
    return malformed('bad-server-name', 'a name has only printable ASCII characters');
  return done(latin1(name), 0);
}

/** RFC 7301 section 3.1; null when it is no such list. */
function readAlpn(data: Uint8Array | undefined): readonly string[] | null {
  if (data === undefined) return [];
  const outer = cursorOver(data);
  const list = takeVector(outer, 2);
  if (list === null || list.length === 0 || !atEnd(outer)) return null;
  const cursor = cursorOver(list);
  const names: string[] = [];
  while (!atEnd(cursor)) {
    const name = takeVector(cursor, 1);
    if (name === null || name.length === 0) return null;
    names.push(latin1(name));
  }
  return names;
}

/** RFC 8446 section 4.2.1; empty when the extension is absent, null when it is no such list. */
function readVersions(data: Uint8Array | undefined): readonly number[] | null {
  if (data === undefined) return [];
  const outer = cursorOver(data);
  const list = takeVector(outer, 1);
  if (list === null || list.length === 0 || list.length % 2 !== 0 || !atEnd(outer)) return null;
  const cursor = cursorOver(list);
  const versions: number[] = [];
  for (let next = takeNumber(cursor, 2); next !== null; next = takeNumber(cursor, 2)) versions.push(next);
  return versions;
}

function highestVersion(versions: readonly number[]): TlsVersion | null {
  const known = versions.filter((version) => TLS_NAMES.has(version));
  return TLS_NAMES.get(Math.max(...known)) ?? null;
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function badHello(why: string): {
  readonly kind: 'malformed';
  readonly fault: { readonly code: 'bad-hello'; readonly detail: string };
} {
  return {
    kind: 'malformed',
    fault: { code: 'bad-hello', detail: `the ClientHello cannot be read: ${why}` },
  };
}
