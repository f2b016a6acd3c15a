// What is right to the letter in a policy and yet worth a look.
// Must not know files or terminals.
import type { Place, PolicyDocument } from '../core/policy/policy-document.ts';

export interface PolicyWarning extends Place {
  readonly message: string;
}

/** Exemptions that ended, exemptions from nothing, a policy that passes nothing, report mode. `nowMs`: since 1970 UTC. */
export function policyWarnings(document: PolicyDocument, nowMs: number): PolicyWarning[] {
  const top: Place = { file: document.file, line: 1, column: 1 };
  const ended = document.exempt.flatMap(({ name, until, place }) => {
    if (until === null || until.endMs > nowMs) return [];
    return [
      {
        ...place,
        message: `the exemption ${JSON.stringify(name)} ended on ${until.day} and no longer applies. Take it away, or give it a new day.`,
      },
    ];
  });
  const idle = document.restrict === null ? document.exempt.slice(0, 1) : [];
  const nothingPasses =
    document.allow.length === 0 && document.otherwise.do === 'block' && document.otherwise.mode === 'enforce';
  return [
    ...ended,
    ...idle.map(({ place }) => ({
      ...place,
      message: 'exemptions lift a restriction, and there is none. Add `restrict`, or take them away.',
    })),
    ...(nothingPasses
      ? [
          {
            ...top,
            message: 'nothing is allowed, and everything else is blocked: nothing passes. Add `allow`.',
          },
        ]
      : []),
    ...(document.mode === 'report'
      ? [{ ...top, message: 'mode is report: nothing is blocked or stamped, only recorded.' }]
      : []),
  ];
}
