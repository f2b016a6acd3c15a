// Every limit of the gate with its default and its bounds; `docs/settings.md` is checked against this file.
// Must not know who enforces which.
import { z } from 'zod';
import { durationSchema } from './duration.ts';

/** The limits in force. Times in milliseconds. */
export interface Limits {
  readonly headBytes: number;
  readonly headerCount: number;
  readonly targetBytes: number;
  readonly chunkExtensionBytes: number;
  readonly connections: number;
  readonly connectionsPerClient: number;
  readonly handshakesPerSecond: number;
  readonly streamsPerConnection: number;
  readonly streamResets: number;
  readonly streamResetsPerSecond: number;
  readonly controlFramesPerSecond: number;
  readonly emptyFrames: number;
  readonly refusedStreams: number;
  readonly sessionMegabytes: number;
  readonly connectHeadTimeoutMs: number;
  readonly sniffTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  readonly headTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly resolveTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly drainTimeoutMs: number;
  readonly poolPerOrigin: number;
  readonly poolConnections: number;
  readonly poolIdleTimeoutMs: number;
  readonly resolveCacheMs: number;
  readonly leafCache: number;
  readonly leavesPerMinute: number;
  readonly refusalLeavesPerMinute: number;
  readonly identityQueue: number;
  readonly identityMemoryMs: number;
  readonly identityFailures: number;
}

/** The `limits` section of the settings: all keys optional, unknown ones refused. */
export function limitsSchema(): z.ZodType<Limits> {
  return z.strictObject(shape()).prefault({}).transform(limitsOf);
}

/** The limits when the settings say nothing. */
export function defaultLimits(): Limits {
  return limitsSchema().parse({});
}

// biome-ignore format: one limit per line reads as the table it is.
function shape() {
  return {
    headBytes: count(65_536, [1_024, 1_048_576], 'Bytes of a request or response head.'),
    headerCount: count(200, [10, 1_000], 'Header lines of a head, cookie crumbs of HTTP/2 included.'),
    targetBytes: count(16_384, [256, 1_048_576], 'Bytes of a request target: path and query.'),
    chunkExtensionBytes: count(256, [0, 16_384], 'Bytes of the extensions of one chunk.'),
    connections: count(10_000, [1, 1_000_000], 'Client connections open at once, on all listeners.'),
    connectionsPerClient: count(1_000, [1, 1_000_000], 'Client connections open at once from one address (an IPv6 client is its /64).'),
    handshakesPerSecond: count(2_000, [1, 100_000], 'Tunnels, and so TLS handshakes, that one client may begin in a second; what two seconds left over may come at once.'),
    streamsPerConnection: count(128, [1, 10_000], 'HTTP/2 streams open at once on one client connection.'),
    streamResets: count(200, [1, 1_000_000], 'HTTP/2 streams that a client may reset at once on one connection (rapid reset).'),
    streamResetsPerSecond: count(33, [1, 100_000], 'How many of these resets come back in a second.'),
    controlFramesPerSecond: count(500, [1, 100_000], 'HTTP/2 PING and SETTINGS frames of a client in a second on one connection; what two seconds left over may come at once.'),
    emptyFrames: count(1_000, [1, 1_000_000], 'Empty or invalid HTTP/2 frames on one client connection.'),
    refusedStreams: count(20, [1, 1_000_000], 'HTTP/2 streams of one client connection whose heads are over their limits (HPACK bombs).'),
    sessionMegabytes: count(16, [1, 1_024], 'Megabytes that one HTTP/2 client connection may hold; beyond, its streams are refused.'),
    connectHeadTimeout: time('30s', 'For a PROXY header from the accept on, and again for the proxy request head.'),
    sniffTimeout: time('10s', 'From the answer to a CONNECT to a whole ClientHello.'),
    handshakeTimeout: time('10s', 'A TLS handshake, on either side.'),
    headTimeout: time('30s', 'From the first byte of a request head to its end.'),
    answerTimeout: time('30s', 'For an HTTP/2 client to take an answer of the gate itself.'),
    resolveTimeout: time('5s', 'A name to its addresses.'),
    connectTimeout: time('10s', 'A TCP connection to upstream.'),
    responseTimeout: time('10m', 'From the end of a request to the head of its answer.'),
    idleTimeout: time('15m', 'Silence in both directions of a body, a stream, a splice or a WebSocket.'),
    keepAliveTimeout: time('5m', 'Silence of a client connection between two requests.'),
    pingInterval: time('30s', 'Between two HTTP/2 pings that keep a session alive.'),
    drainTimeout: time('30s', 'From SIGTERM until what is still open is cut.'),
    poolPerOrigin: count(64, [1, 10_000], 'Idle upstream connections kept to one host for one principal and policy class.'),
    poolConnections: count(10_000, [1, 1_000_000], 'Upstream connections in all.'),
    poolIdleTimeout: time('60s', 'An upstream connection without a request before it is closed.'),
    resolveCache: time('30s', 'How long resolved addresses are used again.'),
    leafCache: count(5_000, [10, 1_000_000], 'Leaf certificates kept in memory.'),
    leavesPerMinute: count(1_200, [1, 100_000], 'Leaf certificates signed in a minute, in all.'),
    refusalLeavesPerMinute: count(60, [1, 100_000], 'Leaf certificates signed in a minute for refusals, per client.'),
    identityQueue: count(128, [1, 100_000], 'Proxy credentials that wait to be verified.'),
    identityMemory: time('10m', 'How long verified proxy credentials are remembered (as keyed hashes).'),
    identityFailures: count(5, [1, 1_000], 'Wrong proxy credentials from one address before it must wait.'),
  };
}

function limitsOf(read: z.output<z.ZodObject<ReturnType<typeof shape>>>): Limits {
  const {
    connectHeadTimeout: connectHeadTimeoutMs,
    sniffTimeout: sniffTimeoutMs,
    handshakeTimeout: handshakeTimeoutMs,
    headTimeout: headTimeoutMs,
    answerTimeout: answerTimeoutMs,
    resolveTimeout: resolveTimeoutMs,
    connectTimeout: connectTimeoutMs,
    responseTimeout: responseTimeoutMs,
    idleTimeout: idleTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    pingInterval: pingIntervalMs,
    drainTimeout: drainTimeoutMs,
    poolIdleTimeout: poolIdleTimeoutMs,
    resolveCache: resolveCacheMs,
    identityMemory: identityMemoryMs,
    ...counts
  } = read;
  return {
    ...counts,
    connectHeadTimeoutMs,
    sniffTimeoutMs,
    handshakeTimeoutMs,
    headTimeoutMs,
    answerTimeoutMs,
    resolveTimeoutMs,
    connectTimeoutMs,
    responseTimeoutMs,
    idleTimeoutMs,
    keepAliveTimeoutMs,
    pingIntervalMs,
    drainTimeoutMs,
    poolIdleTimeoutMs,
    resolveCacheMs,
    identityMemoryMs,
  };
}

function count(standard: number, [min, max]: readonly [number, number], says: string) {
  return z.int().min(min).max(max).default(standard).describe(says);
}

function time(standard: string, says: string) {
  return durationSchema({ minMs: 1, maxMs: 86_400_000 }).prefault(standard).describe(says);
}
