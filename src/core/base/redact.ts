// What the record and the logs may show of a request target or of any text: never a secret, never a control.
// Must not know who prints it.

/** A target is recorded with at most this many characters. */
export const TARGET_LIMIT = 2_048;

/** Stands where a secret stood. */
export const REDACTED = '[redacted]';

/**
 * A request target as the record shows it: values of secret query parameters, URL userinfo and anything that has the
 * shape of a token replaced by `[redacted]`, controls as `\x1b`, non-ASCII as `\u2028`, at most `TARGET_LIMIT` characters.
 * Total: it takes any text, in particular targets that were refused as malformed.
 */
export function redactTarget(target: string): string {
  // Half a secret has no shape to be known by, so more is read than shown, and the end of what was read never shows.
  const head = target.length > SCAN_LIMIT ? target.slice(0, SCAN_LIMIT) : target;
  const shown = redactParameters(scrubSecrets(head));
  const visible = UNPRINTABLE.test(shown) ? shown.replace(EVERY_UNPRINTABLE, visibleForm) : shown;
  if (visible.length <= TARGET_LIMIT && head === target) return visible;
  const sure = head === target ? visible.length : visible.length - UNSURE;
  return `${visible.slice(0, Math.min(TARGET_LIMIT - CUT_MARK.length, sure))}${CUT_MARK}`;
}

/** An authority that could not be read, as it may be shown: without userinfo, and otherwise as a target. */
export function redactAuthority(text: string): string {
  return redactTarget(text.replace(/^.*@/s, `${REDACTED}@`));
}

/** A method as the record shows it; a word that is none is not shown, since anything may stand there. */
export function redactMethod(method: string): string {
  return METHOD.test(method) ? method : REDACTED;
}

/** A user agent as the record shows it. */
export function shownUserAgent(userAgent: string | null): string | null {
  return userAgent === null ? null : scrubSecrets(userAgent.slice(0, 256));
}

/** Any text with tokens, bearer values and URL userinfo replaced; for log lines and failure details. */
export function scrubSecrets(text: string): string {
  if (!HINT.test(text)) return text;
  let shown = text;
  for (const [pattern, replacement] of SHAPES) shown = shown.replace(pattern, replacement);
  return shown;
}

/** True for a parameter or field name whose value is a secret: `access_token`, `Authorization`, `client-secret`, … */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SECRET_NAMES.has(plain) || SECRET_PARTS.test(plain);
}

// Registered methods are letters and hyphens (RFC 9110 section 16.1, WebDAV).
const METHOD = /^[A-Za-z-]{1,24}$/;
const SCAN_LIMIT = 2 * TARGET_LIMIT;
const UNSURE = 512;
/** Ends a target that was longer. */
export const CUT_MARK = '...[cut]';
const UNPRINTABLE = /[^\x20-\x7e]/;
const EVERY_UNPRINTABLE = /[^\x20-\x7e]/g;

// Token shapes: GitHub's prefixes (docs.github.com, "About authentication to GitHub"), JSON Web Tokens, Copilot's
// `tid=…;exp=…`, and userinfo before a host. An underscore may be percent-encoded.
const HINT = /gh[a-z](?:_|%5f)|github(?:_|%5f)pat|eyJ|tid=|@|%40|bearer|basic|negotiate|\btoken /i;
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/gh[a-z](?:_|%5f)[A-Za-z0-9._%-]{4,}/gi, REDACTED],
  [/github(?:_|%5f)pat(?:_|%5f)[A-Za-z0-9_%-]{4,}/gi, REDACTED],
  [/eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,4}/g, REDACTED],
  [/\btid=[^\s"'&]+/g, REDACTED],
  [/((?::|%3a)(?:\/|%2f){2})[^\s"'/?#]*?(?:@|%40)/gi, `$1${REDACTED}@`],
  [/^(\/\/)[^\s"'/?#]*@/g, `$1${REDACTED}@`],
  [/\b(bearer|negotiate|token)( +)[A-Za-z0-9._~+/=-]{16,}/gi, `$1$2${REDACTED}`],
  [/\b(Basic|basic)( +)[A-Za-z0-9+/=]{8,}/g, `$1$2${REDACTED}`],
];

const SECRET_NAMES: ReadonlySet<string> = new Set(
  'auth code codeverifier cookie devicecode jwt key nonce otp pass passwd pin pw pwd samlrequest samlresponse sess session sessionid setcookie sid sig sso state tok usercode'.split(
    ' ',
  ),
);
const SECRET_PARTS =
  /token|secret|password|passphrase|credential|signature|apikey|accesskey|privatekey|assertion|authorization|authenticity/;

function redactParameters(target: string): string {
  const start = target.search(/[?#]/);
  if (start < 0) return target;
  const pieces = target.slice(start).split(/([?#&;])/);
  return target.slice(0, start) + pieces.map(redactParameter).join('');
}

function redactParameter(piece: string): string {
  const equals = piece.indexOf('=');
  if (equals < 0) return piece;
  const name = piece.slice(0, equals);
  const value = piece.slice(equals + 1);
  if (value === '' || value === REDACTED) return piece;
  return isSecretName(decoded(name)) || hidesSecret(value) ? `${name}=${REDACTED}` : piece;
}

// A URL inside a value (`return_to=https%3A%2F%2F…%3Ftoken%3D…`) carries secrets under one or more encodings.
function hidesSecret(value: string): boolean {
  if (!value.includes('%')) return false;
  const inner = decoded(value);
  return scrubSecrets(inner) !== inner || redactParameters(inner) !== inner;
}

function decoded(text: string): string {
  let current = text;
  for (let round = 0; round < 3 && current.includes('%'); round += 1) current = decodedOnce(current);
  return current;
}

function decodedOnce(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function visibleForm(unit: string): string {
  const code = unit.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
