// Policy tests that administrators write: read from YAML, run with the code that enforces, compared field by field.
// Must not know how results are shown.
import { z } from 'zod';
import { type Fault, type Located, readDocument } from '../../base/document.ts';
import { type IpAddress, parseIpAddress } from '../../base/ip-address.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Policy } from '../compile/policy.ts';
import { type Asked, decideAsked, type Explanation, explain } from '../decide/explain.ts';
import { parseQuestion } from '../decide/question.ts';
import { REASON_CODES } from '../decision.ts';
import type { Place } from '../language/policy-document.ts';

export interface PolicyTest {
  readonly name: string;
  readonly place: Place;
  readonly asked: Omit<Asked, 'nowMs'>;
  /** Only what the test states. */
  readonly expected: Expected;
}

/** What a test may state of an answer; `status` is the HTTP status of a block, else null. */
export interface Expected {
  readonly verdict?: 'block' | 'splice' | 'forward' | undefined;
  readonly restricted?: boolean | null | undefined;
  readonly code?: string | undefined;
  readonly rule?: string | null | undefined;
  readonly exemption?: string | null | undefined;
  readonly status?: number | null | undefined;
  /** The code of the reason that report mode held back. */
  readonly wouldBlock?: string | null | undefined;
}

export interface Difference {
  readonly field: keyof Expected;
  readonly expected: string | number | boolean | null;
  readonly actual: string | number | boolean | null;
}

/** A test passed when there is no difference. */
export interface PolicyTestResult {
  readonly test: PolicyTest;
  readonly differences: readonly Difference[];
  readonly answer: Explanation;
}

/** Reads a file of policy tests. */
export function parsePolicyTests(source: {
  readonly text: string;
  readonly file: string;
}): Result<readonly PolicyTest[], readonly Fault[]> {
  const read = readDocument(source, policyTestSchema());
  if (!read.ok) return read;
  const faults: Fault[] = [];
  const tests = read.value.value.flatMap((written, index) => {
    const test = readTest(written, { file: source.file, located: read.value, index, faults });
    return test === null ? [] : [test];
  });
  return faults.length === 0 ? ok(tests) : err(faults);
}

/** Runs each test at one moment: `nowMs` counts milliseconds since 1970 UTC. */
export function runPolicyTests(
  policy: Policy,
  tests: readonly PolicyTest[],
  options: { readonly nowMs: number },
): readonly PolicyTestResult[] {
  return tests.map((test) => {
    const asked = { ...test.asked, nowMs: options.nowMs };
    const answer = explain(policy, asked);
    const decision = decideAsked(policy, asked);
    const actual: Required<Expected> = {
      verdict: answer.verdict,
      restricted: answer.restricted,
      code: answer.reason.code,
      rule: answer.reason.rule,
      exemption: answer.reason.exemption,
      status: decision.kind === 'block' ? decision.status : null,
      wouldBlock: answer.wouldBlock?.code ?? null,
    };
    return { test, differences: differencesOf(test.expected, actual), answer };
  });
}

/** The JSON Schema (draft 2020-12) of a file of policy tests, for editors. */
export function policyTestJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(policyTestSchema(), { io: 'input' }), title: 'Gatewright policy tests' };
}

interface WrittenTest {
  readonly name: string;
  readonly given?:
    | {
        readonly user?: string | null | undefined;
        readonly groups?: readonly string[] | undefined;
        readonly from?: string | null | undefined;
        readonly device?: string | null | undefined;
        readonly listener?: string | null | undefined;
      }
    | undefined;
  readonly when:
    | string
    | {
        readonly url: string;
        readonly method?: string | undefined;
        readonly websocket?: boolean | undefined;
      };
  readonly then: Expected;
}

function policyTestSchema(): z.ZodType<readonly WrittenTest[]> {
  const absent = z.string().nullable().optional();
  const given = z.strictObject({
    user: absent,
    groups: z.array(z.string()).optional(),
    from: absent,
    device: absent,
    listener: absent,
  });
  const url = z.string().meta({ examples: ['https://github.com/octo-org/app'] });
  const when = z.strictObject({ url, method: z.string().optional(), websocket: z.boolean().optional() });
  const then = z.strictObject({
    verdict: z.enum(['block', 'splice', 'forward']).optional(),
    restricted: z.boolean().nullable().optional(),
    code: z.enum(REASON_CODES).optional(),
    rule: absent,
    exemption: absent,
    status: z.number().int().nullable().optional(),
    wouldBlock: z.enum(REASON_CODES).nullable().optional(),
  });
  return z.array(
    z.strictObject({
      name: z.string().meta({ examples: ['contractors are stamped'] }),
      given: given.optional(),
      when: z.union([url, when]),
      then,
    }),
  );
}

function readTest(
  written: WrittenTest,
  at: {
    readonly file: string;
    readonly located: Located<unknown>;
    readonly index: number;
    readonly faults: Fault[];
  },
): PolicyTest | null {
  const placeOf = (...path: string[]): Place => ({ file: at.file, ...at.located.at([at.index, ...path]) });
  const when = typeof written.when === 'string' ? { url: written.when } : written.when;
  const question = parseQuestion(when.url);
  if (!question.ok)
    at.faults.push({
      ...placeOf('when', 'url'),
      value: when.url,
      problem: 'it is no question',
      mend: question.error,
    });
  const { user = null, groups = [], from = null, device = null, listener = null } = written.given ?? {};
  const address = from === null ? ok<IpAddress | null>(null) : parseIpAddress(from);
  if (!address.ok) {
    const mend = 'write an address as 10.1.2.3';
    at.faults.push({ ...placeOf('given', 'from'), value: from ?? '', problem: address.error, mend });
  }
  if (!question.ok || !address.ok) return null;
  const client = { user, groups, from: address.value, device, listener };
  const { method = 'GET', websocket = false } = when;
  const asked = { question: question.value, client, method, websocket };
  return { name: written.name, place: placeOf(), asked, expected: written.then };
}

function differencesOf(expected: Expected, actual: Required<Expected>): readonly Difference[] {
  return FIELDS.flatMap((field) => {
    const wanted = expected[field];
    const found = actual[field] ?? null;
    return wanted === undefined || wanted === found ? [] : [{ field, expected: wanted, actual: found }];
  });
}

const FIELDS: readonly (keyof Expected)[] = [
  'verdict',
  'restricted',
  'code',
  'rule',
  'exemption',
  'status',
  'wouldBlock',
];
