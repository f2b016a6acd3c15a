// Where a client wants to go: HOST:PORT as a CONNECT names it, read in one strict way.
// Must not know schemes, paths or rules.
import { type Hostname, parseHostname } from './hostname.ts';
import { type IpAddress, parseIpAddress } from './ip-address.ts';

/** A destination that was read, or the text that could not be: a decision is total, so it takes both. */
export type Destination =
  | { readonly kind: 'name'; readonly host: Hostname; readonly port: number }
  | { readonly kind: 'address'; readonly host: IpAddress; readonly port: number }
  | { readonly kind: 'malformed'; readonly text: string; readonly why: string };

/** A destination that was read. */
export type ReadDestination = Exclude<Destination, { readonly kind: 'malformed' }>;

/**
 * Reads an authority (RFC 9112 section 3.2.3): `HOST:PORT`, `HOST` when a default port is given, `[IPV6]:PORT`.
 * Userinfo, ports with leading zeros or outside 1–65535, and odd spellings of addresses are malformed.
 */
export function parseDestination(text: string, defaultPort: number | null = null): Destination {
  const malformed = (why: string): Destination => ({ kind: 'malformed', text, why });
  const cut = text.startsWith('[') ? text.indexOf(']') + 1 : text.indexOf(':');
  const end = cut <= 0 ? text.length : cut;
  const hostText = text.slice(0, end);
  const port = readPort(text.slice(end), defaultPort);
  if (port === null) return malformed('a port is 1 to 65535 without leading zeros');
  if (hostText.startsWith('[')) {
    const six = hostText.endsWith(']') ? parseIpAddress(hostText.slice(1, -1)) : null;
    if (six === null || !six.ok || !hostText.includes(':'))
      return malformed('an IPv6 address stands in brackets: [2001:db8::1]');
    return { kind: 'address', host: six.value, port };
  }
  const four = parseIpAddress(hostText);
  if (four.ok) return { kind: 'address', host: four.value, port };
  const name = parseHostname(hostText);
  return name.ok ? { kind: 'name', host: name.value, port } : malformed(name.error);
}

/** The destination as `HOST:PORT`; the original text where it could not be read. */
export function destinationText(destination: Destination): string {
  if (destination.kind === 'malformed') return destination.text;
  return `${authorityHost(destination)}:${destination.port}`;
}

/** The host as it stands in an authority: IPv6 addresses in brackets. */
export function authorityHost(destination: Exclude<Destination, { kind: 'malformed' }>): string {
  return destination.kind === 'address' && destination.host.includes(':')
    ? `[${destination.host}]`
    : destination.host;
}

function readPort(text: string, defaultPort: number | null): number | null {
  // A port may be empty (RFC 3986 section 3.2.3): `http://github.com:/`.
  if (text === '' || text === ':') return defaultPort;
  if (!/^:[1-9][0-9]{0,4}$/.test(text)) return null;
  const port = Number(text.slice(1));
  return port <= 65535 ? port : null;
}
