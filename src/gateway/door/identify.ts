// Who is asking: Basic proxy credentials against the identity source, on listeners that require them.
// Must not know what a user may do.
import { isUtf8 } from 'node:buffer';
import { headerValues, singleHeader } from '../../core/base/header-lines.ts';
import type { RequestHead } from '../../core/wire/http1-head.ts';
import type { BasicCredentials } from '../../ports.ts';
import { GatewayFailure } from '../failure.ts';
import type { Visit } from '../visit.ts';

/** Null when the client is known, or the listener asks nobody; the visit then carries the user. */
export async function identify(visit: Visit, head: RequestHead): Promise<GatewayFailure | null> {
  const { identity } = visit.context;
  if (visit.listener.credentials === 'none') return null;
  // Each request of a connection says anew who asks.
  visit.identified(null);
  const lines = headerValues(head.headers, 'proxy-authorization');
  if (lines.length === 0)
    return new GatewayFailure('credentials-wanted', 'identify', 'no Proxy-Authorization was sent');
  const credentials = basicCredentials(singleHeader(head.headers, 'proxy-authorization') ?? '');
  if (credentials === null || identity === null) {
    return new GatewayFailure(
      'credentials-wrong',
      'identify',
      'Proxy-Authorization is not one Basic credential',
    );
  }
  const answer = await identity.authenticate(credentials, visit.client.address);
  switch (answer.kind) {
    case 'known':
      visit.identified(answer);
      return null;
    case 'wait':
      return new GatewayFailure('credentials-wait', 'identify', `wait ${answer.seconds} s`);
    default:
      return new GatewayFailure('credentials-wrong', 'identify', 'the user name and password do not match');
  }
}

/** The challenge of a 407 (RFC 7617); UTF-8 is said, so that clients encode names alike. */
export const BASIC_CHALLENGE = 'Basic realm="Gatewright", charset="UTF-8"';

/** Reads `Basic BASE64` (RFC 7617 section 2); null when it is anything else. */
function basicCredentials(header: string): BasicCredentials | null {
  const match = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header);
  if (match === null) return null;
  const text = decoded(Buffer.from(match[1] ?? '', 'base64'));
  const colon = text.indexOf(':');
  if (colon <= 0 || /[\0-\x1f\x7f]/.test(text)) return null;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** UTF-8 as the challenge says; where it is none, Latin-1, which some clients send all the same. */
function decoded(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}
