// Connections to upstream: by the route to an allowed address, and TLS that is verified in full.
// The only file that says how certificates are checked. Must not know requests or principals.
import { constants, X509Certificate } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import type { Hostname } from '../../core/base/hostname.ts';
import type { IpAddress } from '../../core/base/ip-address.ts';
import type { Limits } from '../../core/settings/limits.ts';
import type { Clock, Endpoint, Resolver, Route } from '../../ports.ts';
import { errorText, GatewayFailure, type Phase } from '../failure.ts';
import {
  chainFault,
  chainOf,
  type RootsBySubject,
  rootsBySubject,
  sentCertificates,
} from './_chain-check.ts';
import { sanMatches } from './_san-match.ts';
import { stapleFault } from './_staple.ts';
import { CertificateFault, certificateFaultOf } from './certificate-fault.ts';

/** The protocols the gate speaks to upstream. */
export type Alpn = 'h2' | 'http/1.1';

export interface DialOptions {
  readonly resolver: Resolver;
  readonly route: Route;
  /** Trusted roots in PEM. */
  readonly roots: readonly string[];
  /** The certificates, in PEM, whose keys the gate signs leaves with: nothing they signed is believed. */
  readonly ownCas: () => readonly string[];
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'handshakeTimeoutMs'>;
  readonly isGate: (address: IpAddress, port: number) => boolean;
}

export interface Target {
  readonly host: Hostname | IpAddress;
  readonly port: number;
}

/** Where to, and what to offer. */
export interface TlsTarget extends Target {
  readonly offers: readonly Alpn[];
}

export interface DialedTls {
  readonly socket: tls.TLSSocket;
  readonly alpn: Alpn;
}

export class Dialer {
  readonly #options: DialOptions;
  readonly #secureContext: tls.SecureContext;
  readonly #roots: RootsBySubject;

  constructor(options: DialOptions) {
    this.#options = options;
    const own = new Set(certificatesIn(options.ownCas()).map((one) => one.fingerprint256));
    const roots = certificatesIn(options.roots).filter((one) => !own.has(one.fingerprint256));
    this.#roots = rootsBySubject(roots);
    this.#secureContext = tls.createSecureContext({
      ca: roots.map((one) => one.toString()),
      // An intermediate that stands among the roots is trusted as given.
      allowPartialTrustChain: true,
      minVersion: 'TLSv1.2',
      ciphers: MODERN_CIPHERS,
      ecdhCurve: MODERN_GROUPS,
      sigalgs: MODERN_SIGNATURES,
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    });
  }

  /** The endpoints of a destination, without those that are the gate itself. */
  async resolve(
    host: Hostname | IpAddress,
    port: number,
    phase: Phase,
  ): Promise<readonly Endpoint[] | GatewayFailure> {
    const found = await this.#options.resolver.resolve(host, port);
    if (!found.ok) return new GatewayFailure(found.error.code, phase, found.error.detail);
    const others = found.value.filter((endpoint) => !this.#options.isGate(endpoint.address, endpoint.port));
    if (others.length > 0) return others;
    return new GatewayFailure('address-refused', phase, `${host}:${port} leads back to the gate itself`);
  }

  /** A connection to the target by one of its endpoints, half-open allowed. */
  async tcp(
    target: Target,
    endpoints: readonly Endpoint[],
    phase: Phase,
  ): Promise<net.Socket | GatewayFailure> {
    const reached = await this.#options.route.connect(target, endpoints);
    if (reached.ok) return reached.value;
    const { code, detail, cause } = reached.error;
    return new GatewayFailure(code, phase, cause === undefined ? detail : { detail, cause });
  }

  /** A TLS connection whose certificate was proved for the host: chain, name, validity. */
  async tls(target: TlsTarget): Promise<DialedTls | GatewayFailure> {
    const phase = 'prove';
    const endpoints = await this.resolve(target.host, target.port, phase);
    if (endpoints instanceof GatewayFailure) return endpoints;
    const raw = await this.tcp(target, endpoints, phase);
    if (raw instanceof GatewayFailure) return raw;
    const socket = this.#handshake(raw, target);
    const shaken = await proved(socket, this.#options.limits.handshakeTimeoutMs, (error) =>
      tlsFailure(target.host, error),
    );
    if (shaken instanceof GatewayFailure) return shaken;
    const alpn = socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1';
    if (!target.offers.includes(alpn)) {
      socket.destroy();
      return new GatewayFailure(
        'upstream-protocol',
        phase,
        `${target.host} speaks ${alpn}, where ${target.offers.join(' or ')} is needed`,
      );
    }
    return { socket, alpn };
  }

  /** No session is ever offered: see docs/decisions/upstream-tls-resumption.md. */
  #handshake(raw: net.Socket, target: TlsTarget): tls.TLSSocket {
    let staple: Uint8Array | null = null;
    const socket: tls.TLSSocket = tls.connect({
      socket: raw,
      secureContext: this.#secureContext,
      ALPNProtocols: [...target.offers],
      ...(net.isIP(target.host) === 0 ? { servername: target.host } : {}),
      requestOCSP: true,
      rejectUnauthorized: true,
      // Node asks this once OpenSSL has found the chain valid.
      checkServerIdentity: () => this.#certificateFault(target.host, socket, staple) ?? undefined,
    });
    socket.on('OCSPResponse', (response: Uint8Array | null) => {
      staple = response;
    });
    // Node reads the whole chain into objects just before it asks the above, and Node 26.10 crashes on a certificate
    // with a curve that NIST has no name for, whoever sent it. Nothing here needs those objects.
    Object.defineProperty(socket, 'getPeerCertificate', { value: () => ({}) });
    return socket;
  }

  #certificateFault(
    host: Hostname | IpAddress,
    socket: tls.TLSSocket,
    staple: Uint8Array | null,
  ): CertificateFault | null {
    try {
      const leaf = socket.getPeerX509Certificate();
      if (leaf === undefined) return new CertificateFault('refused', 'the server showed no certificate');
      const chain = chainOf(sentCertificates(leaf), this.#roots);
      return (
        identityFault(host, leaf) ??
        chainFault({ chain, host, roots: this.#roots, own: certificatesIn(this.#options.ownCas()) }) ??
        stapleFault({ staple, leaf, issuer: chain[1] ?? leaf, nowMs: this.#options.clock.now() })
      );
    } catch (error) {
      // What OpenSSL let through and cannot be read here is not believed.
      return new CertificateFault('refused', errorText(error));
    }
  }
}

// TLS 1.3 and ECDHE with AEAD. Security level 2 refuses RSA below 2048 bits, MD5 and SHA-1 in the chain;
// _chain-check.ts refuses what the level lets pass.
const MODERN_CIPHERS =
  'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:@SECLEVEL=2';
const MODERN_GROUPS = 'X25519MLKEM768:X25519:P-256:P-384';
// As browsers offer them: each ECDSA curve with its own hash, RSA with SHA-2.
const MODERN_SIGNATURES =
  'ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:rsa_pkcs1_sha256:ecdsa_secp384r1_sha384:rsa_pss_rsae_sha384:rsa_pkcs1_sha384:rsa_pss_rsae_sha512:rsa_pkcs1_sha512';

/** The socket once its handshake is over and upstream is proved. */
function proved(
  socket: tls.TLSSocket,
  ms: number,
  failed: (error: Error) => GatewayFailure,
): Promise<tls.TLSSocket | GatewayFailure> {
  return new Promise((resolve) => {
    const finish = (result: tls.TLSSocket | GatewayFailure): void => {
      clearTimeout(timer);
      socket.off('secureConnect', onDone);
      socket.off('error', onError);
      socket.off('close', onClose);
      // Whoever takes the socket listens too; an error in between must not end the process.
      socket.on('error', () => undefined);
      if (result instanceof GatewayFailure) socket.destroy();
      resolve(result);
    };
    const late = new GatewayFailure('upstream-tls-timeout', 'prove', `no secureConnect within ${ms} ms`);
    const timer = setTimeout(() => finish(late), ms);
    const onDone = (): void => finish(socket);
    const onError = (error: Error): void => finish(failed(error));
    const onClose = (): void => finish(failed(new Error('the connection closed early')));
    socket.on('secureConnect', onDone);
    socket.on('error', onError);
    socket.on('close', onClose);
  });
}

/** Two readings of the names, neither of which looks at the common name: OpenSSL's and our own. */
function identityFault(host: string, leaf: X509Certificate): CertificateFault | null {
  const names = leaf.subjectAltName ?? '';
  const isNamed = net.isIP(host) === 0 ? leaf.checkHost(host, HOST_CHECK) : leaf.checkIP(host);
  if (isNamed !== undefined && sanMatches(host, names)) return null;
  return new CertificateFault(
    'wrong-host',
    `"${host}" is not among the subject alternative names ${JSON.stringify(names)}`,
  );
}

const HOST_CHECK = {
  subject: 'never',
  wildcards: true,
  partialWildcards: false,
  multiLabelWildcards: false,
  singleLabelSubdomains: false,
} as const;

function tlsFailure(host: string, error: Error): GatewayFailure {
  const seen = { detail: `${host}: ${errorText(error)}`, cause: error };
  if (/NO_APPLICATION_PROTOCOL/i.test(errorText(error)))
    return new GatewayFailure('upstream-protocol', 'prove', seen);
  const fault = certificateFaultOf(error);
  if (fault === null) return new GatewayFailure('upstream-tls', 'prove', seen);
  const { code, message } = fault;
  return new GatewayFailure('upstream-certificate', 'prove', {
    detail: `${code}: ${host}: ${message}`,
    fault: { code, detail: message },
    cause: error,
  });
}

function certificatesIn(pems: readonly string[]): readonly X509Certificate[] {
  return pems.flatMap((pem) => (pem.match(CERTIFICATE_PEM) ?? []).map((one) => new X509Certificate(one)));
}

const CERTIFICATE_PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
