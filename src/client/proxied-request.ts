// One HTTPS request to a host of GitHub, through a proxy's CONNECT or straight to an address, and what came of it.
// Must not know what is asked, nor what a good answer is.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { HeaderLines } from '../core/base/header-lines.ts';

/** How a request leaves this machine. */
export type Way =
  /** `http://USER:PASSWORD@HOST:PORT`; the credentials may be missing. */
  | { readonly kind: 'proxy'; readonly url: string }
  | { readonly kind: 'direct'; readonly host: string; readonly port: number };

export interface Asking {
  /** `https://HOST/PATH` */
  readonly url: string;
  readonly method?: string;
  /** Names and values alternate; a name may stand twice. */
  readonly headers?: HeaderLines;
  readonly body?: string;
  /** A longer answer is none. */
  readonly mostBytes?: number;
  /** How long an answer is waited for; 10 seconds when left out. */
  readonly patienceMs?: number;
}

export type Answered =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: HeaderLines;
      readonly body: string;
    }
  /** The proxy refused the CONNECT. */
  | { readonly kind: 'refused'; readonly status: number; readonly headers: HeaderLines }
  | { readonly kind: 'silent'; readonly why: string };

/** PEM certificates that are believed, in place of this process's own. */
export interface Trust {
  readonly ca: readonly string[];
}

const PATIENCE_MS = 10_000;

/** Never rejects: that nothing came back is an outcome too. Every request has a connection of its own. */
export async function askThrough(way: Way, asking: Asking, trust: Trust): Promise<Answered> {
  const url = new URL(asking.url);
  const patienceMs = asking.patienceMs ?? PATIENCE_MS;
  const late = AbortSignal.timeout(patienceMs);
  try {
    const tunnel = await openTunnel(way, `${url.hostname}:${url.port === '' ? 443 : url.port}`, late);
    if (tunnel.kind === 'refused') return tunnel;
    const secure = await secured(tunnel.socket, url.hostname, { trust, late });
    try {
      return await exchange(secure, asking, late);
    } finally {
      secure.destroy();
    }
  } catch (error) {
    if (late.aborted) return { kind: 'silent', why: `no answer within ${patienceMs / 1_000} seconds` };
    return { kind: 'silent', why: error instanceof Error ? error.message : String(error) };
  }
}

type Tunnel =
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'refused'; readonly status: number; readonly headers: HeaderLines };

function openTunnel(way: Way, authority: string, late: AbortSignal): Promise<Tunnel> {
  if (way.kind === 'proxy') return connectBy(new URL(way.url), authority, late);
  return new Promise((resolve, reject) => {
    const socket = connectPlain({ host: way.host, port: way.port, signal: late });
    socket.once('connect', () => resolve({ kind: 'open', socket }));
    socket.once('error', reject);
  });
}

function connectBy(proxy: URL, authority: string, late: AbortSignal): Promise<Tunnel> {
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const basic = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return new Promise((resolve, reject) => {
    const asked = httpRequest({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port === '' ? 80 : Number(proxy.port),
      method: 'CONNECT',
      path: authority,
      headers: ['Host', authority, ...(credentials === ':' ? [] : ['Proxy-Authorization', basic])],
      // An agent of its own: the process's may lead through another proxy.
      agent: false,
      signal: late,
    });
    asked.once('error', reject);
    asked.once('connect', (answer, socket: Socket) => {
      const { statusCode: status = 0, rawHeaders: headers } = answer;
      if (status === 200) return resolve({ kind: 'open', socket });
      socket.destroy();
      resolve({ kind: 'refused', status, headers });
    });
    asked.end();
  });
}

function secured(
  socket: Socket,
  host: string,
  { trust, late }: { readonly trust: Trust; readonly late: AbortSignal },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connectTls({ socket, servername: host, ca: [...trust.ca], ALPNProtocols: ['http/1.1'] });
    late.addEventListener('abort', () => secure.destroy(new Error('too late')), { once: true });
    secure.once('secureConnect', () => resolve(secure));
    secure.once('error', reject);
    secure.once('close', () => reject(new Error('the connection was closed')));
  });
}

function exchange(secure: TLSSocket, asking: Asking, late: AbortSignal): Promise<Answered> {
  const url = new URL(asking.url);
  const { method = 'GET', headers = [], body = '' } = asking;
  const length = method === 'GET' ? [] : ['Content-Length', String(Buffer.byteLength(body))];
  return new Promise((resolve, reject) => {
    const asked = httpRequest({
      createConnection: () => secure,
      method,
      path: `${url.pathname}${url.search}`,
      // GitHub wants to know who asks (GitHub Docs, "User agent required").
      headers: ['Host', url.host, 'User-Agent', 'gatewright', ...headers, ...length],
      signal: late,
    });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      const { statusCode: status = 0, rawHeaders } = answer;
      wholeText(answer, asking.mostBytes ?? Number.POSITIVE_INFINITY).then(
        (whole) => resolve({ kind: 'answered', status, headers: rawHeaders, body: whole }),
        reject,
      );
    });
    asked.end(body);
  });
}

async function wholeText(answer: IncomingMessage, mostBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer) {
    const read = Buffer.from(piece);
    bytes += read.length;
    if (bytes > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`);
    pieces.push(read);
  }
  return Buffer.concat(pieces).toString('utf8');
}
