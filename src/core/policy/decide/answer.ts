// A decision as it is compared with another one: what happens, and why. Must not know policies or questions.
import type { ConnectionDecision, Reason, RequestDecision } from '../decision.ts';

/** A decision of either stage in one shape. */
export interface Answer {
  readonly act: 'block' | 'splice' | 'intercept' | 'forward';
  /** HTTP status of a block. */
  readonly status: number | null;
  /** Where a block is said. */
  readonly refuse: 'in-tunnel' | 'at-connect' | null;
  /** The value that is stamped. */
  readonly stamp: string | null;
  readonly reason: Reason;
  readonly wouldBlock: Reason | null;
  readonly wouldStamp: string | null;
  /** The administrator's sentence for a refused user. */
  readonly say: string | null;
}

/** `effect`: clients or upstream notice. `reason`: only the record, a refusal's words or report mode do. */
export type ChangeKind = 'effect' | 'reason';

export function answerOf(decision: ConnectionDecision | RequestDecision): Answer {
  const { kind: act, reason, wouldBlock } = decision;
  const nothing = { status: null, refuse: null, stamp: null, wouldStamp: null, say: null };
  if (decision.kind === 'block') {
    const { status, refuse, say } = decision;
    return { ...nothing, act, reason, wouldBlock, status, refuse, say };
  }
  if (decision.kind !== 'forward') return { ...nothing, act, reason, wouldBlock };
  const { edit, wouldStamp } = decision;
  return {
    ...nothing,
    act,
    reason,
    wouldBlock,
    wouldStamp,
    stamp: edit.op === 'overwrite' ? edit.value : null,
  };
}

/** What differs between two answers to one question; null when nothing does. */
export function changeBetween(was: Answer, is: Answer): ChangeKind | null {
  if (was.act !== is.act || was.status !== is.status) return 'effect';
  if (was.refuse !== is.refuse || was.stamp !== is.stamp) return 'effect';
  return answerKey(was) === answerKey(is) ? null : 'reason';
}

/** Equal for equal answers. */
export function answerKey(answer: Answer): string {
  const { act, status, refuse, stamp, reason, wouldBlock, wouldStamp, say } = answer;
  return JSON.stringify([act, status, refuse, stamp, reason, wouldBlock, wouldStamp, say]);
}

/** `block 403 in the tunnel (rule, no-tokens)`, `forward, stamped 12345 (restricted, restrict)`. */
export function answerText(answer: Answer): string {
  const { act, status, refuse, stamp, reason, wouldBlock, wouldStamp, say } = answer;
  const done = {
    block: `block ${status} ${refuse === 'in-tunnel' ? 'in the tunnel' : 'at the CONNECT'}`,
    splice: 'splice',
    intercept: 'intercept',
    forward: stamp === null ? 'forward, not stamped' : `forward, stamped ${stamp}`,
  }[act];
  const would = [
    ...(wouldBlock === null ? [] : [`would block: ${reasonText(wouldBlock)}`]),
    ...(wouldStamp === null ? [] : [`would stamp ${wouldStamp}`]),
  ];
  const words = say === null ? '' : ` "${say}"`;
  return `${done} (${[reasonText(reason), ...would].join('; ')})${words}`;
}

function reasonText({ code, rule, exemption }: Reason): string {
  return [code, rule, exemption].filter((word) => word !== null).join(', ');
}
