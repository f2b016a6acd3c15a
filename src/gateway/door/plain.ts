// Plain-HTTP requests in absolute-form (RFC 9112 section 3.2.2): each names its own destination and is decided anew.
// Must not know TLS.
import { parseDestination } from '../../core/base/destination.ts';
import { decideConnection } from '../../core/policy/decide/decide-connection.ts';
import { absoluteForm, originForm } from '../../core/wire/request-target.ts';
import { answerAdmission, answerMalformed } from '../http1/http1-answers.ts';
import type { Http1Exchange } from '../http1/http1-exchange.ts';
import { handleHttp1, requestWords } from '../http1/serve-http1.ts';
import { refuseDestination } from '../request/admit.ts';
import { policyChanged, Tunnel } from '../request/tunnel.ts';
import type { Visit } from '../visit.ts';

/** Decides and forwards one absolute-form request. */
export function forwardPlain(visit: Visit, exchange: Http1Exchange): void {
  const { head } = exchange;
  const form = absoluteForm(head.target, 'http');
  if (form === null) {
    answerMalformed(visit, exchange, 'a proxy request names http://HOST/PATH, or is a CONNECT to HOST:PORT');
    return;
  }
  const { authority, rest } = form;
  const target = originForm(rest, head.method);
  const destination = parseDestination(authority, 80);
  const connection = visit.connectionFacts(destination, 'http');
  const decision = decideConnection(visit.context.policy.current(), connection);
  if (decision.kind === 'block') {
    const words = requestWords(visit, exchange, target);
    const facts = {
      connection,
      authority: head.host ?? authority,
      method: head.method,
      target,
      websocket: words.websocket,
    };
    answerAdmission(
      { visit, exchange, host: '' },
      refuseDestination(visit, { facts, words, block: decision }),
    );
    return;
  }
  if (destination.kind === 'malformed') {
    answerMalformed(visit, exchange, destination.why);
    return;
  }
  const tunnel = new Tunnel(visit, connection, { target: destination, spare: null });
  visit.review = (policy) => {
    if (!tunnel.survives(policy)) tunnel.abortAll(policyChanged());
  };
  handleHttp1(tunnel, exchange, { target, authority, tunnelOver: (failure) => visit.close(failure) });
}
