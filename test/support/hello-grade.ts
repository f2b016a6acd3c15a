// How a ClientHello would be graded by "The Security Impact of HTTPS Interception" (Durumeric and others, NDSS 2017,
// its grading scale): A is what a modern browser offers, "secure TLS" as Chrome defines it; B is not ideal and not attackable;
// C is open to a known attack; F lets somebody between read along. Must not know who sent the hello.
import { readClientHello } from '../../src/core/wire/client-hello.ts';

export type Grade = 'A' | 'B' | 'C' | 'F';

export interface HelloParts {
  readonly serverName: string | null;
  readonly alpn: readonly string[];
  readonly versions: readonly number[];
  readonly suites: readonly number[];
  readonly compressions: readonly number[];
  readonly groups: readonly number[];
  readonly keyShares: readonly number[];
  readonly signatures: readonly number[];
  readonly extensions: readonly number[];
  readonly resumes: boolean;
}

/** What the first flight of a client offers; throws when it is no ClientHello. */
export function helloParts(flight: Uint8Array): HelloParts {
  const read = readClientHello(flight);
  if (read.kind !== 'done') throw new Error(`no ClientHello: ${JSON.stringify(read)}`);
  const body = new Reader(Buffer.from(flight).subarray(9));
  body.take(34);
  body.vector(1);
  const suites = numbers(body.vector(2));
  const compressions = [...body.vector(1)];
  const extensions = new Map<number, Buffer>();
  for (const block = new Reader(body.vector(2)); !block.isAtEnd; ) {
    const type = block.number(2);
    extensions.set(type, block.vector(2));
  }
  const { serverName, alpn, supportedVersions, resumes } = read.value;
  return {
    ...{ serverName, alpn, resumes, suites, compressions, versions: supportedVersions },
    groups: numbers(listIn(extensions.get(10))),
    signatures: numbers(listIn(extensions.get(13))),
    keyShares: keySharesIn(extensions.get(51)),
    extensions: [...extensions.keys()],
  };
}

/** The worst of what is offered, and what earned it; an empty list is an A. */
export function gradeHello(hello: HelloParts): { readonly grade: Grade; readonly why: readonly string[] } {
  const found = [
    ...hello.suites.map(
      (suite) => [gradeSuite(suite), `suite 0x${suite.toString(16).padStart(4, '0')}`] as const,
    ),
    ...hello.versions.map(
      (version) => [gradeVersion(version), `version 0x0${version.toString(16)}`] as const,
    ),
    ...hello.compressions.map(
      (method) => [method === 0 ? 'A' : 'C', `compression ${method} (CRIME)`] as const,
    ),
    ...hello.groups.map(
      (group) => [MODERN_GROUPS.has(group) ? 'A' : 'B', `group 0x${group.toString(16)}`] as const,
    ),
    ...hello.signatures.map(
      (scheme) =>
        [MODERN_SIGNATURES.has(scheme) ? 'A' : 'B', `signature scheme 0x${scheme.toString(16)}`] as const,
    ),
    ...hello.extensions.map(
      (type) =>
        [type === HEARTBEAT ? 'C' : MODERN_EXTENSIONS.has(type) ? 'A' : 'B', `extension ${type}`] as const,
    ),
  ];
  const below = found.filter(([grade]) => grade !== 'A').sort();
  return { grade: below.at(-1)?.[0] ?? 'A', why: below.map(([grade, what]) => `${grade}: ${what}`) };
}

/**
 * By the suites' registered parts (IANA, TLS Cipher Suites): AEAD with ephemeral elliptic curves is an A. RC4 and what
 * uses 64-bit blocks is a C, export keys, single DES, no encryption and no authentication an F, all else a B.
 */
function gradeSuite(suite: number): Grade {
  if (MODERN_SUITES.has(suite) || suite === RENEGOTIATION_SCSV) return 'A';
  if (BROKEN_SUITES.has(suite)) return 'F';
  return ATTACKED_SUITES.has(suite) ? 'C' : 'B';
}

function gradeVersion(version: number): Grade {
  if (version === 0x0303 || version === 0x0304) return 'A';
  return version >= 0x0301 ? 'C' : 'F';
}

/** RFC 8446 appendix B.4; RFC 5289 section 3.2; RFC 7905 section 2. */
const MODERN_SUITES: ReadonlySet<number> = new Set([
  ...[0x1301, 0x1302, 0x1303],
  ...[0xc02b, 0xc02c, 0xc02f, 0xc030],
  ...[0xcca8, 0xcca9],
]);
/** RFC 5746 section 3.3: no suite, it only says that renegotiation would be secure. */
const RENEGOTIATION_SCSV = 0x00ff;
/** NULL, export, DES and anonymous suites (RFC 5246 appendix A.5, RFC 4346 appendix A.5, RFC 4492 section 6). */
const BROKEN_SUITES: ReadonlySet<number> = new Set([
  ...[0x0000, 0x0001, 0x0002, 0x003b, 0xc001, 0xc006, 0xc00b, 0xc010],
  ...[0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0017, 0x0019],
  ...[0x0009, 0x000c, 0x000f, 0x0012, 0x0015, 0x001a],
  ...[0x0018, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x00a6, 0x00a7, 0xc015, 0xc016, 0xc017, 0xc018, 0xc019],
]);
/** RC4 (RFC 7465) and 3DES, whose blocks have 64 bits (SWEET32, CVE-2016-2183). */
const ATTACKED_SUITES: ReadonlySet<number> = new Set([
  ...[0x0004, 0x0005, 0xc002, 0xc007, 0xc00c, 0xc011],
  ...[0x000a, 0x000d, 0x0010, 0x0013, 0x0016, 0xc003, 0xc008, 0xc00d, 0xc012],
]);
/** X25519MLKEM768, X25519, P-256, P-384 (IANA, TLS Supported Groups). */
const MODERN_GROUPS: ReadonlySet<number> = new Set([0x11ec, 0x001d, 0x0017, 0x0018]);
/** RFC 8446 section 4.2.3: ECDSA with its curve's hash, RSA with SHA-2; nothing with SHA-1. */
const MODERN_SIGNATURES: ReadonlySet<number> = new Set([
  ...[0x0403, 0x0503, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601],
]);
const HEARTBEAT = 15;
/**
 * server_name, status_request, supported_groups, ec_point_formats, signature_algorithms, ALPN, encrypt_then_mac,
 * extended_master_secret, session_ticket, supported_versions, psk_key_exchange_modes, key_share, renegotiation_info.
 */
const MODERN_EXTENSIONS: ReadonlySet<number> = new Set([
  ...[0, 5, 10, 11, 13, 16, 22, 23, 35, 43, 45, 51, 65281],
]);

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  number(width: 1 | 2): number {
    return this.take(width).readUIntBE(0, width);
  }

  vector(width: 1 | 2): Buffer {
    return this.take(this.number(width));
  }
}

function listIn(data: Buffer | undefined): Buffer {
  return data === undefined ? Buffer.alloc(0) : new Reader(data).vector(2);
}

function numbers(list: Buffer): number[] {
  return Array.from({ length: list.length / 2 }, (_, index) => list.readUInt16BE(2 * index));
}

function keySharesIn(data: Buffer | undefined): number[] {
  const groups: number[] = [];
  for (const shares = new Reader(listIn(data)); !shares.isAtEnd; ) {
    groups.push(shares.number(2));
    shares.vector(2);
  }
  return groups;
}
