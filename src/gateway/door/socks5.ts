// SOCKS5 (RFC 1928): a greeting, a user name and password where they are required (RFC 1929), and one request, which is
// CONNECT. Must not know what becomes of a tunnel.
import type { Socket } from 'node:net';
import { unreachable } from '../../core/base/unreachable.ts';
import {
  readSocksGreeting,
  readSocksPassword,
  readSocksRequest,
  SOCKS_METHOD,
  type SocksReply,
  socksMethod,
  socksReply,
  socksVerdict,
} from '../../core/wire/socks5.ts';
import type { WireStep } from '../../core/wire/step.ts';
import type { Credential } from '../../ports.ts';
import type { Arrival, Caller, Door, TunnelClient } from '../arrival.ts';
import { errorCode, GatewayFailure } from '../failure.ts';
import { readStep } from '../read-step.ts';
import type { GateAnswer } from '../request/answer.ts';
import type { Visit } from '../visit.ts';
import { sayLast } from './farewell.ts';
import { basicOf } from './identify.ts';

export const socksDoor: Door = {
  enter: (visit, client, receive) => {
    const talk = new SocksTalk(visit, client);
    void talk.caller().then((caller) => (caller === null ? undefined : receive(caller)));
  },
  // No greeting was read; that no method is acceptable is the first that a client can be told.
  lastWords: () => socksMethod('unacceptable'),
};

class SocksTalk {
  readonly #visit: Visit;
  readonly #socket: Socket;
  #rest: Buffer;
  #isGreeted = false;
  #isOver = false;
  /** Nobody listens while a password is verified; a client that leaves then is gone. */
  readonly #onClose = (): void => this.#left();

  constructor(visit: Visit, { socket, early }: TunnelClient) {
    this.#visit = visit;
    this.#socket = socket;
    this.#rest = early;
    socket.once('close', this.#onClose);
    visit.control = {
      drain: () => {
        if (!this.#isGreeted) this.#left();
      },
      abort: (failure) => {
        this.#close(failure);
        socket.destroy();
      },
    };
  }

  /** Who greets, and with what; null when it was ended. */
  async caller(): Promise<Caller | null> {
    const methods = await this.#read(readSocksGreeting, null);
    if (methods === null) return null;
    this.#isGreeted = true;
    const offers = (method: keyof typeof SOCKS_METHOD): boolean => methods.includes(SOCKS_METHOD[method]);
    const isAsked = this.#visit.listener.credentials === 'required' || !offers('none');
    if (offers('password') && isAsked) return this.#passwordCaller();
    if (offers('none'))
      // What is said of the method is the answer to who this is.
      return this.#callerWith({ kind: 'none' }, [socksMethod('none'), socksMethod('unacceptable')]);
    const failure = new GatewayFailure('bad-socks', 'identify', 'the client offers no method that is known');
    return this.#refuse(socksMethod('unacceptable'), failure);
  }

  async #passwordCaller(): Promise<Caller | null> {
    this.#socket.write(socksMethod('password'));
    const sent = await this.#read(readSocksPassword, socksVerdict('unknown'));
    if (sent === null) return null;
    const credential = basicOf(sent.user, sent.password);
    return this.#callerWith(credential, [socksVerdict('known'), socksVerdict('unknown')]);
  }

  #callerWith(credential: Credential | null, [yes, no]: readonly [Uint8Array, Uint8Array]): Caller {
    const isOver = (): boolean => this.#isOver;
    return {
      get isGone() {
        return isOver();
      },
      credential: () => credential,
      challenge: ({ status, code }) => {
        this.#visit.status = status;
        // Elsewhere a client is asked for what it did not send, and goes on. Here that is the end, and recorded as such.
        const isAsked = code === 'credentials-wanted';
        const detail = 'the client offers no user name and password';
        this.#refuse(no, isAsked ? new GatewayFailure('credentials-wanted', 'identify', detail) : null);
      },
      arrive: () => {
        this.#socket.write(yes);
        return this.#arrival();
      },
    };
  }

  async #arrival(): Promise<Arrival | null> {
    const request = await this.#read(readSocksRequest, socksReply('generalFailure'));
    if (request === null) return null;
    const { command, destination } = request;
    this.#visit.asks(destination, null);
    if (command !== 'connect') {
      const failure = new GatewayFailure('bad-socks', 'decide', 'no command but CONNECT is known');
      return this.#refuse(socksReply('commandNotSupported'), failure);
    }
    return {
      destination,
      carries: 'tls-or-http',
      refuse: (answer, failure) => {
        this.#visit.status = answer.status;
        this.#refuse(socksReply(replyTo(answer, failure)), failure);
      },
      open: () => {
        this.#socket.off('close', this.#onClose);
        this.#socket.write(socksReply('succeeded'));
        return { socket: this.#socket, early: this.#rest };
      },
    };
  }

  /** The next message; null when there is none, which was said and recorded. */
  async #read<T>(read: (bytes: Buffer) => WireStep<T>, no: Uint8Array | null): Promise<T | null> {
    const timeoutMs = this.#visit.context.limits.connectHeadTimeoutMs;
    const end = await readStep(this.#socket, { early: this.#rest, read, timeoutMs });
    if (this.#isOver) return null;
    switch (end.kind) {
      case 'done':
        this.#rest = end.bytes.subarray(end.used);
        return end.value;
      case 'gone':
        this.#left();
        return null;
      case 'late': {
        const detail = `no complete message of SOCKS within ${timeoutMs} ms`;
        const isSilent = !this.#isGreeted && end.bytes.length === 0;
        this.#close(isSilent ? null : new GatewayFailure('head-timeout', 'accept', detail));
        this.#socket.destroy();
        return null;
      }
      case 'malformed': {
        const words = end.fault.code === 'bad-socks-address' ? socksReply('addressTypeNotSupported') : no;
        return this.#refuse(words, new GatewayFailure('bad-socks', 'accept', end.fault));
      }
      default:
        return unreachable(end);
    }
  }

  #refuse(words: Uint8Array | null, failure: GatewayFailure | null): null {
    this.#visit.status ??= failure?.status ?? null;
    if (words === null) this.#socket.destroy();
    else sayLast(this.#socket, words);
    this.#close(failure);
    return null;
  }

  /** The client is gone, or is to be: between two messages that is no failure. */
  #left(): void {
    this.#close(null);
    this.#socket.destroy();
  }

  #close(failure: GatewayFailure | null): void {
    this.#isOver = true;
    this.#visit.close(failure);
  }
}

/** The reply code that says most of why there is no tunnel (RFC 1928 section 6). */
function replyTo({ status, code }: GateAnswer, failure: GatewayFailure | null): SocksReply {
  if (status === 403) return 'notAllowed';
  return UNREACHED[errorCode(failure?.cause) ?? ''] ?? REPLIES[code] ?? 'generalFailure';
}

const UNREACHED: Readonly<Record<string, SocksReply>> = {
  ENETUNREACH: 'networkUnreachable',
  EHOSTUNREACH: 'hostUnreachable',
};

const REPLIES: Readonly<Record<string, SocksReply>> = {
  'address-refused': 'notAllowed',
  'dns-failed': 'hostUnreachable',
  'dns-timeout': 'ttlExpired',
  'connect-failed': 'connectionRefused',
  'connect-timeout': 'ttlExpired',
};
