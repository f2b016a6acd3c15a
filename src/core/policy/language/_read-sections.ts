// The sections of a policy that hold rules: exempt, allow, block; and the restriction itself.
// Must not know how rules are matched.
import { ENTERPRISE_HEADER } from '../../vendors/github/github.ts';
import {
  type Path,
  placeOf,
  type Reading,
  readHostPatterns,
  readPatterns,
  readPreset,
  readText,
  readUnless,
  readWho,
  refuse,
} from './_read-rule.ts';
import { readValues, readVendors } from './_tenants.ts';
import type { BlockRule, Exemption, Mode, PolicyDocument, Rule } from './policy-document.ts';
import type { BlockSource, ExemptSource, PolicySource, RuleSource } from './policy-schema.ts';

export function readRestrict(reading: Reading, source: PolicySource['restrict']): PolicyDocument['restrict'] {
  if (source === undefined) return null;
  const path = ['restrict', ENTERPRISE_HEADER.key];
  return {
    place: placeOf(reading, path),
    enterprises: readValues(reading, ENTERPRISE_HEADER, { list: source.enterprises, path }),
    also: readHostPatterns(reading, source.also, ['restrict', 'also']),
    mode: source.mode ?? 'enforce',
  };
}

/** `before` counts the exemptions of earlier files: one without a name is called by its number. */
export function readExempt(
  reading: Reading,
  list: readonly ExemptSource[],
  before: number,
): readonly Exemption[] {
  return list.map((source, index) => {
    const path: Path = ['exempt', index];
    const to = readPatterns(reading, source.to, { path: [...path, 'to'], defaultPort: 443 });
    const who = readWho(reading, source, path);
    if (who === null && source.to === undefined) {
      const mend = 'add from, groups, users, device or listener, or "to"';
      refuse(reading, path, {
        value: source.name ?? '{}',
        problem: 'it would lift the restriction for everyone',
        mend,
      });
    }
    return {
      name: nameOf(reading, {
        name: source.name,
        first: source.to,
        path,
        fallback: `exempt ${before + index + 1}`,
      }),
      place: placeOf(reading, path),
      preset: null,
      to,
      who,
      unless: readUnless(reading, source.unless, [...path, 'unless']),
      until: readUntil(reading, source.until, [...path, 'until']),
      why: source.why ?? null,
      vendors: readVendors(reading, source.vendors, [...path, 'vendors']),
    };
  });
}

export function readAllow(reading: Reading, list: PolicySource['allow']): Rule[] {
  return ruleSources(list).map(([source, path]) =>
    readRule(reading, source, { path: ['allow', ...path], port: 443 }),
  );
}

export function readBlock(reading: Reading, list: PolicySource['block']): BlockRule[] {
  return ruleSources(list).map(([source, path]) => {
    const at: Path = ['block', ...path];
    const details: BlockSource = typeof source === 'string' ? {} : source;
    const mode: Mode = details.mode ?? 'enforce';
    const say = readText(reading, details.say, { path: [...at, 'say'], longest: 400 });
    return { ...readRule(reading, source, { path: at, port: null }), say, mode };
  });
}

/** A list, or one string that stands for it, with the path of each entry. */
function ruleSources<T>(list: string | readonly T[] | undefined): readonly (readonly [T | string, Path])[] {
  if (list === undefined) return [];
  return typeof list === 'string' ? [[list, []]] : list.map((entry, at) => [entry, [at]] as const);
}

function readRule(
  reading: Reading,
  entry: RuleSource | string,
  at: { readonly path: Path; readonly port: number | null },
): Rule {
  const isText = typeof entry === 'string';
  const source: RuleSource = isText ? { to: entry } : entry;
  const toPath = isText ? at.path : [...at.path, 'to'];
  if ((source.to === undefined) === (source.preset === undefined)) {
    const problem = source.to === undefined ? 'it names no destination' : 'it has both "to" and "preset"';
    refuse(reading, at.path, {
      value: source.name ?? source.preset ?? '{}',
      problem,
      mend: 'write either "to" or "preset"',
    });
  }
  const presetAt = { path: [...at.path, 'preset'], defaultPort: at.port };
  const to =
    source.preset === undefined
      ? readPatterns(reading, source.to, { path: toPath, defaultPort: at.port })
      : readPreset(reading, source.preset, presetAt);
  return {
    name: nameOf(reading, {
      name: source.name ?? source.preset,
      first: source.to,
      path: at.path,
      fallback: 'rule',
    }),
    place: placeOf(reading, at.path),
    preset: source.preset ?? null,
    to,
    who: readWho(reading, source, at.path),
    unless: readUnless(reading, source.unless, [...at.path, 'unless']),
  };
}

function nameOf(
  reading: Reading,
  from: {
    readonly name: string | undefined;
    readonly first: string | readonly string[] | undefined;
    readonly path: Path;
    readonly fallback: string;
  },
): string {
  const first = typeof from.first === 'string' ? from.first : from.first?.[0];
  return (
    readText(reading, from.name, { path: [...from.path, 'name'], longest: 100 }) ?? first ?? from.fallback
  );
}

function readUntil(reading: Reading, day: string | undefined, path: Path): Exemption['until'] {
  if (day === undefined) return null;
  const { calendar } = reading;
  const endMs = calendar?.endOf(day) ?? null;
  if (endMs !== null) return { day, endMs };
  const why =
    calendar === null
      ? { problem: 'the time zone that days are counted in is unknown', mend: 'name one as Europe/Berlin' }
      : { problem: 'there is no such day', mend: 'write a day as 2027-03-31' };
  refuse(reading, path, { value: day, ...why });
  return null;
}
