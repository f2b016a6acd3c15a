// The proxy's own HTTP/1 conversation: CONNECT, requests in absolute form, and the gate's own pages.
// Must not know what becomes of a tunnel.
import { type Destination, parseDestination } from '../../core/base/destination.ts';
import { singleHeader } from '../../core/base/header-lines.ts';
import type { RequestHead } from '../../core/wire/http1-head.ts';
import { absoluteForm } from '../../core/wire/request-target.ts';
import type { Arrival, Caller, Door, TunnelClient } from '../arrival.ts';
import {
  answerMalformed,
  answerText,
  lateAnswer,
  malformedAnswer,
  writeAnswer,
  writeRendered,
} from '../http1/http1-answers.ts';
import { Http1Conversation } from '../http1/http1-conversation.ts';
import type { Http1Exchange } from '../http1/http1-exchange.ts';
import { answerForm, type GateAnswer, renderAnswer } from '../request/answer.ts';
import { acceptOf } from '../request/survey.ts';
import type { Visit } from '../visit.ts';
import { credentialOf } from './identify.ts';
import { answerLocalPage, localAsked } from './local-pages.ts';
import { forwardPlain } from './plain.ts';

export const httpDoor: Door = { enter, lastWords: answerText };

function enter(visit: Visit, client: TunnelClient, receive: (caller: Caller) => Promise<void>): void {
  const { socket, early } = client;
  const limits = { ...visit.context.limits, headTimeoutMs: visit.context.limits.connectHeadTimeoutMs };
  const conversation = new Http1Conversation(socket, limits, {
    onHalfClose: 'wait',
    request: (exchange) => {
      const local = localAsked(visit, exchange.head);
      const destination = local === null ? askedDestination(exchange.head) : null;
      visit.asks(destination, singleHeader(exchange.head.headers, 'user-agent'));
      if (local !== null) void answerLocalPage(visit, exchange, local);
      else void receive(callerOf(visit, client, exchange));
    },
    malformed: (fault, refuse) => {
      visit.asks(null, null);
      refuse(malformedAnswer(visit, fault));
    },
    late: (failure, refuse) => {
      visit.asks(null, null);
      refuse(lateAnswer(visit, failure));
    },
    over: (failure) => visit.close(failure),
  });
  visit.control = { drain: () => conversation.drain(), abort: (failure) => conversation.abort(failure) };
  conversation.begin(early);
}

function callerOf(visit: Visit, client: TunnelClient, exchange: Http1Exchange): Caller {
  const { head } = exchange;
  return {
    get isGone() {
      return exchange.isOver;
    },
    credential: () => credentialOf(head),
    challenge: (answer, challenges) => challenge(visit, exchange, { answer, challenges }),
    arrive: () => {
      if (head.method === 'CONNECT' && exchange.isBodyComplete)
        return connectArrival(visit, client, exchange);
      if (head.method === 'CONNECT') answerMalformed(visit, exchange, 'a CONNECT has no body');
      else forwardPlain(visit, exchange);
      return null;
    },
  };
}

function connectArrival(visit: Visit, { socket }: TunnelClient, exchange: Http1Exchange): Arrival {
  return {
    destination: connectDestination(exchange.head.target),
    carries: 'tls',
    refuse: (answer) => {
      visit.status = answer.status;
      exchange.closeAfter();
      writeAnswer({ visit, exchange, host: '' }, answer);
    },
    open: () => {
      exchange.writeText('HTTP/1.1 200 Connection established\r\n\r\n');
      return { socket, early: exchange.takeOver().early };
    },
  };
}

/** 407 asks for credentials and keeps the connection, since clients answer on it. */
function challenge(
  visit: Visit,
  exchange: Http1Exchange,
  asked: { readonly answer: GateAnswer; readonly challenges: readonly string[] },
): void {
  const form = answerForm(acceptOf(exchange.head.headers), '');
  const rendered = renderAnswer(asked.answer, form, visit.context.refusal);
  // A line each: some clients read no more than one challenge of a line.
  const offered = asked.challenges.flatMap((each) => ['proxy-authenticate', each]);
  writeRendered(exchange, { ...rendered, headers: [...rendered.headers, ...offered] });
}

/** What a proxy request asks for, whoever asks; absolute-form requests have a port of their own where they name none. */
function askedDestination({ method, target }: RequestHead): Destination | null {
  if (method === 'CONNECT') return connectDestination(target);
  const authority = absoluteForm(target, 'http')?.authority;
  return authority === undefined ? null : parseDestination(authority, 80);
}

// A CONNECT names a port; without one the authority is no destination (RFC 9110 section 9.3.6).
function connectDestination(target: string): Destination {
  return parseDestination(target);
}
