// Who may ask the admin API what: the Host, the Origin and the token of a request.
// Must not know what is asked.
import type { IncomingHttpHeaders } from 'node:http';
import type { Role, TokenCheck } from './admin-token.ts';

export interface Refusal {
  readonly status: 401 | 403;
  readonly code: 'foreign-host' | 'foreign-origin' | 'token-wanted' | 'token-unknown' | 'admin-wanted';
  readonly message: string;
}

/**
 * A web page that a name of an attacker's leads here (DNS rebinding) has a foreign Host; a page of another site has a
 * foreign Origin. `localAddress` is the socket's own address, `hosts` the names of the settings, lower-case.
 */
export function foreignRefusal(
  headers: IncomingHttpHeaders,
  here: { readonly localAddress: string; readonly hosts: readonly string[] },
): Refusal | null {
  const host = (headers.host ?? '').toLowerCase();
  const name = hostName(host);
  const own = here.localAddress.replace(/^::ffff:/, '');
  const isOwn =
    name !== null && (name === own || here.hosts.includes(name) || (isLoopback(own) && isLoopback(name)));
  if (!isOwn) {
    const message = `The Host ${JSON.stringify(host)} is not one of this API's; name it in admin.hosts of the settings.`;
    return { status: 403, code: 'foreign-host', message };
  }
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const isOwnPage = origin === undefined || origin.toLowerCase() === `http://${host}`;
  if (isOwnPage && (site === undefined || site === 'same-origin' || site === 'none')) return null;
  const message = `A page of ${JSON.stringify(origin ?? site)} may not ask this API.`;
  return { status: 403, code: 'foreign-origin', message };
}

/** Why the token of a request does not suffice, or null. */
export function tokenRefusal(headers: IncomingHttpHeaders, tokens: TokenCheck, wanted: Role): Refusal | null {
  const presented = /^bearer +([!-~]{1,512})$/i.exec(headers.authorization ?? '')?.[1];
  if (presented === undefined) {
    const message = 'Send the token of the token file: Authorization: Bearer TOKEN.';
    return { status: 401, code: 'token-wanted', message };
  }
  const role = tokens.roleOf(presented);
  if (role === null)
    return { status: 401, code: 'token-unknown', message: 'This token is not one of the API.' };
  if (role === 'admin' || wanted === 'auditor') return null;
  const message = 'The auditor token may only read; this needs the admin token.';
  return { status: 403, code: 'admin-wanted', message };
}

function hostName(host: string): string | null {
  const found = /^(?:\[([0-9a-f:]+)\]|([a-z0-9.-]+))(?::[0-9]{1,5})?$/.exec(host);
  return found?.[1] ?? found?.[2] ?? null;
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(name);
}
