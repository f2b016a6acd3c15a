// Clauses that no client of a gate can meet, given its listeners. Must not know how listeners are opened.
import type { Fault } from '../../base/document.ts';
import type { Place, PolicyDocument, Rule, WhoClause } from './policy-document.ts';

/** What the settings say of a listener that counts here. */
export interface KnownListener {
  readonly name: string;
  readonly credentials: 'none' | 'required';
}

/**
 * Rules that these listeners can never apply, as whoever wrote them meant it: a block that never applies would be no
 * block. In the order of the rules.
 */
export function unmetClauses(
  document: PolicyDocument,
  listeners: readonly KnownListener[],
): readonly Fault[] {
  return clausesOf(document).flatMap(([rule, clause]) => [
    ...strangers(rule, clause, listeners),
    ...devices(rule, clause),
  ]);
}

/** Rules that name devices, where no listener is known that could say what is one. */
export function deviceClauses(document: PolicyDocument): readonly Fault[] {
  return clausesOf(document).flatMap(([rule, clause]) => devices(rule, clause));
}

/** Rules that name users, where these listeners ask nobody. They may come to ask without the policy being changed. */
export function unaskedUsers(
  document: PolicyDocument,
  listeners: readonly KnownListener[],
): readonly Fault[] {
  if (listeners.some(({ credentials }) => credentials === 'required')) return [];
  return clausesOf(document).flatMap(([{ name, place }, { users }]) => {
    if (users === null) return [];
    const problem = `the rule ${name} names users, and no listener asks clients for credentials`;
    const mend = 'set credentials: required on a listener';
    return [fault(place, { value: users[0] ?? '', problem, mend })];
  });
}

function clausesOf({ exempt, allow, block }: PolicyDocument): readonly (readonly [Rule, WhoClause])[] {
  const rules: readonly Rule[] = [...exempt, ...allow, ...block];
  return rules.flatMap((rule) =>
    [rule.who, rule.unless].flatMap((clause) => (clause === null ? [] : [[rule, clause] as const])),
  );
}

function strangers(
  { name, place }: Rule,
  { listener }: WhoClause,
  listeners: readonly KnownListener[],
): readonly Fault[] {
  const known = listeners.map((each) => each.name);
  return (listener ?? [])
    .filter((each) => !known.includes(each))
    .map((value) => {
      const problem = `the rule ${name} names a listener that the settings do not have`;
      return fault(place, { value, problem, mend: `known: ${known.join(', ')}` });
    });
}

// No listener learns which device a client is.
function devices({ name, place }: Rule, { device }: WhoClause): readonly Fault[] {
  if (device === null) return [];
  const problem = `the rule ${name} names devices, and no listener learns which device a client is`;
  const mend = 'name the addresses of these devices with "from"';
  return [fault(place, { value: device[0] ?? '', problem, mend })];
}

function fault(
  { file, line, column }: Place,
  words: { readonly value: string; readonly problem: string; readonly mend: string },
): Fault {
  return { file, line, column, ...words };
}
