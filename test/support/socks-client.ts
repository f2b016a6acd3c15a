// A SOCKS5 client that says exactly what it is told to (RFC 1928, RFC 1929). Must not know the gate's code.

/** A connection, as far as it is needed here. */
interface Wire {
  send(bytes: Uint8Array): Promise<void>;
  read(length: number): Promise<Buffer>;
}

export interface SocksWish {
  /** `HOST:PORT`, cut where its text says; an address of either family goes as one. */
  readonly authority: string;
  /** `user:password`; the client offers nothing but that then. */
  readonly credentials?: string | undefined;
}

/** What came of it: the reply's code, or where the talk ended before. */
export type SocksEnd = number | 'no-method' | 'not-known' | 'closed';

/** Greets, says who it is, asks for a tunnel. */
export async function openSocks(connection: Wire, wish: SocksWish): Promise<SocksEnd> {
  const isNamed = wish.credentials !== undefined;
  await connection.send(Uint8Array.of(5, 1, isNamed ? 2 : 0));
  const [, method] = await connection.read(2);
  if (method === undefined) return 'closed';
  if (method === 0xff) return 'no-method';
  if (isNamed) {
    await connection.send(passwordBytes(wish.credentials ?? ''));
    const [, verdict] = await connection.read(2);
    if (verdict !== 0) return verdict === undefined ? 'closed' : 'not-known';
  }
  await connection.send(requestBytes(wish.authority));
  const [, reply] = await connection.read(10);
  return reply ?? 'closed';
}

export function passwordBytes(credentials: string): Uint8Array {
  const colon = credentials.indexOf(':');
  const [user, password] = [credentials.slice(0, colon), credentials.slice(colon + 1)].map((text) =>
    Buffer.from(text, 'utf8'),
  );
  return Buffer.concat([vector(user, [1]), vector(password, [])]);
}

/** A CONNECT; text that names no port asks for port 0. */
export function requestBytes(authority: string, command = 1): Uint8Array {
  const cut = /:\d*$/.test(authority) ? authority.lastIndexOf(':') : authority.length;
  const port = Number(authority.slice(cut + 1));
  const place = [(port >> 8) & 0xff, port & 0xff];
  return Buffer.concat([
    Uint8Array.of(5, command, 0),
    hostBytes(authority.slice(0, cut)),
    Uint8Array.from(place),
  ]);
}

function hostBytes(host: string): Uint8Array {
  if (/^(?:\d{1,3}\.){3}\d{1,3}$/.test(host)) return Uint8Array.of(1, ...host.split('.').map(Number));
  const six = /^\[([0-9a-f:]+)\]$/.exec(host)?.[1];
  if (six !== undefined) return Uint8Array.of(4, ...groupsOf(six));
  return vector(Buffer.from(host, 'latin1'), [3]);
}

function groupsOf(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const read = (part = ''): number[] =>
    part === '' ? [] : part.split(':').map((each) => Number.parseInt(each, 16));
  const [left, right] = [read(head), read(tail)];
  const gap = new Array<number>(8 - left.length - right.length).fill(0);
  return [...left, ...gap, ...right].flatMap((group) => [group >> 8, group & 0xff]);
}

function vector(bytes: Uint8Array = new Uint8Array(), before: readonly number[]): Uint8Array {
  return Buffer.concat([Uint8Array.from(before), Uint8Array.of(bytes.length), bytes]);
}
