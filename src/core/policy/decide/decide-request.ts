// Stage two: what should happen to a request on an intercepted connection. Pure, total, never throws; its floor is block.
import { parseDestination } from '../../base/destination.ts';
import { parseRequestPath, type RequestPath } from '../../base/request-path.ts';
import type { Policy } from '../compile/policy.ts';
import { type CompiledStamp, stampSetOf } from '../compile/stamping.ts';
import type { Block, Reason, RequestDecision } from '../decision.ts';
import type { ConnectionFacts, RequestFacts } from '../facts.ts';
import { judgeConnection } from './_judge-connection.ts';
import { judgePath, type Pass, type PathOutcome } from './_judge-path.ts';

/** Decides a request. The connection is judged again, so that a new policy bites on connections that stand. */
export function decideRequest(policy: Policy, facts: RequestFacts): RequestDecision {
  const { connection } = facts;
  const judged = judgeConnection(policy, connection);
  if (judged.kind === 'block') return block(connection, judged.reason, { status: 403, say: judged.say });
  if (!isSameAuthority(facts)) {
    const status = connection.scheme === 'https' ? 421 : 400;
    return block(connection, reasonOf('authority-mismatch'), { status, say: null });
  }
  const path = parseRequestPath(facts.target);
  if (path.kind === 'malformed' || (facts.target === '*' && facts.method !== 'OPTIONS'))
    return block(connection, reasonOf('bad-path'), { status: 400, say: null });
  const outcome = judgeReadings(policy, judged, { path, nowMs: connection.nowMs });
  if (outcome === null) return block(connection, reasonOf('ambiguous-path'), { status: 400, say: null });
  if (outcome.act === 'block') return block(connection, outcome.reason, { status: 403, say: outcome.say });
  return forward(policy, outcome);
}

function reasonOf(code: Reason['code']): Reason {
  return { code, rule: null, exemption: null };
}

function block(
  connection: ConnectionFacts,
  reason: Reason,
  answer: { readonly status: Block['status']; readonly say: string | null },
): Block {
  const refuse = connection.scheme === 'https' ? 'in-tunnel' : 'at-connect';
  return { kind: 'block', stage: 'request', reason, ...answer, refuse, wouldBlock: null };
}

function forward(policy: Policy, outcome: PathOutcome): RequestDecision {
  const { stamping } = policy.rules;
  const { edits, stamps } = stampSetOf(stamping, outcome.stamps);
  return {
    kind: 'forward',
    stage: 'request',
    restricted: stamps.length > 0,
    edits,
    stamps,
    reason: outcome.reason,
    wouldBlock: outcome.would,
    wouldStamps: stampSetOf(stamping, outcome.held).stamps,
  };
}

/** Step 6. An authority without a port means the connection's; with one, it must be that. */
function isSameAuthority({ authority, connection }: RequestFacts): boolean {
  const { destination } = connection;
  if (authority === null || destination.kind === 'malformed') return false;
  if (authority === destination.host) return true;
  const named = parseDestination(authority, destination.port);
  return named.kind !== 'malformed' && named.host === destination.host && named.port === destination.port;
}

/**
 * Judges every reading of a path; null when they disagree on what to do, or on what would be done without report mode.
 * Two spellings that RFC 3986 calls equivalent (`%74` and `t`) are one path when that blocks; when it would let pass,
 * the literal spelling must agree, because a server that compares bytes sees another path.
 */
function judgeReadings(
  policy: Policy,
  pass: Pass,
  at: { readonly path: Extract<RequestPath, { kind: 'path' }>; readonly nowMs: number },
): PathOutcome | null {
  const { readings, unclear, verbatim } = at.path;
  const judge = (path: string): PathOutcome => judgePath(policy, pass, { path, nowMs: at.nowMs });
  const [first = '/', ...others] = readings;
  const outcome = judge(first);
  if (!pass.view.pathNamed) return outcome;
  if (unclear) return null;
  for (const path of others) if (!agree(outcome, judge(path))) return null;
  if (verbatim === null || outcome.enforced === 'block') return outcome;
  return agree(outcome, judge(verbatim)) ? outcome : null;
}

function agree(one: PathOutcome, other: PathOutcome): boolean {
  if (one.act !== other.act || one.enforced !== other.enforced) return false;
  if (!areSame(one.stamps, other.stamps)) return false;
  return one.enforced === 'block' || areSame(one.held, other.held);
}

function areSame(one: readonly CompiledStamp[], other: readonly CompiledStamp[]): boolean {
  return one.length === other.length && one.every((stamp, at) => stamp === other[at]);
}
