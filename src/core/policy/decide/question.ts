// What a person asks about: a URL, or HOST:PORT for the connection alone. Read by hand: `new URL()` normalises.
// Must not know policies.
import { type Destination, parseDestination } from '../../base/destination.ts';
import { err, ok, type Result } from '../../base/result.ts';

/** `connection` asks what happens at the CONNECT; `request` goes on to the path. */
export type Question =
  | { readonly kind: 'connection'; readonly text: string; readonly destination: Destination }
  | {
      readonly kind: 'request';
      readonly text: string;
      readonly scheme: 'https' | 'http';
      readonly destination: Destination;
      /** As a client would send it in Host or `:authority`. */
      readonly authority: string;
      readonly target: string;
    };

/** Reads `https://HOST[:PORT][/PATH]`, `http://…` or `HOST:PORT`; the error says what would be right. */
export function parseQuestion(text: string): Result<Question, string> {
  const url = /^(https?):\/\/([^/?#]*)(.*)$/is.exec(text);
  if (url !== null) {
    const [, schemeText = '', authority = '', rest = ''] = url;
    const scheme = schemeText.toLowerCase() === 'http' ? 'http' : 'https';
    const destination = parseDestination(authority, scheme === 'http' ? 80 : 443);
    return ok({ kind: 'request', text, scheme, destination, authority, target: targetOf(rest) });
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || text === '' || text.includes('/'))
    return err(
      'ask about a URL, as https://github.com/octo-org/app, or about a connection, as github.com:443',
    );
  const hasPort = /:[^:\]]*$/.test(text) && text !== '';
  if (!hasPort) return err(`say which port, as ${text}:443, or ask about a URL, as https://${text}/`);
  return ok({ kind: 'connection', text, destination: parseDestination(text) });
}

function targetOf(rest: string): string {
  if (rest === '') return '/';
  return rest.startsWith('/') ? rest : `/${rest}`;
}
