// One worked decision, asked of a running gate by a client that keeps to what the row says, byte for byte.
// Must not know what should come of it.
import type { TLSSocket } from 'node:tls';
import { answerOf, askHttp2, openHttp2 } from './http2-client.ts';
import { proxyLine, proxyLineFor } from './proxy-headers.ts';
import { connectThrough, openRaw, type RawAnswer, type RawConnection } from './raw-client.ts';
import type { TestDoor } from './test-door.ts';
import type { TestScope } from './test-scope.ts';
import { clientFrame } from './websocket-frames.ts';

/** A URL or HOST:PORT, cut where its text says; nothing is normalised. */
export interface Place {
  readonly scheme: 'https' | 'http';
  /** With its port where the text has one. */
  readonly host: string;
  readonly authority: string;
  /** Null for HOST:PORT: the connection alone. */
  readonly target: string | null;
}

export function placeOf(text: string): Place {
  const match = /^(https?):\/\/([^/?#]*)(.*)$/s.exec(text);
  const [, scheme = 'https', host = text, rest = ''] = match ?? [];
  const authority = /:\d*$/.test(host) ? host : `${host}:${scheme === 'http' ? 80 : 443}`;
  const target = match === null ? null : rest.startsWith('/') ? rest : `/${rest}`;
  return { scheme: scheme === 'http' ? 'http' : 'https', host, authority, target };
}

export interface CaseQuestion {
  readonly place: Place;
  readonly proxyPort: number;
  /** Clear text goes inside a tunnel by SOCKS5, in absolute form otherwise. */
  readonly door: TestDoor;
  /** Null: a balancer that does not say who the client is. */
  readonly from: string | null;
  readonly sourcePort: number;
  readonly credentials: string | null;
  readonly method: string;
  readonly websocket: boolean;
  readonly http: '1.1' | '2';
  /** Roots of the client: the gate's CA and upstream's. */
  readonly roots: readonly string[];
  /** A stamp of the client's own, which must not survive an interception. */
  readonly spoof: string;
}

/** What the client saw. */
export interface CaseSighting {
  /** The port the gate saw it come from. */
  readonly clientPort: number;
  readonly connectStatus: number | null;
  /** Subject of whoever signed the certificate in the tunnel. */
  readonly issuer: string | null;
  readonly answer: { readonly status: number; readonly headers: readonly string[]; readonly body: string };
}

/** Asks once; a connection-only question asks for `/` when its tunnel opens. */
export async function askCase(t: TestScope, question: CaseQuestion): Promise<CaseSighting> {
  return question.place.scheme === 'http' ? askPlain(t, question) : askTunnel(t, question);
}

function opening({ from, sourcePort }: CaseQuestion): Uint8Array {
  return from === null ? proxyLine('UNKNOWN') : proxyLineFor(from, sourcePort);
}

async function askPlain(t: TestScope, question: CaseQuestion): Promise<CaseSighting> {
  const { place, credentials } = question;
  if (question.door === 'socks') return askClearTunnel(t, question);
  const connection = await openRaw(t, question.proxyPort);
  await connection.send(opening(question));
  const authorization =
    credentials === null ? [] : [`Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}`];
  const url = `http://${place.host}${place.target ?? '/'}`;
  await connection.send(requestText(question, url, authorization));
  const answer = await connection.readAnswer(question.method);
  return sighting(question, connection, { connectStatus: null, issuer: null, answer });
}

async function askClearTunnel(t: TestScope, question: CaseQuestion): Promise<CaseSighting> {
  const { connection, answer } = await throughDoor(t, question);
  const connectStatus = answer.status;
  if (connectStatus !== 200) return sighting(question, connection, { connectStatus, issuer: null, answer });
  const inner = await askInside(question, connection);
  return sighting(question, connection, { connectStatus, issuer: null, answer: inner });
}

function throughDoor(t: TestScope, question: CaseQuestion): ReturnType<typeof connectThrough> {
  const { place, proxyPort, credentials, door } = question;
  const wish = {
    proxyPort,
    door,
    first: opening(question),
    ...(credentials === null ? {} : { credentials }),
  };
  return connectThrough(t, wireText(place.authority), wish);
}

async function askTunnel(t: TestScope, question: CaseQuestion): Promise<CaseSighting> {
  const { place } = question;
  const { connection, answer } = await throughDoor(t, question);
  const connectStatus = answer.status;
  if (connectStatus !== 200) return sighting(question, connection, { connectStatus, issuer: null, answer });
  const name = serverNameOf(place.authority);
  const secure = await connection.startTls(t, {
    ca: [...question.roots],
    ALPNProtocols: question.http === '2' ? ['h2', 'http/1.1'] : ['http/1.1'],
    ...(name.servername === '' ? { host: name.host } : { servername: name.servername }),
  });
  const issuer = issuerOf(secure.socket);
  const inner =
    secure.socket.alpnProtocol === 'h2'
      ? await askStream(t, question, secure)
      : await askInside(question, secure);
  return sighting(question, connection, { connectStatus, issuer, answer: inner });
}

async function askInside(question: CaseQuestion, secure: RawConnection): Promise<RawAnswer> {
  await secure.send(requestText(question, question.place.target ?? '/', []));
  return secure.readAnswer(question.method);
}

async function askStream(t: TestScope, question: CaseQuestion, secure: RawConnection): Promise<RawAnswer> {
  const { place, method, websocket, spoof } = question;
  const session = await openHttp2(t, secure.socket, place.host);
  const common = { ':path': wireText(place.target ?? '/'), ':authority': place.host, ':scheme': 'https' };
  const extra = { 'sec-github-allowed-enterprise': spoof };
  if (!websocket) {
    const { headers, body, status } = await askHttp2(session, { ':method': method, ...common, ...extra });
    return { status, statusLine: '', headers, body };
  }
  const stream = session.request(
    { ':method': 'CONNECT', ':protocol': 'websocket', ...common, ...extra, 'sec-websocket-version': '13' },
    { endStream: false },
  );
  stream.end(clientFrame());
  const { headers, body, status } = await answerOf(stream);
  return { status, statusLine: '', headers, body };
}

function requestText(question: CaseQuestion, target: string, lines: readonly string[]): string {
  const { place, method, websocket, spoof } = question;
  const handshake = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  const all = [
    `${method} ${wireText(target)} HTTP/1.1`,
    `Host: ${wireText(place.host)}`,
    `Sec-GitHub_Allowed-Enterprise: ${spoof}`,
    ...(websocket ? handshake : []),
    ...lines,
  ];
  return `${all.join('\r\n')}\r\n\r\n`;
}

function sighting(
  question: CaseQuestion,
  connection: RawConnection,
  seen: { readonly connectStatus: number | null; readonly issuer: string | null; readonly answer: RawAnswer },
): CaseSighting {
  const { status, headers, body } = seen.answer;
  const own: unknown = Reflect.get(connection.socket, 'localPort');
  // The outcome of a connection is written when it is over.
  connection.socket.destroy();
  return {
    clientPort: question.from === null ? Number(own) : question.sourcePort,
    connectStatus: seen.connectStatus,
    issuer: seen.issuer,
    answer: { status, headers, body: body.toString('latin1') },
  };
}

/** Text as it goes on the wire: UTF-8, one character for each byte. */
function wireText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

// Clients name neither addresses nor the dot of a rooted name in the hello (RFC 6066 section 3).
function serverNameOf(authority: string): { readonly host: string; readonly servername: string } {
  const host = authority.slice(0, authority.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  const isAddress = host.includes(':') || /^[\d.]+$/.test(host);
  return { host, servername: isAddress ? '' : host.replace(/\.$/, '') };
}

function issuerOf(socket: TLSSocket): string {
  const { issuer } = socket.getPeerCertificate();
  return String(issuer?.CN ?? '');
}
