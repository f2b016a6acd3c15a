// A request's walk through the simulator: note it, judge it, find its handler, write the answer.
// Must not know what any page or endpoint says.
import { randomBytes } from 'node:crypto';
import { ServerResponse } from 'node:http';
import { type HeaderLines, headerPairs, headerValues } from '../core/base/header-lines.ts';
import { presentedToken, tokenKind } from '../core/contract/caller.ts';
import { judge } from '../core/contract/judge.ts';
import { MISDIRECTED } from '../core/contract/messages.ts';
import type { BodyFacts, ContractRequest } from '../core/contract/request.ts';
import { type Surface, surfaceOf } from '../core/contract/surface.ts';
import type { Verdict } from '../core/contract/verdict.ts';
import type { Clock } from '../ports.ts';
import { apiError, refusal } from './answers.ts';
import { bodyFacts, bodyMatters } from './body-facts.ts';
import { answerControl, type Control } from './control.ts';
import {
  type Answer,
  type Exchange,
  type ReceivedHead,
  readBody,
  type ServerAnswer,
  type ServerMessage,
} from './exchange.ts';
import { hostOf, isControlHost } from './hosts.ts';
import { answerSite, holdsBody } from './sites.ts';

/** Larger bodies are refused where a handler needs the whole. */
const MOST_BODY_BYTES = 16 * 1024 * 1024;

export interface Front {
  readonly control: Control;
  readonly clock: Clock;
}

/** Answers one request, and never rejects: an error on the way is a 500 that names it, or the end of the connection. */
export async function answerRequest(
  front: Front,
  message: ServerMessage,
  response: ServerAnswer,
): Promise<void> {
  const head = headOf(front, message);
  const wantBody = onceOnly(() => askForBody(message, response));
  const exchange: Exchange = { head, message, response, wantBody };
  let isGone = false;
  response.once('close', () => {
    isGone = true;
  });
  message.on('error', () => undefined);
  response.on('error', () => undefined);
  const answer = await answerOf(front, exchange).catch(failure);
  // Nobody is left to be answered.
  if (isGone) return;
  await writeAnswer(exchange, answer).catch(() => response.destroy());
}

function failure(cause: unknown): Answer {
  return apiError(500, `The simulator failed: ${String(cause)}`);
}

/** What arrived, noted in the log of requests unless it is for the simulator itself. */
export function headOf(front: Front, message: ServerMessage): ReceivedHead {
  const lines: HeaderLines = message.rawHeaders;
  const pseudo = (name: string): string => headerValues(lines, name)[0] ?? '';
  const headers = [...headerPairs(lines)].filter(([name]) => !name.startsWith(':')).flat();
  const authority = pseudo(':authority') || (headerValues(headers, 'host')[0] ?? '');
  const target = message.url ?? '/';
  const cut = target.indexOf('?');
  const host = hostOf(authority);
  const nowMs = front.clock.now();
  const method = message.method ?? 'GET';
  if (!isControlHost(host)) {
    const at = new Date(nowMs).toISOString();
    front.control.log.add({
      at,
      host,
      method,
      path: target,
      httpVersion: versionOf(message),
      lines: headers,
    });
  }
  return {
    host,
    method,
    path: cut < 0 ? target : target.slice(0, cut),
    query: cut < 0 ? '' : target.slice(cut + 1),
    headers,
    from: message.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
    atMs: nowMs,
    requestId: newRequestId(),
    websocket: pseudo(':protocol') === 'websocket' || /^websocket$/i.test(pseudo('upgrade')),
  };
}

/** Asks the judge, and writes its entries into the audit log. */
export function judged(front: Front, head: ReceivedHead, body: BodyFacts): Verdict {
  const { services } = front.control;
  services.live.expire(head.atMs);
  const token = presentedToken(head);
  const isJwt = token !== null && tokenKind(token) === 'jwt' && head.host === 'api.github.com';
  const app = isJwt ? services.apps.verified(token, head.atMs) : null;
  const request: ContractRequest = { ...head, body, app };
  const verdict = judge(request, services.live);
  services.live.record(verdict.log);
  return verdict;
}

async function answerOf(front: Front, exchange: Exchange): Promise<Answer> {
  const { head } = exchange;
  if (isControlHost(head.host)) return answerControl(front.control, head.method, head.path);
  const surface = surfaceOf(head);
  if (isMisdirected(exchange)) return refusal(surface, 421, MISDIRECTED);
  const early = bodyMatters(surface, head.method) ? await readBody(exchange, MOST_BODY_BYTES) : EMPTY;
  if (early === null) return tooLarge(surface);
  const { services } = front.control;
  const verdict = judged(front, head, bodyFacts(surface, head, { body: early, live: services.live }));
  if (verdict.kind === 'refuse') return refusal(verdict.surface, verdict.status, verdict.message);
  const late = early === EMPTY && holdsBody(surface) ? await readBody(exchange, MOST_BODY_BYTES) : early;
  if (late === null) return tooLarge(surface);
  return answerSite({ exchange, services, verdict, values: {}, body: late });
}

/** True when the handshake named another server than the request does: a way around a gate that splices (RFC 9110 section 15.5.20). */
function isMisdirected({ head, message }: Exchange): boolean {
  const named: unknown = Reflect.get(message.socket, 'servername');
  return typeof named === 'string' && named !== '' && hostOf(named) !== head.host;
}

const EMPTY = new Uint8Array(0);

function tooLarge(surface: Surface): Answer {
  return refusal(surface, 413, 'The request body is too large.');
}

async function writeAnswer({ head, response }: Exchange, answer: Answer): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of gathered(answer.headers)) response.setHeader(name, value);
  response.setHeader('server', 'github.com');
  response.setHeader('x-github-request-id', head.requestId);
  if (answer.kind === 'whole') {
    const body = Buffer.from(answer.body);
    if (answer.status !== 204 && answer.status !== 304) response.setHeader('content-length', body.length);
    response.end(head.method === 'HEAD' ? '' : body);
    return;
  }
  if (head.method === 'HEAD') {
    response.end();
    return;
  }
  // The client sees the head before the first byte of a slow body. On HTTP/2 writeHead sends it.
  if (response instanceof ServerResponse) response.flushHeaders();
  else response.writeHead(answer.status);
  await answer.write(response);
}

/** Values of one name together, so that several cookies stay several lines. */
function gathered(lines: HeaderLines): Map<string, string | string[]> {
  const map = new Map<string, string | string[]>();
  for (const [name, value] of headerPairs(lines)) {
    const known = map.get(name);
    map.set(name, known === undefined ? value : [known, value].flat());
  }
  return map;
}

function askForBody(message: ServerMessage, response: ServerAnswer): void {
  if (/^100-continue$/i.test(String(message.headers['expect'] ?? ''))) response.writeContinue();
}

function onceOnly(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}

function versionOf(message: ServerMessage): string {
  return message.httpVersion === '2.0' ? '2' : message.httpVersion;
}

/** Shaped as GitHub's: five groups of hexadecimal digits. */
function newRequestId(): string {
  const hex = randomBytes(16).toString('hex').toUpperCase();
  return [hex.slice(0, 4), hex.slice(4, 9), hex.slice(9, 16), hex.slice(16, 23), hex.slice(23, 31)].join(':');
}
