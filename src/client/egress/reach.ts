// Whether a packet gets out and an answer back: TCP with or without TLS, and QUIC over UDP.
// Must not know whether that is wanted.
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect, isIP, isIPv6 } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { closed, type Finding, open } from './probe.ts';

export interface Surroundings {
  /** Names and addresses to what is tried in their place, one after another; `*` stands for all others. */
  readonly resolve: ReadonlyMap<string, readonly string[]>;
  readonly timeoutMs: number;
  /** PEM of the gate's CA: a connection that it answers for was led to the gate. Null when it is not known. */
  readonly gateCa: string | null;
}

export interface Place {
  /** A name, or an address. */
  readonly host: string;
  readonly port: number;
}

/** TCP, and TLS on it with the host's name, so that a connection that is led to the gate is told from one around it. */
export function reachTls(place: Place, surroundings: Surroundings): Promise<Finding> {
  return overAddresses(place, surroundings, (address) => tryTls(address, place, surroundings));
}

function tryTls(address: string, place: Place, surroundings: Surroundings): Promise<Finding> {
  const ca = surroundings.gateCa === null ? [] : [surroundings.gateCa];
  return new Promise((resolve) => {
    const name = isIP(place.host) === 0 ? { servername: place.host } : {};
    const socket = connectTls({ host: address, port: place.port, ...name, ca });
    let isConnected = false;
    const settle = (finding: Finding): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(finding);
    };
    const late = setTimeout(
      () => settle(isConnected ? open(`${address} accepts TCP`) : closed(`${address} does not answer`)),
      surroundings.timeoutMs,
    );
    socket.once('connect', () => {
      isConnected = true;
    });
    socket.once('secureConnect', () => settle(closed('the connection was led to the gate')));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      settle(isConnected ? tlsError(address, error) : closed(`${address}: ${errorCode(error)}`)),
    );
  });
}

// A certificate that the gate's CA did not sign is somebody else's: the connection went around the gate.
function tlsError(address: string, error: NodeJS.ErrnoException): Finding {
  if (error.code === 'ECONNRESET') return closed(`${address} was cut off in the handshake`);
  return open(`${address} answers TLS with a certificate that is not the gate's`);
}

/** TCP alone; the first bytes of the other side are told, such as the banner of SSH. */
export function reachTcp(place: Place, surroundings: Surroundings): Promise<Finding> {
  return overAddresses(place, surroundings, (address) => tryTcp(address, place.port, surroundings.timeoutMs));
}

function tryTcp(address: string, port: number, timeoutMs: number): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (finding: Finding): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(finding);
    };
    let late = setTimeout(() => settle(closed(`${address} does not answer`)), timeoutMs);
    socket.once('connect', () => {
      clearTimeout(late);
      late = setTimeout(() => settle(open(`${address} accepts TCP`)), BANNER_MS);
    });
    socket.once('data', (piece: Buffer) =>
      settle(open(`${address} says ${JSON.stringify(piece.toString('latin1').slice(0, 40).trim())}`)),
    );
    const fail = (error: Error): void => settle(closed(`${address}: ${errorCode(error)}`));
    socket.on('error', fail);
    socket.once('end', () => settle(closed(`${address} hung up at once`)));
  });
}

/** How long the first word of a server is waited for; that it took the connection is enough. */
const BANNER_MS = 500;

/**
 * A QUIC packet of a version that nobody speaks. Every QUIC server answers it with the versions that it does speak
 * (RFC 9000 section 6.1, RFC 8999 section 6), and it tells a server nothing else.
 */
export function reachQuic(place: Place, surroundings: Surroundings): Promise<Finding> {
  return overAddresses(place, surroundings, (address) =>
    tryQuic(address, place.port, surroundings.timeoutMs),
  );
}

function tryQuic(address: string, port: number, timeoutMs: number): Promise<Finding> {
  const packet = unknownVersionPacket();
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    let isOver = false;
    // A packet that is still on its way fails once more when the socket is closed.
    const settle = (finding: Finding): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(late);
      socket.close();
      resolve(finding);
    };
    const late = setTimeout(() => settle(closed(`${address} does not answer`)), timeoutMs);
    socket.once('message', (answer) =>
      settle(
        isVersionNegotiation(answer, packet)
          ? open(`${address} answers QUIC`)
          : open(`${address} answers UDP, though not as QUIC`),
      ),
    );
    const fail = (error: Error): void => settle(closed(`${address}: ${errorCode(error)}`));
    socket.on('error', fail);
    // Node calls back with an error too, such as of a machine without IPv6, which its types do not say.
    socket.connect(port, address, (...[error]: readonly unknown[]) => {
      if (error instanceof Error) return fail(error);
      socket.send(packet, (unsent) => {
        if (unsent !== null) fail(unsent);
      });
    });
  });
}

const CONNECTION_ID_BYTES = 8;
/** RFC 9000 section 14.1: a server may ignore a first packet that is smaller. */
const FIRST_PACKET_BYTES = 1200;
/** RFC 9000 section 15: versions of this pattern are reserved to exercise version negotiation. */
const RESERVED_VERSION = 0x1a2a3a4a;

function unknownVersionPacket(): Buffer {
  const packet = Buffer.alloc(FIRST_PACKET_BYTES);
  packet.writeUInt8(0xc0, 0);
  packet.writeUInt32BE(RESERVED_VERSION, 1);
  packet.writeUInt8(CONNECTION_ID_BYTES, 5);
  randomBytes(CONNECTION_ID_BYTES).copy(packet, 6);
  packet.writeUInt8(CONNECTION_ID_BYTES, 14);
  randomBytes(CONNECTION_ID_BYTES).copy(packet, 15);
  return packet;
}

/** A long header of version 0, whose destination is our source (RFC 8999 section 6). */
function isVersionNegotiation(answer: Buffer, packet: Buffer): boolean {
  if (answer.length < 6 + CONNECTION_ID_BYTES || answer.readUInt32BE(1) !== 0) return false;
  return answer.subarray(6, 6 + CONNECTION_ID_BYTES).equals(packet.subarray(15, 15 + CONNECTION_ID_BYTES));
}

function errorCode(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

/** IPv4 and IPv6 are two ways: open is what one of them finds open. */
async function overAddresses(
  place: Place,
  surroundings: Surroundings,
  tryOne: (address: string) => Promise<Finding>,
): Promise<Finding> {
  const addresses = await addressesOf(place.host, surroundings);
  const findings = await Promise.all(addresses.map(tryOne));
  const [first = closed('the name does not resolve here')] = findings;
  return findings.find(({ result }) => result === 'open') ?? first;
}

/** The first address of each family. */
async function addressesOf(host: string, { resolve, timeoutMs }: Surroundings): Promise<readonly string[]> {
  const mapped = resolve.get(host) ?? resolve.get('*');
  if (mapped !== undefined) return mapped;
  if (isIP(host) !== 0) return [host];
  const found = lookup(host, { all: true }).then(
    (all) => [4, 6].flatMap((family) => all.find((one) => one.family === family)?.address ?? []),
    () => [],
  );
  const late = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(() => late.resolve([]), timeoutMs);
  return Promise.race([found, late.promise]).finally(() => clearTimeout(timer));
}
