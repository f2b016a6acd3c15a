// One answer out of those of several sources. Must not know who was asked for.
import type { IdentityAnswer } from '../ports.ts';

/** In this order: who knows decides; who could not say yet, or at all, may know; unknown is who is unknown to all. */
export function summedUp(answers: readonly IdentityAnswer[]): IdentityAnswer {
  return (
    answers.find(({ kind }) => kind === 'known' || kind === 'more') ??
    longestWait(answers) ??
    down(answers) ??
    (answers.length === 0 ? NOBODY_TO_ASK : { kind: 'unknown' })
  );
}

const NOBODY_TO_ASK: IdentityAnswer = { kind: 'down', detail: 'there is no identity source' };

function longestWait(answers: readonly IdentityAnswer[]): IdentityAnswer | null {
  const seconds = answers.flatMap((answer) => (answer.kind === 'wait' ? [answer.seconds] : []));
  return seconds.length === 0 ? null : { kind: 'wait', seconds: Math.max(...seconds) };
}

function down(answers: readonly IdentityAnswer[]): IdentityAnswer | null {
  const details = answers.flatMap((answer) => (answer.kind === 'down' ? [answer.detail] : []));
  return details.length === 0 ? null : { kind: 'down', detail: details.join('; ') };
}
