// Who is asking: the bearer of a token, the account of a session, an app, or nobody.
// Must not know what the caller wants, nor verify signatures.
import { headerValues } from '../base/header-lines.ts';
import { unreachable } from '../base/unreachable.ts';
import type { ContractRequest } from './request.ts';
import { findUser, type Holder, type Standing, same } from './standing.ts';
import type { Surface } from './surface.ts';
import type { CopilotPlan } from './world.ts';

export type Caller =
  | { readonly kind: 'anonymous' }
  /** A credential that GitHub does not know. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'session'; readonly login: string }
  /** By a token of any kind, `copilot` included. */
  | {
      readonly kind: 'user';
      readonly login: string;
      readonly token: TokenKind;
      /** A Copilot token keeps the plan that it was made under; any other token follows its user's. */
      readonly plan: CopilotPlan | null;
    }
  | { readonly kind: 'installation'; readonly app: string; readonly organization: string }
  | { readonly kind: 'app'; readonly app: string };

/** By prefix (GitHub Docs, "GitHub's token formats"); `copilot` is `tid=…;…`, `jwt` an app's own. */
export type TokenKind = 'ghp' | 'github_pat' | 'gho' | 'ghu' | 'ghr' | 'ghs' | 'copilot' | 'jwt' | 'other';

/** The name of the cookie that carries a web session. */
export const SESSION_COOKIE = 'user_session';

/** Who is asking, where the surface takes the credential that is shown. */
export function callerOf(request: ContractRequest, standing: Standing, surface: Surface): Caller {
  // OAuth endpoints take client credentials in Authorization, which say nothing about a user.
  if (surface.kind === 'oauth') return { kind: 'anonymous' };
  const session = surface.kind === 'web' ? sessionOf(request, standing) : null;
  if (session !== null) return session;
  const token = presentedToken(request);
  if (token === null) return { kind: 'anonymous' };
  if (request.app !== null) return { kind: 'app', app: request.app };
  const holder = standing.tokens.get(token);
  return holder === undefined ? { kind: 'unknown' } : callerBehind(holder, surface, { token, standing });
}

/** The token in Authorization: Bearer or token scheme, or Basic with the token as password or as user name. */
export function presentedToken(request: Pick<ContractRequest, 'headers'>): string | null {
  const value = headerValues(request.headers, 'authorization')[0];
  if (value === undefined) return null;
  const match = /^(\S+)[ \t]+(.*?)[ \t]*$/.exec(value);
  const [, scheme, credentials] = match ?? [];
  if (scheme === undefined || credentials === undefined || credentials === '') return '';
  if (!same(scheme, 'basic')) return credentials;
  const pair = decodeBase64(credentials);
  const colon = pair.indexOf(':');
  const [user, password] = colon < 0 ? [pair, ''] : [pair.slice(0, colon), pair.slice(colon + 1)];
  return password === '' || password === 'x-oauth-basic' ? user : password;
}

/** The kind that a token's spelling claims. */
export function tokenKind(token: string): TokenKind {
  if (token.startsWith('github_pat_')) return 'github_pat';
  if (/^tid=[^;]*;/.test(token)) return 'copilot';
  if (/^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token)) return 'jwt';
  const prefix = PREFIXES.find((kind) => token.startsWith(`${kind}_`));
  return prefix ?? 'other';
}

/** The value of a cookie; null when it is not there. */
export function cookieValue(request: Pick<ContractRequest, 'headers'>, name: string): string | null {
  // HTTP/2 may send every cookie in a line of its own (RFC 9113 section 8.2.3).
  const pairs = headerValues(request.headers, 'cookie').flatMap((line) => line.split(';'));
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}

const PREFIXES = ['ghp', 'gho', 'ghu', 'ghr', 'ghs'] as const;

function sessionOf(request: ContractRequest, standing: Standing): Caller | null {
  const cookie = cookieValue(request, SESSION_COOKIE);
  const session = cookie === null ? undefined : standing.sessions.get(cookie);
  return session === undefined ? null : { kind: 'session', login: session.login };
}

function callerBehind(
  holder: Holder,
  surface: Surface,
  { token, standing }: { readonly token: string; readonly standing: Standing },
): Caller {
  switch (holder.kind) {
    case 'user':
      return {
        kind: 'user',
        login: holder.login,
        token: tokenKind(token),
        plan: findUser(standing.world, holder.login)?.copilot ?? null,
      };
    case 'installation':
      return { kind: 'installation', app: holder.app, organization: holder.organization };
    case 'copilot': {
      const taken = surface.kind === 'copilot' || surface.kind === 'copilot-account';
      return taken ? { ...holder, kind: 'user', token: 'copilot' } : { kind: 'unknown' };
    }
    case 'refresh':
      return { kind: 'unknown' };
    default:
      return unreachable(holder);
  }
}

function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  } catch {
    return '';
  }
}
