// Who is asking: what a client says for itself against the identity source, on listeners that require it.
// Must not know what a user may do.
import { isUtf8 } from 'node:buffer';
import { headerValues, singleHeader } from '../../core/base/header-lines.ts';
import { unreachable } from '../../core/base/unreachable.ts';
import type { RequestHead } from '../../core/wire/http1-head.ts';
import type { Credential } from '../../ports.ts';
import { type FailureData, GatewayFailure } from '../failure.ts';
import type { FailureCode } from '../failure-table.ts';
import type { Visit } from '../visit.ts';

/** Why a client goes no further, and what it may answer on the same connection: the values of Proxy-Authenticate. */
export interface Unidentified {
  readonly failure: GatewayFailure;
  readonly challenges: readonly string[];
}

/**
 * Null when the client is known, or the listener asks nobody; the visit then carries the user. A credential that is
 * null could not be read.
 */
export async function identify(visit: Visit, credential: Credential | null): Promise<Unidentified | null> {
  const { identity } = visit.context;
  if (visit.listener.credentials === 'none') return null;
  // Each request of a connection says anew who asks.
  visit.identified(null);
  const step = visit.takeIdentityStep();
  const challenges = identity?.challenges ?? [];
  if (credential === null || identity === null) {
    step?.abandon();
    return refused(challenges, 'credentials-wrong', 'Proxy-Authorization is not one credential that is read');
  }
  const answer = await (step === null
    ? identity.authenticate(credential, visit.client.address)
    : step.answer(credential));
  switch (answer.kind) {
    case 'known':
      visit.identified(answer);
      return null;
    case 'more':
      visit.keepIdentityStep(answer.next);
      return refused([answer.challenge], 'credentials-wanted', 'the exchange has another step');
    case 'wait':
      return refused([], 'credentials-wait', {
        detail: `wait ${answer.seconds} s`,
        retryAfterSeconds: answer.seconds,
      });
    case 'down':
      return refused([], 'identity-unavailable', answer.detail);
    case 'unknown':
      return refused(challenges, ...UNKNOWN[credential.kind]);
    default:
      return unreachable(answer);
  }
}

/** What the head of a request says of who asks; null where it cannot be read as one credential. */
export function credentialOf({ headers }: RequestHead): Credential | null {
  if (headerValues(headers, 'proxy-authorization').length === 0) return { kind: 'none' };
  const value = singleHeader(headers, 'proxy-authorization') ?? '';
  return basicCredential(value) ?? negotiateCredential(value);
}

function refused(challenges: readonly string[], code: FailureCode, seen: string | FailureData): Unidentified {
  return { failure: new GatewayFailure(code, 'identify', seen), challenges };
}

const UNKNOWN: Readonly<Record<Credential['kind'], readonly [FailureCode, string]>> = {
  none: ['credentials-wanted', 'no Proxy-Authorization was sent'],
  basic: ['credentials-wrong', 'the user name and password do not match'],
  negotiate: ['credentials-wrong', 'no identity source knows who sent this Negotiate token'],
  certificate: ['credentials-wrong', 'no identity source knows whose certificate this is'],
};

/** Reads `Basic BASE64` (RFC 7617 section 2); null when it is anything else. */
function basicCredential(header: string): Credential | null {
  const match = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header);
  if (match === null) return null;
  const bytes = Buffer.from(match[1] ?? '', 'base64');
  const colon = bytes.indexOf(':');
  return colon < 0 ? null : basicOf(bytes.subarray(0, colon), bytes.subarray(colon + 1));
}

/** A user name and a password as bytes; null where they can be nobody's. Both are in one encoding. */
export function basicOf(user: Uint8Array, password: Uint8Array): Credential | null {
  const text = decoded(Buffer.concat([user, COLON, password]));
  const colon = text.indexOf(':');
  // A name with a colon would be another's name here, and a longer password.
  if (user.includes(COLON_BYTE) || colon <= 0 || /[\0-\x1f\x7f]/.test(text)) return null;
  return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
}

const COLON_BYTE = 0x3a;
const COLON = Uint8Array.of(COLON_BYTE);

/** Reads `Negotiate BASE64` (RFC 4559 section 4.2); null when it is anything else. */
function negotiateCredential(header: string): Credential | null {
  const token = /^negotiate +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1];
  return token === undefined ? null : { kind: 'negotiate', token };
}

/** UTF-8 as the challenge says; where it is none, Latin-1, which some clients send all the same. */
function decoded(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}
