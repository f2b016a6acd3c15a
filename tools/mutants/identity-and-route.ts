// Mutants of who a client is, by several sources, and of the way to upstream. Must not know how one is planted.
import type { Mutant, RedTest } from './mutant.ts';

const STACK = 'src/identity/stack.ts';
const stacks = (test: string): readonly RedTest[] => [{ file: 'src/identity/stack.test.ts', test }];
const sources = (test: string): readonly RedTest[] => [
  { file: 'test/journeys/identity-sources.test.ts', test },
];

export const identityAndRouteMutants: readonly Mutant[] = [
  {
    holds: ['R-10a'],
    file: STACK,
    line: "answers.some(({ kind }) => kind === 'unknown')",
    becomes: "answer.kind === 'unknown'",
    red: stacks('R-10a counts a wrong password of one source while another is down'),
  },
  {
    holds: ['R-10a'],
    file: STACK,
    line: 'const answer = await ask().catch(() => BROKEN);',
    becomes: 'const answer = await ask();',
    red: stacks('is closed where all are down, where one fails'),
  },
  {
    holds: ['R-10a'],
    file: 'src/identity/_summed-up.ts',
    line: '(answers.length === 0 ? NOBODY_TO_ASK : ',
    becomes: '(answers.length === -1 ? NOBODY_TO_ASK : ',
    red: stacks('is closed where all are down, where one fails'),
  },
  {
    holds: ['R-10a'],
    file: 'src/identity/_summed-up.ts',
    line: 'down(answers) ??',
    becomes: '',
    red: [...stacks('lets a source that is down be made up for'), ...sources('leave a client out with 503')],
  },
  {
    holds: ['R-52'],
    file: STACK,
    line: "if (answer.kind === 'known') return answer.holds() ? answer : BUSY;",
    becomes: "if (answer.kind === 'known') return answer;",
    red: stacks('R-52 knows nobody of whom the source would not say it any more'),
  },
  {
    holds: ['R-52'],
    file: STACK,
    line: 'source.onChange(() => this.#changed());',
    becomes: 'source.onChange(() => undefined);',
    red: stacks('R-52 forgets whom it knew'),
  },
  {
    holds: ['R-10a'],
    file: STACK,
    line: 'if (credential.kind === kind)',
    becomes: 'if (kind === kind)',
    red: stacks('gives an exchange up for a client that says something else'),
  },
  {
    holds: ['R-10a'],
    file: 'src/gateway/visit.ts',
    line: '    this.takeIdentityStep()?.abandon();',
    becomes: '',
    red: sources('has no last step on another connection'),
  },
  {
    ...{ holds: ['R-42'], file: 'src/gateway/upstream/dial.ts' },
    line: 'if (!found.ok) return new GatewayFailure(found.error.code, phase, found.error.detail);',
    becomes: "if (!found.ok) return [{ address: host as IpAddress, port, mapped: 'no' }];",
    red: [
      { file: 'test/journeys/parent-route.test.ts', test: 'R-42 an address that the gate must not reach' },
    ],
  },
  {
    ...{ holds: ['R-20'], file: 'src/gateway/upstream/dial.ts' },
    line: 'const reached = await this.#options.route.connect(target, endpoints);',
    becomes:
      "const { raceTo } = await import('./race.ts');\n    const reached = await raceTo(endpoints, { timeoutMs: 5_000 });",
    red: [{ file: 'test/journeys/parent-route.test.ts', test: 'a splice passes unseen' }],
  },
];
