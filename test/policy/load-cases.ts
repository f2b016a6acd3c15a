// Worked decisions from YAML, as typed rows: the same rows go through the core, the command line and the gateway.
// Must not know which of these runs them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { faultText, readDocument } from '../../src/core/base/document.ts';
import { REASON_CODES, type ReasonCode } from '../../src/core/policy/decision.ts';

/** One question and what must be answered; null is not compared, except `exemption` and `wouldBlock` where they are stated. */
export interface PolicyCase {
  /** Unique, for a test's name. */
  readonly title: string;
  readonly policyName: string;
  /** The policy as YAML text, to give to a parser or to write to a file. */
  readonly policyText: string;
  readonly user: string | null;
  readonly groups: readonly string[];
  readonly from: string | null;
  readonly device: string | null;
  readonly listener: string | null;
  readonly method: string;
  readonly websocket: boolean;
  /** A URL, or HOST:PORT. */
  readonly to: string;
  readonly expected: {
    readonly verdict: 'block' | 'splice' | 'forward';
    readonly restricted: boolean | null;
    readonly value: string | null;
    readonly code: ReasonCode | null;
    readonly rule: string | null;
    readonly exemption: string | null;
    /** The code of the reason in `wouldBlock`. */
    readonly wouldBlock: ReasonCode | null;
    /** The value that report mode of the restriction held back; null where none was; absent: not compared. */
    readonly wouldStamp?: string | null | undefined;
    /** HTTP status of a block. */
    readonly status: number | null;
  };
}

const row = z.strictObject({
  policy: z.string(),
  user: z.string().default('dave'),
  anonymous: z.boolean().default(false),
  groups: z.array(z.string()).default([]),
  from: z.string().default('10.1.2.3'),
  device: z.string().nullable().default(null),
  listener: z.string().nullable().default(null),
  method: z.string().default('GET'),
  websocket: z.boolean().default(false),
  to: z.string(),
  verdict: z.enum(['block', 'splice', 'forward']),
  restricted: z.boolean().nullable().default(null),
  value: z.string().nullable().default(null),
  code: z.enum(REASON_CODES).nullable().default(null),
  rule: z.string().nullable().default(null),
  exemption: z.string().nullable().default(null),
  wouldBlock: z.enum(REASON_CODES).nullable().default(null),
  wouldStamp: z.string().nullable().optional(),
  status: z.number().nullable().default(null),
});
const file = z.strictObject({
  policies: z.record(z.string(), z.record(z.string(), z.unknown())),
  cases: z.array(row),
});

/** The day on which the rows are asked: `until` in their policies counts from it. */
export const CASES_DAY = '2026-11-21';

/** Every row of all files, in order. Throws when a file is wrong: that is a fault of the test. */
export function loadCases(): readonly PolicyCase[] {
  return [
    ...['policy-cases.yaml', 'more-cases.yaml', 'report-cases.yaml'].flatMap(casesIn),
    ...EXAMPLES.flatMap(exampleCases),
  ];
}

const EXAMPLES = ['one-enterprise', 'several-enterprises', 'copilot-only', 'data-residency'];

// An example's test, as administrators write it; a verdict is always stated there.
const given = z
  .strictObject({ user: z.string(), groups: z.array(z.string()), from: z.string(), listener: z.string() })
  .partial()
  .default({});
const url = z.strictObject({
  url: z.string(),
  method: z.string().default('GET'),
  websocket: z.boolean().default(false),
});
const when = z.union([z.string().transform((text) => url.parse({ url: text })), url]);
const { verdict, restricted, code, rule, exemption, wouldBlock, status } = row.shape;
const then = z.strictObject({ verdict, restricted, code, rule, exemption, wouldBlock, status });
const exampleTest = z.strictObject({ name: z.string(), given, when, then });

/** The tests of an example, as rows. Who asks and from where is dave in the office, unless the test says. */
function exampleCases(example: string): PolicyCase[] {
  const textOf = (kind: string): string =>
    readFileSync(new URL(`../../examples/${example}.${kind}.yaml`, import.meta.url), 'utf8');
  const name = `${example}.policy.test.yaml`;
  const read = readDocument({ text: textOf('policy.test'), file: name }, z.array(exampleTest));
  if (!read.ok) throw new Error(read.error.map(faultText).join('\n'));
  return read.value.value.map((test, index) => ({
    title: `${name}:${read.value.at([index]).line} ${test.name}`,
    policyName: `${example}.policy.yaml`,
    policyText: textOf('policy'),
    ...{
      user: test.given.user ?? 'dave',
      groups: test.given.groups ?? [],
      from: test.given.from ?? '10.1.2.3',
    },
    ...{ device: null, listener: test.given.listener ?? null },
    ...{ method: test.when.method, websocket: test.when.websocket, to: test.when.url },
    expected: { ...test.then, value: null },
  }));
}

function casesIn(name: string): PolicyCase[] {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const read = readDocument({ text: readFileSync(path, 'utf8'), file: name }, file);
  if (!read.ok) throw new Error(read.error.map(faultText).join('\n'));
  const { policies, cases } = read.value.value;
  return cases.map((given, index) => {
    const { policy, user, anonymous, groups, from, device, listener, method, websocket, to, ...expected } =
      given;
    const source = policies[policy];
    if (source === undefined) throw new Error(`${name}: row ${index + 1} names no policy "${policy}"`);
    const who = anonymous ? 'nobody' : user;
    const line = read.value.at(['cases', index]).line;
    return {
      title: `${name}:${line} ${policy}: ${who} from ${from} to ${to}${websocket ? ' by WebSocket' : ''}`,
      policyName: policy,
      policyText: stringify(source),
      user: anonymous ? null : user,
      groups,
      from: anonymous ? null : from,
      device,
      listener,
      method,
      websocket,
      to,
      expected,
    };
  });
}
