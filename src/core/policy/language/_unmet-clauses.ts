// Clauses that no client of a gate can meet, given its listeners. Must not know how listeners are opened.
import type { Place, PolicyDocument, Rule, WhoClause } from './policy-document.ts';

/** What the settings say of a listener that counts here. */
export interface KnownListener {
  readonly name: string;
  readonly credentials: 'none' | 'required';
}

export interface UnmetClause {
  readonly code: 'listener-unknown' | 'device-unknown' | 'users-unknown';
  readonly place: Place;
  readonly value: string;
  readonly problem: string;
  readonly mend: string;
}

/** Every clause that can never match, in the order of the rules. */
export function unmetClauses(
  { exempt, allow, block }: PolicyDocument,
  listeners: readonly KnownListener[],
): readonly UnmetClause[] {
  const rules: readonly Rule[] = [...exempt, ...allow, ...block];
  return rules.flatMap((rule) =>
    [rule.who, rule.unless].flatMap((clause) => (clause === null ? [] : unmetOf(rule, clause, listeners))),
  );
}

function unmetOf(
  { name, place }: Rule,
  clause: WhoClause,
  listeners: readonly KnownListener[],
): readonly UnmetClause[] {
  const known = listeners.map((listener) => listener.name);
  const strangers = (clause.listener ?? []).filter((listener) => !known.includes(listener));
  const unmet = strangers.map((value): UnmetClause => {
    const problem = `the rule ${name} names a listener that the settings do not have`;
    return { code: 'listener-unknown', place, value, problem, mend: `known: ${known.join(', ')}` };
  });
  if (clause.device !== null) {
    const problem = `the rule ${name} names devices, and no listener learns which device a client is`;
    const mend = 'name the addresses of these devices with "from"';
    unmet.push({ code: 'device-unknown', place, value: clause.device[0] ?? '', problem, mend });
  }
  if (clause.users !== null && listeners.every(({ credentials }) => credentials === 'none')) {
    const problem = `the rule ${name} names users, and no listener asks clients for credentials`;
    const mend = 'set credentials: required on a listener';
    unmet.push({ code: 'users-unknown', place, value: clause.users[0] ?? '', problem, mend });
  }
  return unmet;
}
