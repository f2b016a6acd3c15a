// Refusals that clients can read: inside the tunnel, with a leaf that serves nothing but the refusal (policy, Refusing).
// Must not know why; the answer is given.
import type { TLSSocket } from 'node:tls';
import type { Hostname } from '../../core/base/hostname.ts';
import type { IpAddress } from '../../core/base/ip-address.ts';
import { GatewayFailure } from '../failure.ts';
import { lateAnswer, writeAnswer as writeHttp1Answer } from '../http1/http1-answers.ts';
import { Http1Conversation } from '../http1/http1-conversation.ts';
import { onStreams, openHttp2Session, overWhenClosed } from '../http2/http2-session.ts';
import { writeAnswer as writeHttp2Answer } from '../http2/serve-http2.ts';
import type { GateAnswer } from '../request/answer.ts';
import { acceptOf } from '../request/survey.ts';
import type { Visit } from '../visit.ts';
import { acceptTls } from './accept-tls.ts';
import type { HeardClient } from './hear.ts';

export interface InnerRefusal {
  readonly host: Hostname | IpAddress;
  readonly answer: GateAnswer;
  /** The failure that is told of, where a failure and not a rule refuses. */
  readonly failure: GatewayFailure | null;
}

/** Answers every request on the connection with the same refusal; `early` begins with the client's hello. */
export async function refuseInside(visit: Visit, client: HeardClient, refusal: InnerRefusal): Promise<void> {
  const { leaves, limits } = visit.context;
  const leaf = await leaves.leafFor(refusal.host, 'refusal', visit.client.address);
  if (!leaf.ok) {
    client.socket.destroy();
    visit.close(new GatewayFailure(leaf.error.code, 'intercept', leaf.error.detail));
    return;
  }
  const alpn = client.hello.alpn.includes('h2') ? 'h2' : 'http/1.1';
  const secured = await acceptTls({
    socket: client.socket,
    early: client.early,
    context: leaf.value,
    alpn,
    timeoutMs: limits.handshakeTimeoutMs,
  });
  if (secured instanceof GatewayFailure) {
    visit.close(secured);
    return;
  }
  visit.status = refusal.answer.status;
  if (secured.alpnProtocol === 'h2') refuseHttp2(visit, secured, refusal);
  else refuseHttp1(visit, secured, refusal);
}

function refuseHttp1(visit: Visit, socket: TLSSocket, refusal: InnerRefusal): void {
  const conversation = new Http1Conversation(socket, visit.context.limits, {
    onHalfClose: 'leave',
    request: (exchange) => writeHttp1Answer({ visit, exchange, host: refusal.host }, refusal.answer),
    malformed: () => undefined,
    late: (failure, refuse) => refuse(lateAnswer(visit, failure)),
    over: () => visit.close(refusal.failure),
  });
  visit.control = { drain: () => conversation.drain(), abort: (failure) => conversation.abort(failure) };
}

function refuseHttp2(visit: Visit, socket: TLSSocket, refusal: InnerRefusal): void {
  const session = openHttp2Session(visit, socket);
  onStreams(session, visit, (stream, raw) =>
    writeHttp2Answer(visit, stream, {
      answer: refusal.answer,
      accept: acceptOf(raw),
      host: refusal.host,
    }),
  );
  // What upstream did outlives how the client leaves.
  overWhenClosed(visit, session, () => {
    if (refusal.failure !== null) visit.close(refusal.failure);
  });
  visit.control = { drain: () => session.close(), abort: () => session.destroy() };
}
