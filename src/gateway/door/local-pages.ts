// What a proxy port answers for itself, before credentials: the CA certificate, the revocation list, the PAC file.
// Must not know tunnels.
import { destinationText, parseDestination } from '../../core/base/destination.ts';
import { namedHosts } from '../../core/policy/compile/named-hosts.ts';
import type { RequestHead } from '../../core/wire/http1-head.ts';
import { absoluteForm } from '../../core/wire/request-target.ts';
import type { GateContext } from '../context.ts';
import { errorText } from '../failure.ts';
import { answerMalformed, writeRendered } from '../http1/http1-answers.ts';
import type { Http1Exchange } from '../http1/http1-exchange.ts';
import type { RenderedAnswer } from '../request/answer.ts';
import type { Visit } from '../visit.ts';

/** A page of the gate's own that is asked for: its path, and how the client calls this port. */
export interface LocalAsked {
  readonly path: string;
  readonly host: string;
}

/**
 * What is asked of the gate itself: whatever a proxy port is asked in origin-form, and its own pages asked *through* it,
 * as WinHTTP fetches revocation lists. Null for everything else.
 */
export function localAsked({ context }: Visit, { method, target, host }: RequestHead): LocalAsked | null {
  if (method === 'CONNECT') return null;
  if (target.startsWith('/')) return { path: withoutQuery(target), host: host ?? '' };
  const form = absoluteForm(target, 'http');
  if (form === null || !LOCAL_PAGES.has(withoutQuery(form.rest))) return null;
  const destination = parseDestination(form.authority, 80);
  const isOwn =
    destination.kind === 'address'
      ? context.isGate(destination.host, destination.port)
      : context.ownNames.has(destinationText(destination).toLowerCase());
  return isOwn ? { path: withoutQuery(form.rest), host: form.authority } : null;
}

/** Answers a request addressed to the proxy port itself: one of the gate's pages, or 400 and how a proxy is asked. */
export async function answerLocalPage(
  visit: Visit,
  exchange: Http1Exchange,
  { path, host }: LocalAsked,
): Promise<void> {
  const { method } = exchange.head;
  const page = method === 'GET' || method === 'HEAD' ? await localPage(visit.context, path, host) : null;
  if (page === null)
    answerMalformed(
      visit,
      exchange,
      'this is a proxy port: send CONNECT HOST:PORT, or GET /ca.pem, /ca.crl, /proxy.pac',
    );
  else writeRendered(exchange, page);
}

/** The page, or null when the path is none of ours. `host` is how the client addressed this port. */
async function localPage(
  { leaves, policy }: GateContext,
  path: string,
  host: string,
): Promise<RenderedAnswer | null> {
  switch (path) {
    case '/ca.pem':
      return rendered('application/x-pem-file', Buffer.from(leaves.caPem, 'latin1'));
    case '/ca.crl':
      return crlPage(leaves);
    case '/proxy.pac':
    case '/wpad.dat':
      return rendered(
        'application/x-ns-proxy-autoconfig',
        Buffer.from(pacFile(host, namedHosts(policy.current())), 'latin1'),
      );
    default:
      return null;
  }
}

const LOCAL_PAGES: ReadonlySet<string> = new Set(['/ca.pem', '/ca.crl', '/proxy.pac', '/wpad.dat']);

function withoutQuery(target: string): string {
  return target.split('?')[0] ?? '';
}

/** The revocation list, or 503 where it cannot be made: a mistake in the list of revoked leaves ends nobody's connection. */
async function crlPage(leaves: GateContext['leaves']): Promise<RenderedAnswer> {
  try {
    return rendered('application/pkix-crl', Buffer.from(await leaves.crl()));
  } catch (error) {
    const body = Buffer.from(`${errorText(error)}\n`, 'utf8');
    return {
      status: 503,
      headers: ['content-type', 'text/plain; charset=utf-8', 'content-length', String(body.length)],
      body,
    };
  }
}

/** A PAC file that sends what the policy names to the gate, and the rest directly. */
export function pacFile(proxy: string, hosts: readonly string[]): string {
  const tests = hosts.map((host) =>
    host.startsWith('*.')
      ? `dnsDomainIs(host, ${JSON.stringify(host.slice(1))})`
      : `host === ${JSON.stringify(host)}`,
  );
  return `function FindProxyForURL(url, host) {
  host = host.toLowerCase().replace(/\\.$/, '');
  if (${tests.length === 0 ? 'false' : tests.join('\n   || ')}) return ${JSON.stringify(`PROXY ${proxy}`)};
  return "DIRECT";
}
`;
}

function rendered(type: string, body: Buffer): RenderedAnswer {
  return {
    status: 200,
    headers: ['content-type', type, 'content-length', String(body.length), 'cache-control', 'no-cache'],
    body,
  };
}
