// Every combination of plans, every answer to `generic`, every Copilot host: against what policy.md says, told here anew.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { parseDestination } from '../../src/core/base/destination.ts';
import { faultText } from '../../src/core/base/document.ts';
import { compilePolicy } from '../../src/core/policy/compile/compile.ts';
import type { Policy } from '../../src/core/policy/compile/policy.ts';
import { decideAsked, refusalText } from '../../src/core/policy/decide/explain.ts';
import { parseQuestion } from '../../src/core/policy/decide/question.ts';
import { parsePolicy } from '../../src/core/policy/language/parse.ts';
import { warningsOf } from '../../src/core/policy/language/warnings.ts';

const PLANS = ['individual', 'business', 'enterprise'] as const;
type Plan = (typeof PLANS)[number];
type Generic = 'block' | 'allow' | undefined;

/** Absent, and every set that is not empty. */
const COMBINATIONS: readonly (readonly Plan[] | undefined)[] = [
  undefined,
  ['individual'],
  ['business'],
  ['enterprise'],
  ['individual', 'business'],
  ['individual', 'enterprise'],
  ['business', 'enterprise'],
  ['individual', 'business', 'enterprise'],
];
const GENERICS: readonly Generic[] = [undefined, 'block', 'allow'];
const SERVICES = ['api', 'proxy', 'telemetry', 'origin-tracker', 'deep.down'];

interface Host {
  readonly name: string;
  readonly plan: Plan | 'generic';
  /** `under` a zone, or the zone's own name. */
  readonly stands: 'under' | 'apex';
}

const HOSTS: readonly Host[] = [
  { name: 'githubcopilot.com', plan: 'generic', stands: 'apex' },
  ...SERVICES.map((service): Host => {
    return { name: `${service}.githubcopilot.com`, plan: 'generic', stands: 'under' };
  }),
  // Names that only look like a plan's.
  { name: 'api.xbusiness.githubcopilot.com', plan: 'generic', stands: 'under' },
  { name: 'business.api.githubcopilot.com', plan: 'generic', stands: 'under' },
  { name: 'api-business.githubcopilot.com', plan: 'generic', stands: 'under' },
  ...PLANS.flatMap((plan): Host[] => [
    { name: `${plan}.githubcopilot.com`, plan, stands: 'apex' },
    ...SERVICES.map((service): Host => {
      return { name: `${service}.${plan}.githubcopilot.com`, plan, stands: 'under' };
    }),
  ]),
];
/** What clients fall back on, or always use, outside githubcopilot.com: no plan is told apart there. */
const PLANLESS = [
  'copilot-proxy.githubusercontent.com',
  'origin-tracker.githubusercontent.com',
  'copilot-telemetry.githubusercontent.com',
  'default.exp-tas.com',
];

const ALLOWS = {
  preset: [{ preset: 'copilot' }],
  wildcard: [{ to: ['*.githubcopilot.com', 'githubcopilot.com'] }],
  both: ['*.githubcopilot.com', { preset: 'copilot' }],
  hosts: [{ to: HOSTS.map(({ name }) => name) }],
} as const;
type Allow = keyof typeof ALLOWS;

/** The reason of the block that policy.md demands; null where the host must pass. */
function demanded(
  host: Host,
  plans: readonly Plan[] | undefined,
  at: { generic: Generic; allow: Allow },
): string | null {
  const { generic = plans === undefined ? 'allow' : 'block', allow } = at;
  if (host.plan === 'generic' && generic === 'block') return 'copilot-plan';
  if (host.plan !== 'generic' && plans !== undefined && !plans.includes(host.plan)) return 'copilot-plan';
  if (host.name === 'githubcopilot.com') return allow === 'preset' || allow === 'both' ? 'not-allowed' : null;
  // The page's row for any plan is not there where plans are routed, so a plan's own name is in no row.
  const isRowless = host.stands === 'apex' && plans !== undefined && generic === 'block';
  return isRowless && allow === 'preset' ? 'not-allowed' : null;
}

function policyOf(source: unknown): Policy {
  const parsed = parsePolicy({ text: stringify(source), file: 'policy.yaml' }, { timeZone: 'UTC' });
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.map(faultText).join('\n'));
  return compilePolicy(parsed.value, { revision: 'r1' });
}

function copilotPolicy(
  plans: readonly Plan[] | undefined,
  at: { generic: Generic; allow: Allow; restrict: 'stamped' | 'open' },
): Policy {
  const { generic, allow, restrict } = at;
  const copilot = plans === undefined && generic === undefined ? undefined : { plans, generic };
  return policyOf({
    ...{ version: 1, otherwise: 'block', allow: ALLOWS[allow], copilot },
    ...(restrict === 'stamped' ? { restrict: { enterprises: ['12345'] } } : {}),
  });
}

const CLIENT = { user: 'dave', groups: [], from: null, device: null, listener: null };

function reasonAt(policy: Policy, url: string): { kind: string; code: string } {
  const question = parseQuestion(url);
  assert.ok(question.ok);
  const asked = { question: question.value, client: CLIENT, method: 'POST', websocket: false, nowMs: 0 };
  const { kind, reason } = decideAsked(policy, asked);
  return { kind, code: reason.code };
}

for (const plans of COMBINATIONS) {
  describe(`plans: ${plans?.join(', ') ?? 'absent'}`, () => {
    for (const generic of GENERICS) {
      for (const allow of ['preset', 'wildcard', 'both', 'hosts'] as const) {
        test(`generic: ${generic ?? 'absent'}, allowed by ${allow}`, () => {
          for (const restrict of ['stamped', 'open'] as const) {
            const policy = copilotPolicy(plans, { generic, allow, restrict });
            for (const host of HOSTS) {
              const { kind, code } = reasonAt(policy, `https://${host.name}/chat/completions`);
              const wanted = demanded(host, plans, { generic, allow });
              // While there is a restriction, every host of Copilot is looked into.
              const passes = restrict === 'stamped' ? 'forward' : 'splice';
              assert.equal(kind, wanted === null ? passes : 'block', `${host.name}: ${code}`);
              if (wanted !== null) assert.equal(code, wanted, host.name);
            }
          }
        });
      }
      test(`generic: ${generic ?? 'absent'} says nothing of hosts outside githubcopilot.com`, () => {
        const policy = copilotPolicy(plans, { generic, allow: 'preset', restrict: 'stamped' });
        for (const name of PLANLESS)
          assert.notEqual(reasonAt(policy, `https://${name}/telemetry`).kind, 'block', name);
      });
    }
  });
}

describe('a block by plan says which plans the network allows:', () => {
  for (const plans of COMBINATIONS) {
    test(plans?.join(', ') ?? 'no plan is named', () => {
      const policy = copilotPolicy(plans, { generic: 'block', allow: 'both', restrict: 'stamped' });
      for (const host of HOSTS) {
        const connection = {
          ...{ client: CLIENT, destination: parseDestination(host.name, 443), scheme: 'https' as const },
          ...{ isGate: false, nowMs: 0 },
        };
        const question = parseQuestion(`${host.name}:443`);
        assert.ok(question.ok);
        const asked = { question: question.value, client: CLIENT, method: 'GET', websocket: false, nowMs: 0 };
        const decision = decideAsked(policy, asked);
        if (decision.kind !== 'block' || decision.reason.code !== 'copilot-plan') continue;
        const text = refusalText(decision, connection, policy);
        assert.ok(text.includes(host.name) && text.includes('copilot-plan'), text);
        const [, allowed = ''] = text.split('allows only ');
        for (const plan of PLANS) assert.equal(allowed.includes(plan), plans?.includes(plan) ?? false, text);
        if (host.plan === 'generic') assert.match(text, /no Copilot plan of its own/);
        else assert.ok(text.includes(`the Copilot plan ${host.plan}`), text);
      }
    });
  }
});

interface Warned {
  readonly copilot: object;
  readonly restrict: boolean;
  readonly allow?: readonly unknown[];
  readonly inspect?: readonly string[];
  readonly otherwise?: string;
  readonly codes: readonly string[];
}

const ROUTED = { plans: ['business'], generic: 'allow' };
const WARNED: readonly Warned[] = [
  { copilot: ROUTED, restrict: false, allow: [{ preset: 'copilot' }], codes: ['plan-hosts-unseen'] },
  { copilot: ROUTED, restrict: true, allow: [{ preset: 'copilot' }], codes: [] },
  {
    copilot: ROUTED,
    restrict: false,
    allow: ['api.business.githubcopilot.com'],
    codes: ['plan-hosts-unseen'],
  },
  { copilot: ROUTED, restrict: false, otherwise: 'splice', codes: ['plan-hosts-unseen'] },
  { copilot: ROUTED, restrict: false, allow: ['*.example.org'], codes: [] },
  {
    ...{ copilot: ROUTED, restrict: false, allow: ['*.githubcopilot.com'] },
    ...{ inspect: ['*.githubcopilot.com'], codes: [] },
  },
  {
    ...{ copilot: ROUTED, restrict: false, allow: ['*.githubcopilot.com'] },
    ...{ inspect: ['*.business.githubcopilot.com'], codes: ['plan-hosts-unseen'] },
  },
  {
    ...{ copilot: { plans: ['business'] }, restrict: false, allow: [{ preset: 'copilot' }] },
    ...{ inspect: ['*.business.githubcopilot.com'], codes: ['generic-copilot-blocked'] },
  },
  { copilot: { plans: ['business'] }, restrict: true, codes: ['generic-copilot-blocked'] },
  { copilot: { plans: ['business'], generic: 'block' }, restrict: false, codes: ['generic-copilot-blocked'] },
  { copilot: { generic: 'block' }, restrict: false, codes: ['generic-copilot-blocked'] },
  { copilot: { plans: ['business'], generic: 'allow' }, restrict: true, codes: [] },
  {
    copilot: { plans: ['individual', 'business'], generic: 'allow' },
    restrict: true,
    codes: ['individual-beside-restrict'],
  },
  { copilot: { plans: ['individual'], generic: 'allow' }, restrict: false, codes: [] },
  {
    copilot: { plans: ['individual'] },
    restrict: true,
    codes: ['individual-beside-restrict', 'generic-copilot-blocked'],
  },
];

describe('check warns of', () => {
  for (const [at, { codes, restrict, ...rest }] of WARNED.entries())
    test(`${at + 1}. ${codes.join(' and ') || 'nothing'}: ${JSON.stringify(rest)}${restrict ? ' beside restrict' : ''}`, () => {
      const policy = policyOf({
        ...{ version: 1, otherwise: 'block', ...rest },
        ...(restrict ? { restrict: { enterprises: ['12345'] } } : {}),
      });
      const found = warningsOf(policy.document, { nowMs: 0 });
      assert.deepEqual(
        found.map(({ code }) => code),
        codes,
      );
      const cost = found.find(({ code }) => code === 'generic-copilot-blocked');
      if (cost !== undefined) assert.match(cost.problem, /MCP server.*code review.*api\.githubcopilot\.com/);
    });
});
