// The shape of a policy file. Must not know what patterns, networks and dates look like inside: parse.ts reads those.
import { z } from 'zod';
import { VENDORS } from '../../vendors/catalogue.ts';
import { COPILOT_PLANS, type CopilotPlan } from '../../vendors/github/endpoints.ts';
import type { Vendor } from '../../vendors/vendor.ts';
import { type OneOrMany, type TenantsSource, tenantsSchema } from './_tenants-schema.ts';
import type { Mode } from './policy-document.ts';

/** One file of a policy as YAML gives it; `to` and every list may be one string. */
export interface PolicySource {
  readonly version: 1;
  readonly include?: OneOrMany | undefined;
  readonly mode?: Mode | undefined;
  readonly restrict?:
    | {
        readonly enterprises: OneOrMany;
        readonly also?: OneOrMany | undefined;
        readonly mode?: Mode | undefined;
      }
    | undefined;
  readonly tenants?: TenantsSource | undefined;
  readonly exempt?: readonly ExemptSource[] | undefined;
  readonly groups?: Readonly<Record<string, OneOrMany>> | undefined;
  readonly copilot?:
    | {
        readonly plans?: CopilotPlan | readonly CopilotPlan[] | undefined;
        readonly generic?: 'block' | 'allow' | undefined;
      }
    | undefined;
  readonly allow?: string | readonly (string | RuleSource)[] | undefined;
  readonly block?: string | readonly (string | BlockSource)[] | undefined;
  readonly inspect?: OneOrMany | undefined;
  readonly otherwise?: Act | { readonly do: Act; readonly mode?: Mode | undefined } | undefined;
}

/** Whom a rule is about, as written. */
export interface WhoSource {
  readonly users?: OneOrMany | undefined;
  readonly groups?: OneOrMany | undefined;
  readonly from?: OneOrMany | undefined;
  readonly device?: OneOrMany | undefined;
  readonly listener?: OneOrMany | undefined;
}

/** What every rule may say. */
export interface RuleSource extends WhoSource {
  readonly name?: string | undefined;
  readonly to?: OneOrMany | undefined;
  readonly preset?: string | undefined;
  readonly unless?: WhoSource | undefined;
  readonly why?: string | undefined;
}

export interface BlockSource extends RuleSource {
  readonly say?: string | undefined;
  readonly mode?: Mode | undefined;
}

export interface ExemptSource extends Omit<RuleSource, 'preset'> {
  readonly until?: string | undefined;
  readonly vendors?: OneOrMany | undefined;
}

type Act = 'block' | 'splice';

/** The JSON Schema (draft 2020-12) of a policy's own file, for editors: `otherwise` may stand in an included file. */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  return {
    ...z.toJSONSchema(policySchema(), { io: 'input' }),
    anyOf: [{ required: ['otherwise'] }, { required: ['include'] }],
    title: 'Gatewright policy',
  };
}

/** The JSON Schema of a file that a policy includes. */
export function includeJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(policySchema(), { io: 'input' }), title: 'Gatewright policy, included file' };
}

/** Checks the shape of one file alone; patterns, networks and dates are still text. */
export function policySchema(vendors: readonly Vendor[] = VENDORS): z.ZodType<PolicySource> {
  return z.strictObject({
    version: z.literal(1).meta({ description: 'The version of this format.', examples: [1] }),
    include: oneOrMany('Files that are read with this one; paths count from its folder.').optional(),
    mode: modeSchema()
      .meta({ description: 'report: decide and record, but stop and stamp nothing.' })
      .optional(),
    restrict: restrictSchema()
      .meta({ description: 'Stamp sec-GitHub-allowed-enterprise on the supported endpoints.' })
      .optional(),
    tenants: tenantsSchema(vendors)
      .meta({ description: 'Set the headers by which other vendors restrict accounts.' })
      .optional(),
    exempt: z
      .array(exemptSchema())
      .meta({ description: 'Whom the restriction is lifted for; never the allowlist, never a block.' })
      .optional(),
    groups: z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .meta({ description: 'People collected under a name; identity sources may add more.' })
      .optional(),
    copilot: copilotSchema().meta({ description: 'Which Copilot plans may be used.' }).optional(),
    allow: ruleList(allowSchema()).meta({ description: 'Destinations that may be reached.' }).optional(),
    block: ruleList(blockSchema())
      .meta({ description: 'Destinations that may not; they outrank everything.' })
      .optional(),
    inspect: oneOrMany('Further hosts to intercept though no rule needs it.').optional(),
    otherwise: otherwiseSchema()
      .meta({ description: 'What happens to destinations that no rule names.', examples: ['block'] })
      .optional(),
  });
}

function restrictSchema() {
  return z.strictObject({
    enterprises: z.union([z.string(), z.array(z.string())]).meta({
      description: '1 to 20 enterprise IDs or slugs; they make one header line.',
      examples: [['12345']],
    }),
    also: z
      .union([z.string(), z.array(z.string())])
      .meta({ description: 'Further hosts to stamp on; GitHub promises nothing there.' })
      .optional(),
    mode: modeSchema().optional(),
  });
}

function exemptSchema() {
  return z.strictObject({
    ...naming(),
    to: oneOrMany('Where it holds; everywhere when left out.').optional(),
    ...identity(),
    unless: whoSchema().optional(),
    until: z
      .string()
      .meta({ description: 'The last day on which it holds.', examples: ['2027-03-31'] })
      .optional(),
    why: why(),
    vendors: oneOrMany("Whose headers it lifts; GitHub's when left out.").optional(),
  });
}

function allowSchema() {
  return z.strictObject({
    ...naming(),
    ...destination(),
    ...identity(),
    unless: whoSchema().optional(),
    why: why(),
  });
}

function blockSchema() {
  return z.strictObject({
    ...naming(),
    ...destination(),
    ...identity(),
    unless: whoSchema().optional(),
    say: z.string().meta({ description: 'A sentence of yours for the refused user.' }).optional(),
    mode: modeSchema().optional(),
    why: why(),
  });
}

function whoSchema() {
  return z.strictObject(identity());
}

function copilotSchema() {
  return z.strictObject({
    plans: z
      .union([z.enum(COPILOT_PLANS), z.array(z.enum(COPILOT_PLANS)).min(1)])
      .meta({ description: 'Leave out for no plan routing.', examples: [['business']] })
      .optional(),
    generic: z
      .enum(['block', 'allow'])
      .meta({ description: 'Copilot hosts tied to no plan. Default: block when plans is set.' })
      .optional(),
  });
}

function otherwiseSchema() {
  const act = z.enum(['block', 'splice']);
  return z.union([
    act,
    z.strictObject({ do: act.meta({ examples: ['block'] }), mode: modeSchema().optional() }),
  ]);
}

function ruleList<T extends z.ZodType>(rule: T) {
  return z.union([z.string(), z.array(z.union([z.string(), rule]))]);
}

function naming() {
  return {
    name: z
      .string()
      .meta({ description: 'What the record and refusals call it.', examples: ['open-source'] })
      .optional(),
  };
}

function destination() {
  return {
    preset: z
      .string()
      .meta({ description: 'A named list, instead of `to`.', examples: ['github'] })
      .optional(),
    to: oneOrMany('HOST[:PORT][/PATH], one or a list.').optional(),
  };
}

function identity() {
  return {
    users: oneOrMany('Proxy user names.').optional(),
    groups: oneOrMany('Groups that the policy declares.').optional(),
    from: oneOrMany('Networks, as 10.20.0.0/16.').optional(),
    device: oneOrMany('Certificate subjects or device groups.').optional(),
    listener: oneOrMany('Names of listeners.').optional(),
  };
}

function why() {
  return z.string().meta({ description: 'For the reader of the policy.' }).optional();
}

function modeSchema() {
  return z.enum(['enforce', 'report']);
}

function oneOrMany(description: string) {
  return z.union([z.string(), z.array(z.string())]).meta({ description });
}
