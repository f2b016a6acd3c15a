// Which kind of credential a request carries, told by its prefix. Source: SOURCES.tokenFormats.
// Must not know whose it is; the secret goes to a fingerprint and nowhere else.

export const TOKEN_KINDS = [
  'ghp',
  'github_pat',
  'gho',
  'ghu',
  'ghr',
  'ghs',
  'copilot',
  'jwt',
  'basic',
  'other',
] as const;

/**
 * `ghp` classic personal, `github_pat` fine-grained personal, `gho` OAuth app, `ghu` GitHub App user, `ghr` refresh,
 * `ghs` installation, `copilot` Copilot session, `jwt` an app's own JSON Web Token, `basic` a password, `other` the rest.
 */
export type TokenKind = (typeof TOKEN_KINDS)[number];

export interface Token {
  readonly kind: TokenKind;
  /** The part to take a fingerprint of. Never to be written anywhere. */
  readonly secret: string;
  /** The user name of Basic credentials, unless the token stands there. */
  readonly user: string | null;
}

/** Reads the value of an `Authorization` header; null for an empty one. Tokens inside Basic credentials are found. */
export function tokenOf(authorization: string): Token | null {
  const match = /^\s*([A-Za-z][A-Za-z0-9-]*)\s+(\S.*?)\s*$/s.exec(authorization);
  const scheme = match?.[1]?.toLowerCase();
  const value = match?.[2] ?? authorization.trim();
  if (value === '') return null;
  if (scheme === 'basic') return basicCredential(value);
  return { kind: kindOfToken(value), secret: value, user: null };
}

/** The kind alone; null for an empty header. */
export function tokenKind(authorization: string): TokenKind | null {
  return tokenOf(authorization)?.kind ?? null;
}

function kindOfToken(token: string): TokenKind {
  return PREFIXES.find(([pattern]) => pattern.test(token))?.[1] ?? 'other';
}

const PREFIXES: readonly (readonly [RegExp, TokenKind])[] = [
  [/^ghp_[A-Za-z0-9]/, 'ghp'],
  [/^github_pat_[A-Za-z0-9]/, 'github_pat'],
  [/^gho_[A-Za-z0-9]/, 'gho'],
  [/^ghu_[A-Za-z0-9]/, 'ghu'],
  [/^ghr_[A-Za-z0-9]/, 'ghr'],
  // 36 characters, or since 2026 APPID_JWT of about 520, with dots.
  [/^ghs_[A-Za-z0-9]/, 'ghs'],
  [/^tid=/, 'copilot'],
  [/^eyJ[\w-]*\.[\w-]+\.[\w-]+$/, 'jwt'],
];

function basicCredential(encoded: string): Token {
  const decoded = decodeBase64(encoded);
  const colon = decoded?.indexOf(':') ?? -1;
  if (decoded === null || colon < 0) return { kind: 'other', secret: encoded, user: null };
  const user = decoded.slice(0, colon);
  const password = decoded.slice(colon + 1);
  const passwordKind = kindOfToken(password);
  if (passwordKind !== 'other') return { kind: passwordKind, secret: password, user };
  // `TOKEN:` and `TOKEN:x-oauth-basic` are GitHub's older way.
  const userKind = kindOfToken(user);
  if (userKind !== 'other') return { kind: userKind, secret: user, user: null };
  return { kind: 'basic', secret: password, user };
}

function decodeBase64(text: string): string | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  try {
    return atob(text);
  } catch {
    // A length that no base64 text has.
    return null;
  }
}
