// The one table of failures: each code is a row, with all that is kept by code anywhere.
// Must not know how a failure comes about, or how it is shown.

export type FailureSide = 'client' | 'upstream' | 'gateway';

/** A fatal TLS alert, as RFC 8446 section 6 names it. */
export type TlsAlert = 'unrecognized_name' | 'no_application_protocol' | 'internal_error';

/** What the gate's `Proxy-Status` says of an answer: registered error types of RFC 9209 section 2.3. */
export type ProxyStatusError =
  | 'dns_error'
  | 'dns_timeout'
  | 'destination_ip_prohibited'
  | 'connection_refused'
  | 'connection_timeout'
  | 'connection_terminated'
  | 'connection_limit_reached'
  | 'tls_protocol_error'
  | 'tls_certificate_error'
  | 'http_protocol_error'
  | 'http_request_denied'
  | 'http_request_error'
  | 'http_response_timeout'
  | 'proxy_internal_error';

/** All that a code says. */
export interface FailureRow {
  readonly is: {
    /** Who failed. */
    readonly side: FailureSide;
    /** The HTTP status of the gate's answer, where one can still be sent. */
    readonly status: number;
    readonly error: ProxyStatusError;
    /** How a handshake ends that cannot be answered in HTTP; `internal_error` where none is named. */
    readonly alert?: TlsAlert;
    /** Likely to be over in a moment: worth asking again a second later. */
    readonly brief?: true;
  };
  /** One or two sentences for the person behind the client. */
  readonly words: string;
  /** What docs/errors.md says of it, for whoever runs the gate. */
  readonly docs: string;
}

const TABLE = {
  'client-limit': {
    is: { side: 'client', status: 503, error: 'connection_limit_reached', brief: true },
    words: 'There are too many connections from your address. Close some, or try again later.',
    docs: 'One address has more connections open than `limits.connectionsPerClient`.',
  },
  'handshake-limit': {
    is: { side: 'client', status: 429, error: 'http_request_denied', brief: true },
    words: 'Your address opens connections too fast. Try again in a second.',
    docs: 'One client begins tunnels faster than `limits.handshakesPerSecond`. `Retry-After` says when to come again.',
  },
  'http2-limit': {
    is: { side: 'client', status: 429, error: 'http_request_denied' },
    words: 'The client sent more HTTP/2 frames that carry nothing than the gate bears.',
    docs: 'A client floods its HTTP/2 connection: PING, SETTINGS, CONTINUATION, empty frames, resets over `limits.streamResets`, or heads over their limits. The connection ends with GOAWAY.',
  },
  'proxy-header': {
    is: { side: 'client', status: 400, error: 'http_request_denied' },
    words: 'The connection did not open with a valid PROXY protocol header.',
    docs: 'A peer listed under `proxyProtocol` did not open with a valid PROXY header. Switch it on at the load balancer.',
  },
  'head-timeout': {
    is: { side: 'client', status: 408, error: 'http_request_denied' },
    words: 'The request head did not arrive in time.',
    docs: 'A request head, or a message of SOCKS5, did not arrive in time.',
  },
  'bad-socks': {
    is: { side: 'client', status: 400, error: 'http_request_denied' },
    words: 'The connection did not open with SOCKS5 as the gate speaks it.',
    docs: 'What came to a SOCKS5 listener is not SOCKS5, or none that is spoken: no CONNECT, no known method; the detail names the fault, see below.',
  },
  'bad-request': {
    is: { side: 'client', status: 400, error: 'http_request_error' },
    words: 'The request is not valid HTTP, so the gate does not pass it on.',
    docs: 'The bytes are no HTTP that is read in one way only; the detail names the fault, see below.',
  },
  'credentials-wanted': {
    is: { side: 'client', status: 407, error: 'http_request_denied' },
    words: 'This proxy port needs your user name and password.',
    docs: 'The listener requires credentials, and none came. Most clients then send them. It is in no record, and counted by `gatewright_challenges_total` alone; but a SOCKS5 client that offers no user name ends there, and is recorded.',
  },
  'credentials-wrong': {
    is: { side: 'client', status: 407, error: 'http_request_denied' },
    words: 'The user name or password for this proxy port is wrong.',
    docs: 'User name and password do not match, or what was sent is not one credential of a scheme that the answer offers. A password has at most 72 bytes, since bcrypt reads no more. Names and passwords may come in UTF-8 or Latin-1, with letters composed or not.',
  },
  'credentials-wait': {
    is: { side: 'client', status: 429, error: 'http_request_denied' },
    words:
      'There were too many wrong proxy credentials for your name or from your address. Wait, then try again.',
    docs: 'Too many wrong credentials of this user at this address, or of the address as a whole: `limits.identityFailures`. `Retry-After` says how long.',
  },
  'credentials-revoked': {
    is: { side: 'client', status: 407, error: 'http_request_denied' },
    words: 'Your proxy credentials were changed or removed.',
    docs: 'The user was removed, or has another password, while the connection stood: it is ended.',
  },
  'identity-unavailable': {
    is: { side: 'gateway', status: 503, error: 'proxy_internal_error', brief: true },
    words: 'The gate cannot find out who you are, and lets nobody through until it can. Try again.',
    docs: 'No source can say who this is, so nobody is let through there. The detail names the source; the gate asks it anew with each request.',
  },
  'hello-timeout': {
    is: { side: 'client', status: 408, error: 'http_request_denied' },
    words: 'The TLS handshake did not begin in time.',
    docs: 'The TLS handshake did not begin or finish in time.',
  },
  'not-tls': {
    is: { side: 'client', status: 400, error: 'http_request_denied' },
    words: 'Only TLS may pass through this tunnel.',
    docs: 'Something else than TLS came through a tunnel, or neither TLS nor HTTP through one of SOCKS5. It is closed unseen; the detail names the fault, see below.',
  },
  'sni-missing': {
    is: { side: 'client', status: 421, error: 'http_request_denied', alert: 'unrecognized_name' },
    words: 'The TLS handshake named no server.',
    docs: 'The TLS hello names no server.',
  },
  'sni-mismatch': {
    is: { side: 'client', status: 421, error: 'http_request_denied', alert: 'unrecognized_name' },
    words: 'The TLS handshake named another server than the CONNECT request did.',
    docs: 'The TLS hello names another server than the CONNECT.',
  },
  'alpn-unknown': {
    is: { side: 'client', status: 400, error: 'http_request_denied', alert: 'no_application_protocol' },
    words: 'The client offered no protocol that the gate can inspect.',
    docs: 'The client offers neither `h2` nor `http/1.1`.',
  },
  'client-refused-leaf': {
    is: { side: 'client', status: 400, error: 'http_request_denied' },
    words: "The client does not trust the gate's certificate. Install the company's CA certificate.",
    docs: 'The client does not trust the CA. Install it: [ca.md](ca.md).',
  },
  'client-tls': {
    is: { side: 'client', status: 400, error: 'http_request_denied' },
    words: 'The TLS handshake with the client failed.',
    docs: 'The handshake with the client failed otherwise, such as on TLS 1.0.',
  },
  'client-gone': {
    is: { side: 'client', status: 400, error: 'http_request_denied' },
    words: 'The client left.',
    docs: 'The client left before the answer was complete.',
  },
  'client-frame': {
    is: { side: 'client', status: 400, error: 'http_request_denied' },
    words: 'What the client sent on a WebSocket is no frame, so the gate does not pass it on.',
    docs: 'What the client sent on a WebSocket is no frame of its; the detail names the fault, see below. Both sides are closed with 1002.',
  },
  'dns-failed': {
    is: { side: 'upstream', status: 502, error: 'dns_error' },
    words: 'The name of the destination does not resolve.',
    docs: 'The name does not resolve.',
  },
  'dns-timeout': {
    is: { side: 'upstream', status: 504, error: 'dns_timeout' },
    words: 'The name of the destination was not resolved in time.',
    docs: 'The resolver did not answer in time.',
  },
  'address-refused': {
    is: { side: 'upstream', status: 502, error: 'destination_ip_prohibited' },
    words: 'The destination resolves to an address that the gate must not reach.',
    docs: 'The name leads to a private, local or own address, or nowhere. `upstream.allowPrivate` and `upstream.resolve` open it.',
  },
  'splice-address': {
    is: { side: 'upstream', status: 403, error: 'destination_ip_prohibited' },
    words: 'The destination shares its address with a restricted host, so it cannot be passed on unseen.',
    docs: 'A spliced host shares its address with a restricted one, so it could serve it unseen.',
  },
  'connect-failed': {
    is: { side: 'upstream', status: 502, error: 'connection_refused' },
    words: 'The destination does not accept the connection.',
    docs: 'The address does not accept connections.',
  },
  'connect-timeout': {
    is: { side: 'upstream', status: 504, error: 'connection_timeout' },
    words: 'The destination did not accept the connection in time.',
    docs: 'The address did not answer in time.',
  },
  'upstream-tls': {
    is: { side: 'upstream', status: 502, error: 'tls_protocol_error' },
    words: 'The TLS handshake with the destination failed.',
    docs: 'The TLS handshake failed: an old version or cipher, a kind of key that the gate does not take, or an alert.',
  },
  'upstream-certificate': {
    is: { side: 'upstream', status: 502, error: 'tls_certificate_error' },
    words: "The destination's certificate is not valid, so the gate does not trust it.",
    docs: 'The certificate is not believed; the detail names the fault, see below.',
  },
  'upstream-tls-timeout': {
    is: { side: 'upstream', status: 504, error: 'tls_protocol_error' },
    words: 'The TLS handshake with the destination did not finish in time.',
    docs: 'The handshake did not finish in time.',
  },
  'upstream-protocol': {
    is: { side: 'upstream', status: 502, error: 'tls_protocol_error' },
    words: 'The destination does not speak the HTTP version that this connection needs.',
    docs: "Upstream does not speak the HTTP version that the connection needs: none that the client offered, or no longer HTTP/2 where a session of the client stands. The client's next connection is made with what upstream speaks by then.",
  },
  'upstream-closed': {
    is: { side: 'upstream', status: 502, error: 'connection_terminated' },
    words: 'The destination closed the connection without an answer.',
    docs: 'Upstream closed before it answered.',
  },
  'upstream-timeout': {
    is: { side: 'upstream', status: 504, error: 'http_response_timeout' },
    words: 'The destination did not answer in time.',
    docs: 'Upstream took the request and did not answer in time.',
  },
  'bad-response': {
    is: { side: 'upstream', status: 502, error: 'http_protocol_error' },
    words: 'The answer of the destination is not valid HTTP, so the gate does not pass it on.',
    docs: 'The answer is no HTTP that is read in one way only, or it broke off.',
  },
  'upstream-frame': {
    is: { side: 'upstream', status: 502, error: 'proxy_internal_error' },
    words: 'What the destination sent on a WebSocket is no frame, so the gate does not pass it on.',
    docs: 'The same of upstream.',
  },
  'record-unavailable': {
    is: { side: 'gateway', status: 503, error: 'proxy_internal_error', brief: true },
    words: 'The gate cannot write its audit record and passes nothing on until it can.',
    docs: 'The audit record cannot be written, so nothing passes. Mend the disk; the gate resumes by itself.',
  },
  'leaf-limit': {
    is: { side: 'gateway', status: 503, error: 'proxy_internal_error', brief: true },
    words: 'Your address asked for too many certificates in a short time. Try again later.',
    docs: 'This address caused too many certificates in a minute: `limits.leavesPerMinute`, `limits.refusalLeavesPerMinute`.',
  },
  'leaf-not-permitted': {
    is: { side: 'gateway', status: 503, error: 'proxy_internal_error' },
    words: "The gate's CA may not sign for this name.",
    docs: 'The CA may not sign for this name. Make or rotate one that may: [ca.md](ca.md).',
  },
  'leaf-failed': {
    is: { side: 'gateway', status: 503, error: 'proxy_internal_error' },
    words: 'The gate could not make a certificate for this name.',
    docs: 'A certificate could not be made; the detail says why.',
  },
  'idle-timeout': {
    is: { side: 'gateway', status: 504, error: 'proxy_internal_error' },
    words: 'Nothing moved on the connection for too long.',
    docs: 'Nothing moved for `limits.idleTimeout`.',
  },
  'policy-changed': {
    is: { side: 'gateway', status: 403, error: 'http_request_denied' },
    words: 'The policy changed and no longer allows this connection.',
    docs: 'A new policy, or one whose exemption has ended, does not allow what was running as it is.',
  },
  draining: {
    is: { side: 'gateway', status: 503, error: 'connection_limit_reached', brief: true },
    words: 'The gate is shutting down. Try again.',
    docs: 'The gate was stopping.',
  },
  overloaded: {
    is: { side: 'gateway', status: 503, error: 'connection_limit_reached', brief: true },
    words: 'The gate has too many connections. Try again later.',
    docs: 'More client connections than `limits.connections`, or all of `limits.poolConnections` are busy.',
  },
} as const;

/** Every failure code is a row. */
export type FailureCode = keyof typeof TABLE;

export const FAILURES: Readonly<Record<FailureCode, FailureRow>> = TABLE;
