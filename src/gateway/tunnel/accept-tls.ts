// TLS towards the client: the hello was read already, so the handshake begins with bytes in hand.
// Must not know what will be served on it.
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { errorText, GatewayFailure } from '../failure.ts';
import type { TlsAlert } from '../failure-table.ts';
import type { Alpn } from '../upstream/dial.ts';

export interface TlsAcceptance {
  readonly socket: Socket;
  /** The ClientHello, and whatever followed it. */
  readonly early: Buffer;
  readonly context: SecureContext;
  readonly alpn: Alpn;
  readonly timeoutMs: number;
}

/** The secured stream, or why the handshake failed; the socket is then destroyed. */
export function acceptTls(acceptance: TlsAcceptance): Promise<TLSSocket | GatewayFailure> {
  const { socket, early, context, alpn, timeoutMs } = acceptance;
  socket.unshift(early);
  const secured = new TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: [alpn] });
  return new Promise((resolve) => {
    const finish = (result: TLSSocket | GatewayFailure): void => {
      clearTimeout(timer);
      secured.off('secure', onSecure);
      secured.off('error', onError);
      secured.off('close', onClose);
      secured.off('end', onClose);
      // Whoever takes the stream listens too; an error in between must not end the process.
      secured.on('error', () => undefined);
      if (result instanceof GatewayFailure) {
        secured.destroy();
        socket.destroy();
      }
      resolve(result);
    };
    const timer = setTimeout(
      () =>
        finish(
          new GatewayFailure(
            'hello-timeout',
            'intercept',
            `no complete TLS handshake within ${timeoutMs} ms`,
          ),
        ),
      timeoutMs,
    );
    const onSecure = (): void => {
      handOver(secured);
      finish(secured);
    };
    const onError = (error: Error): void => finish(clientTlsFailure(error));
    const onClose = (): void =>
      finish(
        new GatewayFailure(
          'client-refused-leaf',
          'intercept',
          'the client closed the connection on seeing the certificate',
        ),
      );
    // The socket may be half open: a client that leaves within its handshake ends it, and does not close it.
    secured.on('end', onClose);
    secured.on('secure', onSecure);
    secured.on('error', onError);
    secured.on('close', onClose);
  });
}

// A TLSSocket of our own has no tls.Server to do what Node's does when a handshake is complete (lib/internal/tls/wrap.js,
// onServerSocketSecure): say that it is, which node:http2 waits for, and let later TLS errors end the stream.
function handOver(secured: TLSSocket): void {
  Reflect.set(secured, 'secureConnecting', false);
  const release: unknown = Reflect.get(secured, '_releaseControl');
  if (typeof release === 'function') Reflect.apply(release, secured, []);
}

/** A TLS error of the client's leg; alerts about certificates mean that the client refused the leaf. */
function clientTlsFailure(error: Error): GatewayFailure {
  const code = REFUSED_LEAF.test(errorText(error)) ? 'client-refused-leaf' : 'client-tls';
  return new GatewayFailure(code, 'intercept', error);
}

// The alerts bad_certificate, unsupported_certificate, certificate_revoked, certificate_expired, certificate_unknown,
// unknown_ca and decrypt_error (RFC 8446 section 6.2), as OpenSSL names them.
const REFUSED_LEAF =
  /alert[_ ](?:bad[_ ]certificate|unsupported[_ ]certificate|certificate[_ ](?:revoked|expired|unknown)|unknown[_ ]ca|decrypt[_ ]error)/i;

/** A fatal TLS alert, sent before any handshake (RFC 8446 section 6). */
export function alertBytes(alert: TlsAlert): Buffer {
  return Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, ALERTS[alert]]);
}

const ALERTS: Readonly<Record<TlsAlert, number>> = {
  internal_error: 80,
  unrecognized_name: 112,
  no_application_protocol: 120,
};
