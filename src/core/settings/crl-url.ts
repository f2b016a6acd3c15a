// Where clients fetch the revocation list: an address that goes into every leaf as it stands.
// Must not know what is served there.
import { parseDestination } from '../base/destination.ts';
import { err, ok, type Result } from '../base/result.ts';

/**
 * Reads `http://HOST[:PORT][/PATH]`. Plain HTTP, since a client would need a certificate check to fetch the list that a
 * certificate check needs (RFC 5280 section 8). The error says what is wrong, without quoting the text.
 */
export function parseCrlUrl(text: string): Result<string, string> {
  const [, authority] = /^http:\/\/([^/?#]+)(?:[/?#].*)?$/.exec(text) ?? [];
  if (authority === undefined || !/^[!-~]+$/.test(text)) return err('this is no http address');
  const destination = parseDestination(authority, 80);
  return destination.kind === 'malformed' ? err(destination.why) : ok(text);
}

/** What a right one looks like, as the middle of a sentence. */
export const CRL_URL_MEND = 'write one like "http://gate.example.com:3128/ca.crl"';
