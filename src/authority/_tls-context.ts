// TLS as the gate speaks it to clients: the settings of every server context, in one place.
// Must not know who connects or which host is meant.
import { constants, createHash } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

export interface ContextParts {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly groups: string;
  /** What a session belongs to; a session of another is never resumed. */
  readonly sessionScope: string;
}

/** ECDHE with AEAD only; leaves are ECDSA, so RSA suites are of no use. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
].join(':');

const MODERN_GROUPS = 'X25519MLKEM768:X25519:P-256';
const CLASSIC_GROUPS = 'X25519:P-256';

/**
 * Key agreement groups in our order: post-quantum where the OpenSSL of this Node has it (3.5 and later).
 */
export function supportedGroups(): string {
  try {
    createSecureContext({ ecdhCurve: MODERN_GROUPS });
    return MODERN_GROUPS;
  } catch {
    return CLASSIC_GROUPS;
  }
}

/**
 * A server context. OpenSSL gives every context ticket keys of its own, so a session is resumed with the same context
 * only: per host, per purpose, per process, and never longer than the leaf is used. The session id context repeats
 * that bond for servers that share ticket keys.
 */
export function makeContext(parts: ContextParts): SecureContext {
  return createSecureContext({
    cert: parts.certificatePem,
    key: parts.keyPem,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    ecdhCurve: parts.groups,
    // Our order, except that a client that puts ChaCha20 first has no AES in hardware.
    honorCipherOrder: true,
    secureOptions:
      constants.SSL_OP_NO_RENEGOTIATION |
      constants.SSL_OP_NO_COMPRESSION |
      constants.SSL_OP_PRIORITIZE_CHACHA,
    sessionIdContext: createHash('sha256').update(parts.sessionScope).digest('hex').slice(0, 32),
  });
}
