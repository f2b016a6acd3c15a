// Heads of proxy requests as a client that says who it is sends them. Must not know what they are answered with.

/** The user agent that they name. */
export const AGENT = 'User-Agent: probe/1.0\r\n';

/** A CONNECT, with more header lines where they are given. */
export function connectHead(authority: string, more = ''): string {
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${AGENT}${more}\r\n`;
}

/** The header line with Basic proxy credentials, `USER:PASSWORD`. */
export function basic(credentials: string): string {
  return `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
}
