// A policy's text in, with the files that it includes; a policy document or every fault out.
// Must not know how decisions are made.

import type { Fault } from '../../base/document.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { VENDORS } from '../../vendors/catalogue.ts';
import { copilotPlanOf } from '../../vendors/github/endpoints.ts';
import type { Vendor } from '../../vendors/vendor.ts';
import { partWith, type ReadPart, refuseGroupsTwice, refuseNamesTwice } from './_one-place.ts';
import type { Reading } from './_read-rule.ts';
import { placeOf, placeOfKey, readHostPatterns, readNames, readText, refuse } from './_read-rule.ts';
import { readAllow, readBlock, readExempt, readRestrict } from './_read-sections.ts';
import { readTenants } from './_tenants.ts';
import { type Calendar, calendarOf } from './day-end.ts';
import type { Pattern } from './pattern.ts';
import type { Exemption, PolicyDocument, Rule } from './policy-document.ts';
import {
  inReadingOrder,
  type PolicyPart,
  type PolicyText,
  type ReadInclude,
  readParts,
} from './policy-files.ts';
import { type PolicySource, policySchema } from './policy-schema.ts';

export interface ParseOptions {
  /** IANA name, `Europe/Berlin`; a day in the policy ends at midnight there. */
  readonly timeZone: string;
  /** How included files are read. Without it a text stands alone, and an include is a fault. */
  readonly readInclude?: ReadInclude;
  /** The vendors that it may speak of; the catalogue's, when left out. */
  readonly vendors?: readonly Vendor[];
  /** What `readInclude` would call the file of the text; its name, when left out. */
  readonly id?: string;
}

/** Reads a policy with its includes. Nothing half-loads: one fault in any file, and there is no document. */
export function parsePolicy(
  source: PolicyText,
  options: ParseOptions,
): Result<PolicyDocument, readonly Fault[]> {
  const found = { ...source, id: options.id ?? source.file };
  const vendors = options.vendors ?? VENDORS;
  const readInclude = options.readInclude ?? standsAlone;
  const read = readParts(found, { readInclude, schema: policySchema(vendors) });
  if (!read.ok) return read;
  const faults: Fault[] = [];
  const calendar = calendarOf(options.timeZone);
  const parts = read.value.map((part) => readPart(part, { parts: read.value, faults, calendar, vendors }));
  const [first] = parts;
  if (first === undefined) return err(faults);
  const document = { ...readSections(first, parts), timeZone: options.timeZone };
  const { files } = document;
  return faults.length === 0 ? ok(document) : err(inReadingOrder(faults, files));
}

const standsAlone: ReadInclude = () =>
  err({ problem: 'this text is no file, so nothing is included', mend: 'write its rules here' });

function readPart(
  { file, located }: PolicyPart,
  whole: {
    readonly parts: readonly PolicyPart[];
    readonly faults: Fault[];
    readonly calendar: Calendar | null;
    readonly vendors: readonly Vendor[];
  },
): ReadPart {
  const groups = whole.parts.flatMap((part) => Object.keys(part.located.value.groups ?? {}));
  const { calendar, faults, vendors } = whole;
  return { source: located.value, reading: { file, located, calendar, groups, vendors, faults } };
}

function readSections(first: ReadPart, parts: readonly ReadPart[]): Omit<PolicyDocument, 'timeZone'> {
  refuseGroupsTwice(parts);
  refuseNamesTwice(parts);
  const mode = partWith(parts, 'mode');
  const restrict = partWith(parts, 'restrict');
  const tenants = partWith(parts, 'tenants');
  const copilot = readCopilot(partWith(parts, 'copilot') ?? first);
  return {
    files: parts.map(({ reading }) => reading.file),
    mode: mode?.source.mode ?? 'enforce',
    modePlace: placeOfKey((mode ?? first).reading, [], 'mode'),
    restrict: restrict === null ? null : readRestrict(restrict.reading, restrict.source.restrict),
    tenants: tenants === null ? [] : readTenants(tenants.reading, tenants.source.tenants),
    exempt: readExemptions(parts),
    groups: new Map(parts.flatMap(({ reading, source }) => readMembers(reading, source.groups ?? {}))),
    copilot,
    allow: parts
      .flatMap(({ reading, source }) => readAllow(reading, source.allow))
      .map((rule) => withPlans(rule, copilot)),
    block: parts.flatMap(({ reading, source }) => readBlock(reading, source.block)),
    inspect: parts.flatMap(({ reading, source }) => readHostPatterns(reading, source.inspect, ['inspect'])),
    otherwise: readOtherwise(first, partWith(parts, 'otherwise')),
  };
}

function readExemptions(parts: readonly ReadPart[]): readonly Exemption[] {
  const exemptions: Exemption[] = [];
  for (const { reading, source } of parts)
    exemptions.push(...readExempt(reading, source.exempt ?? [], exemptions.length));
  return exemptions;
}

function readMembers(
  reading: Reading,
  groups: NonNullable<PolicySource['groups']>,
): (readonly [string, readonly string[]])[] {
  return Object.entries(groups).map(([name, members]) => {
    readText(reading, name, { path: ['groups', name], longest: 100 });
    const isEmpty = Array.isArray(members) && members.length === 0;
    if (name.trim() !== name) {
      const problem = 'a blank stands at an end';
      refuse(reading, ['groups', name], { value: name, problem, mend: `write it as "${name.trim()}"` });
    }
    const at = { path: ['groups', name], kind: 'member' } as const;
    return [name, isEmpty ? [] : (readNames(reading, members, at) ?? [])] as const;
  });
}

function readCopilot({ reading, source }: ReadPart): PolicyDocument['copilot'] {
  const { copilot } = source;
  const plans = typeof copilot?.plans === 'string' ? [copilot.plans] : (copilot?.plans ?? null);
  const generic = copilot?.generic ?? (plans === null ? 'allow' : 'block');
  return { plans, generic, place: placeOf(reading, ['copilot']) };
}

function readOtherwise(first: ReadPart, part: ReadPart | null): PolicyDocument['otherwise'] {
  const otherwise = part?.source.otherwise;
  if (otherwise === undefined) {
    const problem = 'this key is required and missing';
    const mend =
      'for example "otherwise: block", in one file of the policy; check an included file with its policy';
    first.reading.faults.push({ ...placeOf(first.reading, []), value: 'otherwise', problem, mend });
    return { do: 'block', mode: 'enforce' };
  }
  if (typeof otherwise === 'string') return { do: otherwise, mode: 'enforce' };
  return { do: otherwise.do, mode: otherwise.mode ?? 'enforce' };
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
