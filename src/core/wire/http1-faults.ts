// The stable codes of everything that is wrong with an HTTP/1 message. Must not know who sent it.

/** Codes of malformed HTTP/1 heads and bodies; docs/errors.md explains each. */
export const HTTP1_FAULTS = [
  'bad-start-line',
  'bad-header',
  'bare-line-end',
  'bad-host',
  'bad-framing',
  'bad-chunk',
  'bad-trailer',
  'too-many-headers',
  'head-too-large',
  'target-too-long',
] as const;

export type Http1FaultCode = (typeof HTTP1_FAULTS)[number];

/** The HTTP status that tells a client of its fault (RFC 9110 section 15.5.15, RFC 6585 section 5). */
export function http1FaultStatus(code: string): 400 | 414 | 431 {
  if (code === 'target-too-long') return 414;
  return code === 'head-too-large' || code === 'too-many-headers' ? 431 : 400;
}
