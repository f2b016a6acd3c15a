// Stage one: what should happen to a connection, before any path is known. Pure, total, never throws; its floor is block.

import type { Policy } from '../compile/policy.ts';
import type { ConnectionDecision } from '../decision.ts';
import type { ConnectionFacts } from '../facts.ts';
import { judgeConnection } from './_judge-connection.ts';

/**
 * Decides a connection. The policy remembers what it resolved of `facts.client` for as long as that object lives,
 * so keep one per connection and never change it.
 * Plain HTTP to a destination that no rule names is a `splice` too: forward it, and ask `decideRequest` for the edit.
 */
export function decideConnection(policy: Policy, facts: ConnectionFacts): ConnectionDecision {
  const judged = judgeConnection(policy, facts);
  const stage = 'connection';
  if (judged.kind === 'block') {
    const { reason, say, refuse } = judged;
    return { kind: 'block', stage, reason, say, status: 403, refuse, wouldBlock: null };
  }
  return { kind: judged.verdict, stage, reason: judged.reason, wouldBlock: judged.would };
}
