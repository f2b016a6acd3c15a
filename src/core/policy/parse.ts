// A policy file's text in, a policy document or every fault out. Must not know how decisions are made.
import { type Fault, readDocument } from '../base/document.ts';
import { err, ok, type Result } from '../base/result.ts';
import { copilotPlanOf } from '../github/endpoints.ts';
import type { Reading } from './_read-rule.ts';
import { itemsOf, placeOf, readHostPatterns, readText } from './_read-rule.ts';
import { readAllow, readBlock, readExempt, readRestrict } from './_read-sections.ts';
import type { Pattern } from './pattern.ts';
import type { PolicyDocument, Rule } from './policy-document.ts';
import { type PolicySource, policySchema } from './policy-schema.ts';

export interface ParseOptions {
  /** IANA name, `Europe/Berlin`; a day in the policy ends at midnight there. */
  readonly timeZone: string;
}

/** Reads a policy. Nothing half-loads: one fault, and there is no document. */
export function parsePolicy(
  source: { readonly text: string; readonly file: string },
  options: ParseOptions,
): Result<PolicyDocument, readonly Fault[]> {
  const read = readDocument(source, policySchema());
  if (!read.ok) return read;
  const policy = read.value.value;
  const reading: Reading = {
    file: source.file,
    located: read.value,
    timeZone: options.timeZone,
    groups: Object.keys(policy.groups ?? {}),
    faults: [],
  };
  const document = readSections(reading, policy);
  return reading.faults.length === 0 ? ok(document) : err(inFileOrder(reading.faults));
}

function readSections(reading: Reading, policy: PolicySource): PolicyDocument {
  const copilot = readCopilot(reading, policy.copilot);
  const otherwise = typeof policy.otherwise === 'string' ? { do: policy.otherwise } : policy.otherwise;
  return {
    file: reading.file,
    mode: policy.mode ?? 'enforce',
    restrict: readRestrict(reading, policy.restrict),
    exempt: readExempt(reading, policy.exempt ?? []),
    groups: readMembers(reading, policy.groups ?? {}),
    copilot,
    allow: readAllow(reading, policy.allow).map((rule) => withPlans(rule, copilot)),
    block: readBlock(reading, policy.block),
    inspect: readHostPatterns(reading, policy.inspect, ['inspect']),
    otherwise: { do: otherwise.do, mode: otherwise.mode ?? 'enforce' },
  };
}

function readMembers(
  reading: Reading,
  groups: NonNullable<PolicySource['groups']>,
): PolicyDocument['groups'] {
  return new Map(
    Object.entries(groups).map(([name, members]) => {
      readText(reading, name, { path: ['groups', name], longest: 100 });
      const isEmpty = Array.isArray(members) && members.length === 0;
      const items = isEmpty ? [] : (itemsOf(reading, members, ['groups', name]) ?? []);
      return [name, items.map(([member]) => member)];
    }),
  );
}

function readCopilot(reading: Reading, source: PolicySource['copilot']): PolicyDocument['copilot'] {
  const plans = typeof source?.plans === 'string' ? [source.plans] : (source?.plans ?? null);
  const generic = source?.generic ?? (plans === null ? 'allow' : 'block');
  return { plans, generic, place: placeOf(reading, ['copilot']) };
}

/** A preset lets in of githubcopilot.com only what `copilot` lets in; everything, when `plans` is absent. */
function withPlans(rule: Rule, { plans, generic }: PolicyDocument['copilot']): Rule {
  if (rule.preset === null || plans === null) return rule;
  const isWanted = ({ host }: Pattern): boolean => {
    const plan = copilotPlanOf(host.kind === 'under' ? host.parent : '');
    if (plan === null) return true;
    return plan === 'generic' ? generic === 'allow' : plans.includes(plan);
  };
  return { ...rule, to: rule.to.filter(isWanted) };
}

function inFileOrder(faults: readonly Fault[]): readonly Fault[] {
  return faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
