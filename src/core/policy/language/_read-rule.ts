// The parts of a policy's rules, read: patterns, identities, names, dates. Faults are collected, never thrown.
// Must not know the sections that rules stand in.

import { type Fault, type Located, nearestSpelling } from '../../base/document.ts';
import { type Cidr, parseCidr } from '../../base/ip-address.ts';
import { inOneForm } from '../../base/one-form.ts';
import { presetNamed, presetNames } from '../../vendors/github/presets.ts';
import type { Vendor } from '../../vendors/vendor.ts';
import { type NameKind, nameFault } from './_names.ts';
import type { Calendar } from './day-end.ts';
import { type Pattern, parsePattern } from './pattern.ts';
import type { Place, WhoClause } from './policy-document.ts';
import type { WhoSource } from './policy-schema.ts';

export type Path = readonly (string | number)[];

/** What every reader of one file needs: its places, the groups of the whole policy, and where faults go. */
export interface Reading {
  readonly file: string;
  readonly located: Located<unknown>;
  /** Of the time zone in which days end; null when there is no such zone. */
  readonly calendar: Calendar | null;
  readonly groups: readonly string[];
  /** Those that the policy may speak of. */
  readonly vendors: readonly Vendor[];
  readonly faults: Fault[];
}

/** Notes a fault at a path; the value is what was written there. */
export function refuse(
  reading: Reading,
  path: Path,
  why: { readonly value: string; readonly problem: string; readonly mend: string },
): void {
  reading.faults.push({ ...placeOf(reading, path), ...why });
}

export function placeOf(reading: Reading, path: Path): Place {
  return { file: reading.file, ...reading.located.at(path) };
}

/** Where a key stands, which is where the eye looks for it. */
export function placeOfKey(reading: Reading, path: Path, key: string): Place {
  return { file: reading.file, ...reading.located.keyAt(path, key) };
}

/** One string or a list, as pairs of item and path. Null when the key is absent; an empty list is refused. */
export function itemsOf(
  reading: Reading,
  list: string | readonly string[] | undefined,
  path: Path,
): readonly (readonly [string, Path])[] | null {
  if (list === undefined) return null;
  if (typeof list === 'string') return [[list, path]];
  if (list.length === 0) {
    const problem = 'an empty list would match nobody and nothing';
    refuse(reading, path, { value: '[]', problem, mend: 'write at least one entry, or remove the key' });
  }
  return list.map((item, at) => [item, [...path, at]] as const);
}

/** Patterns of one string or a list; wrong ones are noted and left out. */
export function readPatterns(
  reading: Reading,
  list: string | readonly string[] | undefined,
  at: { readonly path: Path; readonly defaultPort: number | null },
): readonly Pattern[] {
  const items = itemsOf(reading, list, at.path) ?? [];
  return items.flatMap(([text, path]) => {
    const pattern = parsePattern(text, at.defaultPort);
    if (pattern.ok) return [pattern.value];
    refuse(reading, path, { value: text, ...pattern.error });
    return [];
  });
}

/** Patterns that name whole hosts only. */
export function readHostPatterns(
  reading: Reading,
  list: string | readonly string[] | undefined,
  path: Path,
): readonly Pattern[] {
  if (Array.isArray(list) && list.length === 0) return [];
  const patterns = readPatterns(reading, list, { path, defaultPort: null });
  for (const pattern of patterns) {
    if (pattern.path === null) continue;
    refuse(reading, path, {
      value: pattern.text,
      problem: 'a path has no meaning here',
      mend: 'write the host alone',
    });
  }
  return patterns;
}

/** The patterns of a preset; an unknown one is noted. */
export function readPreset(
  reading: Reading,
  name: string,
  at: { readonly path: Path; readonly defaultPort: number | null },
): readonly Pattern[] {
  const preset = presetNamed(name);
  if (!preset.ok) {
    const known = presetNames();
    const near = nearestSpelling(name, known);
    const mend = near === null ? `known presets: ${known.join(', ')}` : `did you mean "${near}"?`;
    refuse(reading, at.path, { value: name, problem: preset.error, mend });
    return [];
  }
  return preset.value.rows.flatMap((row) => {
    const pattern = parsePattern(row.pattern, at.defaultPort);
    return pattern.ok ? [pattern.value] : [];
  });
}

/** The identity clauses of a rule; null when it has none. */
export function readWho(reading: Reading, source: WhoSource, path: Path): WhoClause | null {
  const who: WhoClause = {
    users: readNames(reading, source.users, { path: [...path, 'users'], kind: 'user' }),
    groups: readGroups(reading, source.groups, [...path, 'groups']),
    from: readNetworks(reading, source.from, [...path, 'from']),
    device: readNames(reading, source.device, { path: [...path, 'device'], kind: 'device' }),
    listener: readNames(reading, source.listener, { path: [...path, 'listener'], kind: 'listener' }),
  };
  return Object.values(who).every((clause) => clause === null) ? null : who;
}

/** The clauses of `unless`; null when the key is absent. */
export function readUnless(reading: Reading, source: WhoSource | undefined, path: Path): WhoClause | null {
  if (source === undefined) return null;
  const who = readWho(reading, source, path);
  if (who === null) {
    const problem = 'it excepts nobody';
    refuse(reading, path, { value: 'unless', problem, mend: 'for example "unless: { groups: [admins] }"' });
  }
  return who;
}

/** A text that goes into records and answers; control characters are noted. */
export function readText(
  reading: Reading,
  text: string | undefined,
  at: { readonly path: Path; readonly longest: number },
): string | null {
  if (text === undefined) return null;
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) || text.trim() === '' || text.length > at.longest) {
    const problem = `it must be one line of 1 to ${at.longest} characters`;
    refuse(reading, at.path, { value: text.slice(0, 60), problem, mend: 'shorten it to one line' });
  }
  return text;
}

/** Names of one string or a list; one that nobody can have is noted. Null when the key is absent. */
export function readNames(
  reading: Reading,
  list: string | readonly string[] | undefined,
  at: { readonly path: Path; readonly kind: NameKind },
): string[] | null {
  const items = itemsOf(reading, list, at.path);
  if (items === null) return null;
  return items.map(([name, path]) => {
    const fault = nameFault(name, at.kind);
    if (fault === null) readText(reading, name, { path, longest: 400 });
    else refuse(reading, path, { value: name.slice(0, 60), ...fault });
    return inOneForm(name);
  });
}

function readGroups(
  reading: Reading,
  list: string | readonly string[] | undefined,
  path: Path,
): string[] | null {
  const items = itemsOf(reading, list, path);
  if (items === null) return null;
  for (const [group, at] of items) {
    if (reading.groups.includes(group)) continue;
    const near = nearestSpelling(group, reading.groups);
    const mend = near === null ? `declare it: "groups: { ${group}: [] }"` : `did you mean "${near}"?`;
    refuse(reading, at, { value: group, problem: 'no group has this name', mend });
  }
  return items.map(([group]) => group);
}

function readNetworks(
  reading: Reading,
  list: string | readonly string[] | undefined,
  path: Path,
): Cidr[] | null {
  const items = itemsOf(reading, list, path);
  if (items === null) return null;
  return items.flatMap(([text, at]) => {
    const network = parseCidr(text);
    if (network.ok) return [network.value];
    refuse(reading, at, {
      value: text,
      problem: network.error,
      mend: 'write a network as 10.20.0.0/16 or 2001:db8::/32',
    });
    return [];
  });
}
