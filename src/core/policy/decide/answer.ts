// A decision as it is compared with another one: what happens, and why. Must not know policies or questions.
import type { ConnectionDecision, Reason, RequestDecision } from '../decision.ts';
import type { Stamp } from '../header-edit.ts';

/** A decision of either stage in one shape. */
export interface Answer {
  readonly act: 'block' | 'splice' | 'intercept' | 'forward';
  /** HTTP status of a block. */
  readonly status: number | null;
  /** Where a block is said. */
  readonly refuse: 'in-tunnel' | 'at-connect' | null;
  readonly stamps: readonly Stamp[];
  readonly reason: Reason;
  readonly wouldBlock: Reason | null;
  readonly wouldStamps: readonly Stamp[];
  /** The administrator's sentence for a refused user. */
  readonly say: string | null;
}

/** `effect`: clients or upstream notice. `reason`: only the record, a refusal's words or report mode do. */
export type ChangeKind = 'effect' | 'reason';

export function answerOf(decision: ConnectionDecision | RequestDecision): Answer {
  const { kind: act, reason, wouldBlock } = decision;
  const nothing = { status: null, refuse: null, stamps: NONE, wouldStamps: NONE, say: null };
  if (decision.kind === 'block') {
    const { status, refuse, say } = decision;
    return { ...nothing, act, reason, wouldBlock, status, refuse, say };
  }
  if (decision.kind !== 'forward') return { ...nothing, act, reason, wouldBlock };
  const { stamps, wouldStamps } = decision;
  return { ...nothing, act, reason, wouldBlock, stamps, wouldStamps };
}

const NONE: readonly Stamp[] = [];

/** What differs between two answers to one question; null when nothing does. */
export function changeBetween(was: Answer, is: Answer): ChangeKind | null {
  if (was.act !== is.act || was.status !== is.status) return 'effect';
  if (was.refuse !== is.refuse || stampsText(was.stamps) !== stampsText(is.stamps)) return 'effect';
  return answerKey(was) === answerKey(is) ? null : 'reason';
}

/** Equal for equal answers. */
export function answerKey(answer: Answer): string {
  const { act, status, refuse, stamps, reason, wouldBlock, wouldStamps, say } = answer;
  return JSON.stringify([act, status, refuse, stamps, reason, wouldBlock, wouldStamps, say]);
}

/** `block 403 in the tunnel (rule, no-tokens)`, `forward, stamped github 12345 (restricted, restrict)`. */
export function answerText(answer: Answer): string {
  const { act, status, refuse, stamps, reason, wouldBlock, wouldStamps, say } = answer;
  const done = {
    block: `block ${status} ${refuse === 'in-tunnel' ? 'in the tunnel' : 'at the CONNECT'}`,
    splice: 'splice',
    intercept: 'intercept',
    forward: stamps.length === 0 ? 'forward, not stamped' : `forward, stamped ${stampsText(stamps)}`,
  }[act];
  const would = [
    ...(wouldBlock === null ? [] : [`would block: ${reasonText(wouldBlock)}`]),
    ...(wouldStamps.length === 0 ? [] : [`would stamp ${stampsText(wouldStamps)}`]),
  ];
  const words = say === null ? '' : ` "${say}"`;
  return `${done} (${[reasonText(reason), ...would].join('; ')})${words}`;
}

/** Each vendor once, with the values of its headers. */
function stampsText(stamps: readonly Stamp[]): string {
  const byVendor = Map.groupBy(stamps, ({ vendor }) => vendor);
  return [...byVendor]
    .map(([vendor, own]) => `${vendor} ${own.map(({ value }) => value).join('; ')}`)
    .join(' and ');
}

function reasonText({ code, rule, exemption }: Reason): string {
  return [code, rule, exemption].filter((word) => word !== null).join(', ');
}
