// What a failure says to the person behind the client: what was tried, what was seen, who can mend it.
// Must not know how it is shown.
import type { FailureCode, GatewayFailure } from './failure.ts';

/** One or two sentences; `detail` is added where it helps and holds no secret. */
export function failureText(failure: GatewayFailure): string {
  return `${WORDS[failure.code]} (${failure.detail})`;
}

const WORDS: Readonly<Record<FailureCode, string>> = {
  'client-limit': 'There are too many connections from your address. Close some, or try again later.',
  'handshake-limit': 'Your address opens connections too fast. Try again in a second.',
  'http2-limit': 'The client sent more HTTP/2 frames that carry nothing than the gate bears.',
  'proxy-header': 'The connection did not open with a valid PROXY protocol header.',
  'head-timeout': 'The request head did not arrive in time.',
  'bad-request': 'The request is not valid HTTP, so the gate does not pass it on.',
  'credentials-wanted': 'This proxy port needs your user name and password.',
  'credentials-wrong': 'The user name or password for this proxy port is wrong.',
  'credentials-revoked': 'Your proxy credentials were changed or removed.',
  'identity-unavailable':
    'The gate cannot find out who you are, and lets nobody through until it can. Try again.',
  'credentials-wait':
    'There were too many wrong proxy credentials for your name or from your address. Wait, then try again.',
  'hello-timeout': 'The TLS handshake did not begin in time.',
  'not-tls': 'Only TLS may pass through this tunnel.',
  'sni-missing': 'The TLS handshake named no server.',
  'sni-mismatch': 'The TLS handshake named another server than the CONNECT request did.',
  'alpn-unknown': 'The client offered no protocol that the gate can inspect.',
  'client-refused-leaf':
    "The client does not trust the gate's certificate. Install the company's CA certificate.",
  'client-tls': 'The TLS handshake with the client failed.',
  'client-gone': 'The client left.',
  'client-frame': 'What the client sent on a WebSocket is no frame, so the gate does not pass it on.',
  'dns-failed': 'The name of the destination does not resolve.',
  'dns-timeout': 'The name of the destination was not resolved in time.',
  'address-refused': 'The destination resolves to an address that the gate must not reach.',
  'splice-address':
    'The destination shares its address with a restricted host, so it cannot be passed on unseen.',
  'connect-failed': 'The destination does not accept the connection.',
  'connect-timeout': 'The destination did not accept the connection in time.',
  'upstream-tls': 'The TLS handshake with the destination failed.',
  'upstream-certificate': "The destination's certificate is not valid, so the gate does not trust it.",
  'upstream-tls-timeout': 'The TLS handshake with the destination did not finish in time.',
  'upstream-protocol': 'The destination does not speak the HTTP version that this connection needs.',
  'upstream-closed': 'The destination closed the connection without an answer.',
  'upstream-timeout': 'The destination did not answer in time.',
  'bad-response': 'The answer of the destination is not valid HTTP, so the gate does not pass it on.',
  'upstream-frame': 'What the destination sent on a WebSocket is no frame, so the gate does not pass it on.',
  'record-unavailable': 'The gate cannot write its audit record and passes nothing on until it can.',
  'leaf-limit': 'Your address asked for too many certificates in a short time. Try again later.',
  'leaf-not-permitted': "The gate's CA may not sign for this name.",
  'leaf-failed': 'The gate could not make a certificate for this name.',
  'idle-timeout': 'Nothing moved on the connection for too long.',
  'policy-changed': 'The policy changed and no longer allows this connection.',
  draining: 'The gate is shutting down. Try again.',
  overloaded: 'The gate has too many connections. Try again later.',
};
