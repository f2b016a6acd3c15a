// What may stand in one file of a policy only: sections with one value, groups, names of rules.
// Must not know what they mean.
import { type Path, placeOf, placeOfKey, type Reading } from './_read-rule.ts';
import type { Place } from './policy-document.ts';
import { placeText } from './policy-files.ts';
import type { PolicySource } from './policy-schema.ts';

/** One file of a policy, and how it is read. */
export interface ReadPart {
  readonly reading: Reading;
  readonly source: PolicySource;
}

/** The one part that has the key; null when none has. A second one is refused. */
export function partWith(
  parts: readonly ReadPart[],
  key: 'mode' | 'restrict' | 'tenants' | 'copilot' | 'otherwise',
): ReadPart | null {
  const [first, ...more] = parts.filter(({ source }) => source[key] !== undefined);
  if (first === undefined) return null;
  for (const { reading } of more) {
    const place = placeOfKey(reading, [], key);
    const problem = `it may stand in one file only, and stands already at ${placeText(placeOfKey(first.reading, [], key))}`;
    reading.faults.push({ ...place, value: key, problem, mend: 'keep one of the two' });
  }
  return first;
}

/** Refuses a group that two files declare. */
export function refuseGroupsTwice(parts: readonly ReadPart[]): void {
  const names = parts.flatMap(({ reading, source }) =>
    Object.keys(source.groups ?? {}).map((name) => ({
      reading,
      name,
      place: () => placeOfKey(reading, ['groups'], name),
    })),
  );
  refuseTwice(names, 'another file declares this group, at', 'list its members in one of the two');
}

/** Refuses a name that rules of one section have in two files. Names taken from a preset or a pattern may recur. */
export function refuseNamesTwice(parts: readonly ReadPart[]): void {
  for (const section of ['exempt', 'allow', 'block'] as const) {
    const names = parts.flatMap(({ reading, source }) =>
      namesIn(source[section]).map(({ name, index }) => {
        const path: Path = [section, index, 'name'];
        return { reading, name, place: () => placeOf(reading, path) };
      }),
    );
    refuseTwice(
      names,
      `a rule under "${section}" in another file has this name, at`,
      'give one of the two another name',
    );
  }
}

interface Named {
  readonly reading: Reading;
  readonly name: string;
  place(): Place;
}

function refuseTwice(all: readonly Named[], problem: string, mend: string): void {
  const first = new Map<string, Named>();
  for (const named of all) {
    const earlier = first.get(named.name);
    if (earlier === undefined) first.set(named.name, named);
    else if (earlier.reading !== named.reading)
      named.reading.faults.push({
        ...named.place(),
        value: named.name,
        problem: `${problem} ${placeText(earlier.place())}`,
        mend,
      });
  }
}

function namesIn(
  list: string | readonly (string | { readonly name?: string | undefined })[] | undefined,
): { readonly name: string; readonly index: number }[] {
  if (list === undefined || typeof list === 'string') return [];
  return list.flatMap((entry, index) =>
    typeof entry === 'string' || entry.name === undefined ? [] : [{ name: entry.name, index }],
  );
}
