// The gate's own answers on HTTP/1, written and recorded. Must not know why they are given.
import { http1FaultStatus } from '../core/wire/http1-faults.ts';
import { type Admission, failureAnswer } from './admit.ts';
import { answerForm, type GateAnswer, type RenderedAnswer, renderAnswer, statusPhrase } from './answer.ts';
import { GatewayFailure } from './failure.ts';
import type { Http1Exchange } from './http1-conversation.ts';
import { RequestRecord } from './request-record.ts';
import { survey } from './survey.ts';
import type { Visit } from './visit.ts';

/** Writes the answer that an admission gave instead of letting the request go. */
export function answerAdmission(
  visit: Visit,
  exchange: Http1Exchange,
  admission: Extract<Admission, { kind: 'answer' }>,
  host: string,
): void {
  const { record, answer, failure } = admission;
  // A doubt about authority or path ends the connection: what follows on it is as doubtful.
  if (answer.status !== 403) exchange.closeAfter();
  writeAnswer(visit, exchange, answer, host);
  finishByGate(record, answer.status, failure);
}

/** Writes a rendered answer; a WebSocket handshake that is refused ends the connection. */
export function writeAnswer(visit: Visit, exchange: Http1Exchange, answer: GateAnswer, host: string): void {
  const form = answerForm(survey(exchange.head.headers, []).accept, host);
  writeRendered(exchange, renderAnswer(answer, form, visit.context.refusal));
}

/** Writes head and body in one piece; HEAD gets the head alone. */
export function writeRendered(exchange: Http1Exchange, rendered: RenderedAnswer): void {
  if (exchange.head.upgrade !== null || !exchange.isBodyComplete) exchange.closeAfter();
  const body = exchange.head.method === 'HEAD' ? Buffer.alloc(0) : rendered.body;
  exchange.write(
    Buffer.concat([Buffer.from(headText(rendered, exchange.mayPersist ? 'keep' : 'close'), 'latin1'), body]),
  );
  exchange.end();
}

/** The answer to bytes that are no request, recorded; for the conversation to send before it closes. */
export function malformedAnswer(
  visit: Visit,
  fault: { readonly code: string; readonly detail: string },
): string {
  const record = new RequestRecord(visit);
  const failure = new GatewayFailure('bad-request', 'request', `${fault.code}: ${fault.detail}`);
  const status = http1FaultStatus(fault.code);
  const rendered = renderAnswer(
    { ...failureAnswer(failure, record.id), status },
    'text',
    visit.context.refusal,
  );
  finishByGate(record, status, failure);
  return headText(rendered, 'close') + rendered.body.toString('latin1');
}

/** Answers 400 and ends the connection. */
export function answerMalformed(visit: Visit, exchange: Http1Exchange, detail: string): void {
  const record = new RequestRecord(visit);
  const failure = new GatewayFailure('bad-request', 'request', detail);
  exchange.closeAfter();
  writeAnswer(visit, exchange, failureAnswer(failure, record.id), '');
  finishByGate(record, failure.status, failure);
}

/** Writes the answer to a failure, where none was begun. */
export function answerFailure(
  visit: Visit,
  exchange: Http1Exchange,
  failed: { readonly record: RequestRecord; readonly failure: GatewayFailure; readonly host: string },
): void {
  const { record, failure, host } = failed;
  writeAnswer(visit, exchange, failureAnswer(failure, record.id), host);
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
  return `${text}${persist === 'close' ? 'connection: close\r\n' : ''}\r\n`;
}
