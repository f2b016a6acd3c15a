// The gate's own answers on HTTP/1, written and recorded. Must not know why they are given.
import type { WireFault } from '../../core/wire/step.ts';
import { GatewayFailure } from '../failure.ts';
import { failureAnswer, type Refused } from '../request/admit.ts';
import {
  answerForm,
  type GateAnswer,
  type RenderedAnswer,
  renderAnswer,
  statusPhrase,
} from '../request/answer.ts';
import { RequestRecord } from '../request/request-record.ts';
import { acceptOf } from '../request/survey.ts';
import type { HandshakeFault } from '../request/websocket-handshake.ts';
import type { Visit } from '../visit.ts';
import type { Http1Exchange } from './http1-exchange.ts';

/** A request that the gate answers itself: where it came in, and which host it asked for (`""` where there is none). */
export interface Http1Asked {
  readonly visit: Visit;
  readonly exchange: Http1Exchange;
  readonly host: string;
}

/** Writes the answer that an admission gave instead of letting the request go. */
export function answerAdmission(asked: Http1Asked, { record, answer, failure }: Refused): void {
  // A doubt about authority or path ends the connection: what follows on it is as doubtful.
  if (answer.status !== 403) asked.exchange.closeAfter();
  writeAnswer(asked, answer);
  finishByGate(record, answer.status, failure);
}

/** Writes an answer in the form that the client accepts. */
export function writeAnswer({ visit, exchange, host }: Http1Asked, answer: GateAnswer): void {
  const form = answerForm(acceptOf(exchange.head.headers), host);
  writeRendered(exchange, renderAnswer(answer, form, visit.context.refusal));
}

/** Writes head and body in one piece; HEAD gets the head alone. A WebSocket handshake that is refused ends the connection. */
export function writeRendered(exchange: Http1Exchange, rendered: RenderedAnswer): void {
  if (exchange.head.upgrade !== null || !exchange.isBodyComplete) exchange.closeAfter();
  const body = exchange.head.method === 'HEAD' ? Buffer.alloc(0) : rendered.body;
  exchange.write(
    Buffer.concat([Buffer.from(headText(rendered, exchange.mayPersist ? 'keep' : 'close'), 'latin1'), body]),
  );
  exchange.end();
}

/** The answer to bytes that are no request, recorded; for the conversation to send before it closes. */
export function malformedAnswer(visit: Visit, fault: WireFault): string {
  return lateAnswer(visit, new GatewayFailure('bad-request', 'request', fault));
}

/** The answer to a head that did not end in time, recorded likewise. */
export function lateAnswer(visit: Visit, failure: GatewayFailure): string {
  const record = new RequestRecord(visit);
  const text = answerText(visit, failureAnswer(failure, record.id));
  finishByGate(record, failure.status, failure);
  return text;
}

/** An answer that is owed to no request, head and body, each byte as a character; the connection closes after it. */
export function answerText(visit: Visit, answer: GateAnswer): string {
  const rendered = renderAnswer(answer, 'text', visit.context.refusal);
  return headText(rendered, 'close') + rendered.body.toString('latin1');
}

/** Answers 400, or what the fault says, and ends the connection. */
export function answerMalformed(visit: Visit, exchange: Http1Exchange, fault: string | HandshakeFault): void {
  const failure = new GatewayFailure('bad-request', 'request', fault);
  exchange.closeAfter();
  answerFailure({ visit, exchange, host: '' }, { record: new RequestRecord(visit), failure });
}

/** Writes the answer to a failure, where none was begun. */
export function answerFailure(
  asked: Http1Asked,
  { record, failure }: { readonly record: RequestRecord; readonly failure: GatewayFailure },
): void {
  writeAnswer(asked, failureAnswer(failure, record.id));
  finishByGate(record, failure.status, failure);
}

function finishByGate(record: RequestRecord, status: number, failure: GatewayFailure | null): void {
  record.status = status;
  record.by = 'gate';
  record.finish(failure);
}

function headText(rendered: RenderedAnswer, persist: 'keep' | 'close'): string {
  let text = `HTTP/1.1 ${rendered.status} ${statusPhrase(rendered.status)}\r\n`;
  for (let at = 0; at + 1 < rendered.headers.length; at += 2)
    text += `${rendered.headers[at]}: ${rendered.headers[at + 1]}\r\n`;
  // RFC 9110 section 15.5.22.
  if (rendered.status === 426) return `${text}upgrade: websocket\r\nconnection: upgrade, close\r\n\r\n`;
  return `${text}${persist === 'close' ? 'connection: close\r\n' : ''}\r\n`;
}
