// A TCP connection to one of several addresses, tried side by side as RFC 8305 has it.
// Must not know names, nor what will be sent.
import net from 'node:net';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Endpoint, RouteFault } from '../../ports.ts';
import { errorCode, errorText } from '../failure.ts';

export type Reached = Result<net.Socket, RouteFault>;

export interface RaceOptions {
  /** For all attempts together. */
  readonly timeoutMs: number;
  /** A socket on its way there; so that tests own the network. */
  readonly connect?: (endpoint: Endpoint) => net.Socket;
}

/**
 * The first connection that stands, half-open allowed. An attempt begins once the one before it failed, or has not come
 * through within 250 ms, and goes on beside the others until the time is over: a slow path is no failed one.
 */
export function raceTo(endpoints: readonly Endpoint[], options: RaceOptions): Promise<Reached> {
  return new Promise((resolve) => {
    new Race(endpoints, options, resolve).begin();
  });
}

class Race {
  readonly #options: RaceOptions;
  readonly #all: readonly Endpoint[];
  readonly #over: (result: Reached) => void;
  readonly #waiting: Endpoint[];
  readonly #running = new Set<net.Socket>();
  readonly #errors: Error[] = [];
  #nextTimer: NodeJS.Timeout | undefined;
  #lastTimer: NodeJS.Timeout | undefined;

  constructor(endpoints: readonly Endpoint[], options: RaceOptions, over: (result: Reached) => void) {
    this.#all = endpoints;
    this.#options = options;
    this.#over = over;
    this.#waiting = familiesByTurns(endpoints);
  }

  begin(): void {
    const { timeoutMs } = this.#options;
    this.#lastTimer = setTimeout(
      () => this.#end(err({ code: 'connect-timeout', detail: `no connect within ${timeoutMs} ms` })),
      timeoutMs,
    );
    this.#next();
  }

  #next(): void {
    clearTimeout(this.#nextTimer);
    const endpoint = this.#waiting.shift();
    if (endpoint === undefined) {
      if (this.#running.size === 0) this.#end(err(this.#fault()));
      return;
    }
    const { connect = connectTo } = this.#options;
    const socket = connect(endpoint);
    this.#running.add(socket);
    const failed = (error: Error): void => {
      if (!this.#running.delete(socket)) return;
      this.#errors.push(error);
      socket.destroy();
      this.#next();
    };
    socket.once('connect', () => this.#end(ok(socket)));
    // It stays: whoever takes the socket listens too, and an error in between must not end the process.
    socket.on('error', failed);
    socket.once('close', () => failed(new Error('the connection closed early')));
    this.#nextTimer = setTimeout(() => this.#next(), ATTEMPT_DELAY_MS);
  }

  #end(result: Reached): void {
    clearTimeout(this.#nextTimer);
    clearTimeout(this.#lastTimer);
    const others = [...this.#running].filter((socket) => !result.ok || socket !== result.value);
    this.#running.clear();
    for (const socket of others) socket.destroy();
    this.#over(result);
  }

  #fault(): RouteFault {
    const places = this.#all.map(({ address, port }) => `${address}:${port}`).join(', ');
    const texts = [...new Set(this.#errors.map(errorText))].join('; ');
    const isOurs = this.#errors.length > 0 && this.#errors.every(isOutOfDescriptors);
    const code = isOurs ? 'overloaded' : 'connect-failed';
    const [cause] = this.#errors;
    return {
      ...{ code, detail: `cannot connect to ${places}: ${texts}` },
      ...(cause === undefined ? {} : { cause }),
    };
  }
}

/** RFC 8305 section 5: the recommended Connection Attempt Delay. */
const ATTEMPT_DELAY_MS = 250;

function connectTo({ address, port }: Endpoint): net.Socket {
  return net.connect({ host: address, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
}

/** RFC 8305 section 4: the families take turns, so that one that is broken holds nobody up. */
function familiesByTurns(endpoints: readonly Endpoint[]): Endpoint[] {
  const isSix = ({ address }: Endpoint): boolean => address.includes(':');
  const [first] = endpoints;
  if (first === undefined) return [];
  const same = endpoints.filter((one) => isSix(one) === isSix(first));
  const other = endpoints.filter((one) => isSix(one) !== isSix(first));
  return Array.from({ length: Math.max(same.length, other.length) }, (_, at) => [same[at], other[at]])
    .flat()
    .filter((one) => one !== undefined);
}

// Not upstream's fault: this process or machine has no descriptor, port or memory left for another socket.
function isOutOfDescriptors(error: Error): boolean {
  return OUT_OF_DESCRIPTORS.has(errorCode(error) ?? '');
}

const OUT_OF_DESCRIPTORS: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
]);
