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
] as const;

export type Http1FaultCode = (typeof HTTP1_FAULTS)[number];
