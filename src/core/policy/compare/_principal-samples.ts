// Those whom the rules of two policies could treat differently: one for each way in which rules tell people apart.
// Must not know places or decisions.
import { addressBytes, type Cidr, type IpAddress, parseIpAddress } from '../../base/ip-address.ts';
import { addressKey, networkTable, valuesAt } from '../compile/network-table.ts';
import { compileWho, isWho, resolvePrincipal } from '../compile/principal.ts';
import type { ClientFacts } from '../facts.ts';
import type { PolicyDocument, Rule, WhoClause } from '../language/policy-document.ts';

/** Somebody to ask as. */
export interface PrincipalSample {
  /** `user alice`, `group oss`, `from 10.20.0.0`, `anyone else`. */
  readonly label: string;
  readonly client: ClientFacts;
  /** How many users no rule of either policy tells apart from this one, itself included. */
  readonly alike: number;
  /** Places in `rulesOf(documents)` of the rules whose identity this one meets in part. */
  readonly rules: ReadonlySet<number>;
}

/** All rules of both documents, in one list. */
export function rulesOf(documents: readonly PolicyDocument[]): readonly Rule[] {
  return documents.flatMap(({ exempt, allow, block }) => [...exempt, ...allow, ...block]);
}

/** Nobody in particular and anyone else first; those two are asked everywhere. */
export function principalSamples(documents: readonly PolicyDocument[]): readonly PrincipalSample[] {
  const rules = rulesOf(documents);
  const clauses = rules.flatMap(({ who, unless }) => [who, unless].filter((clause) => clause !== null));
  const users = userSamples(documents, clauses);
  const bare: readonly Bare[] = [
    { label: 'nobody known', client: NOBODY, alike: 1 },
    { label: 'anyone else', client: stranger(clauses), alike: 1 },
    ...users.samples,
    ...wordsOf(clauses, 'groups').map((group) => bareOf(`group ${group}`, { groups: [group] })),
    ...addressSamples(clauses).map((from) => bareOf(`from ${from}`, { from })),
    ...wordsOf(clauses, 'listener').map((listener) => bareOf(`listener ${listener}`, { listener })),
    ...wordsOf(clauses, 'device').flatMap((device) =>
      [device, ...membersOf(documents, device)].map((name) => bareOf(`device ${name}`, { device: name })),
    ),
    ...rules.flatMap((rule) => combined(rule, users.standIn)),
  ];
  const known = new Map(bare.map((sample) => [JSON.stringify(sample.client), sample] as const).toReversed());
  return withRules([...known.values()].toReversed(), { rules, documents });
}

type Bare = Omit<PrincipalSample, 'rules'>;

const NOBODY: ClientFacts = { user: null, groups: [], from: null, device: null, listener: null };
/** Of one clause's items, this many are tried together with the rule's other clauses. */
const COMBINED_LIMIT = 50;

function bareOf(label: string, facts: Partial<ClientFacts>): Bare {
  return { label, client: { ...NOBODY, ...facts }, alike: 1 };
}

/** A user and an address that no rule names. */
function stranger(clauses: readonly WhoClause[]): ClientFacts {
  const named = new Set(wordsOf(clauses, 'users'));
  let user = 'anyone-else';
  while (named.has(user)) user = `${user}-`;
  const networks = networkTable(
    clauses.flatMap(({ from }) => from ?? []).map((cidr) => [cidr, true] as const),
  );
  // TEST-NET-3 and its neighbours (RFC 5737), then private space.
  const candidates = ['203.0.113.77', '198.51.100.77', '192.0.2.77', '10.254.254.254', '172.31.254.254'];
  const from = candidates
    .map(addressOf)
    .find((one) => one !== null && valuesAt(networks, addressKey(one)).length === 0);
  return { ...NOBODY, user, from: from ?? null };
}

function addressOf(text: string): IpAddress | null {
  const address = parseIpAddress(text);
  return address.ok ? address.value : null;
}

function wordsOf(clauses: readonly WhoClause[], key: 'users' | 'groups' | 'listener' | 'device'): string[] {
  return [...new Set(clauses.flatMap((clause) => clause[key] ?? []))];
}

function membersOf(documents: readonly PolicyDocument[], group: string): readonly string[] {
  return [...new Set(documents.flatMap(({ groups }) => groups.get(group) ?? []))];
}

/** Users whom exactly the same clauses name, themselves or by a group, are one. */
function userSamples(
  documents: readonly PolicyDocument[],
  clauses: readonly WhoClause[],
): { readonly samples: readonly Bare[]; readonly standIn: ReadonlyMap<string, string> } {
  const marks = new Map<string, string[]>();
  const mark = (user: string, by: string): void => {
    const known = marks.get(user);
    if (known === undefined) marks.set(user, [by]);
    else if (known.at(-1) !== by) known.push(by);
  };
  for (const [at, { users }] of clauses.entries()) for (const user of users ?? []) mark(user, `u${at}`);
  // Which document's group it is counts: a member may be in one and not in the other.
  for (const group of wordsOf(clauses, 'groups'))
    for (const [at, { groups }] of documents.entries())
      for (const user of groups.get(group) ?? []) mark(user, `g${at} ${group}`);
  const alike = new Map<string, string[]>();
  for (const [user, by] of marks) {
    const key = by.join('\n');
    const known = alike.get(key);
    if (known === undefined) alike.set(key, [user]);
    else known.push(user);
  }
  const samples: Bare[] = [];
  const standIn = new Map<string, string>();
  for (const users of alike.values()) {
    const [first = ''] = users;
    samples.push({ ...bareOf(`user ${first}`, { user: first }), alike: users.length });
    for (const user of users) standIn.set(user, first);
  }
  return { samples, standIn };
}

/** First and last address of each network; of those that the same networks hold, one. */
function addressSamples(clauses: readonly WhoClause[]): readonly IpAddress[] {
  const networks = clauses.flatMap(({ from }, at) => (from ?? []).map((cidr) => [cidr, at] as const));
  const table = networkTable(networks);
  const known = new Map<string, IpAddress>();
  for (const [cidr] of networks)
    for (const address of endsOf(cidr)) {
      const key = [...new Set(valuesAt(table, addressKey(address)))].toSorted((a, b) => a - b).join();
      if (!known.has(key)) known.set(key, address);
    }
  return [...known.values()];
}

function endsOf({ address, bits }: Cidr): readonly IpAddress[] {
  const bytes = addressBytes(address).map(
    (byte, at) => byte | (0xff >> Math.min(8, Math.max(0, bits - at * 8))),
  );
  const last =
    bytes.length === 4
      ? bytes.join('.')
      : Array.from({ length: 8 }, (_, at) =>
          (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
        ).join(':');
  const read = parseIpAddress(last);
  return read.ok && read.value !== address ? [address, read.value] : [address];
}

/** Whom a rule of several clauses covers only when all hold, and whom its `unless` excepts. */
function combined({ who, unless }: Rule, standIn: ReadonlyMap<string, string>): readonly Bare[] {
  const parts = [who, unless].map((clause) => (clause === null ? [] : itemsOf(clause, standIn)));
  const firsts = parts.map((items) => mergedOf(items.map(([first]) => first)));
  const [base = {}, excepted = {}] = firsts;
  const singles = parts.flat().length;
  if (singles < 2) return [];
  const merged = [
    base,
    ...(parts[0] ?? []).flatMap((items) => items.map((item) => mergedOf([base, item]))),
    ...(parts[1] ?? []).flatMap((items) => items.map((item) => mergedOf([base, item]))),
    mergedOf([base, excepted]),
  ];
  return merged.map((facts) => bareOf(labelOf(facts), facts));
}

/** The items of each clause as facts; at least the first of each. */
function itemsOf(
  clause: WhoClause,
  standIn: ReadonlyMap<string, string>,
): (readonly Partial<ClientFacts>[])[] {
  const { users, groups, from, device, listener } = clause;
  const lists: (readonly Partial<ClientFacts>[])[] = [
    [...new Set((users ?? []).map((user) => standIn.get(user) ?? user))].map((user) => ({ user })),
    (groups ?? []).map((group) => ({ groups: [group] })),
    (from ?? []).map(({ address }) => ({ from: address })),
    (device ?? []).map((name) => ({ device: name })),
    (listener ?? []).map((name) => ({ listener: name })),
  ];
  return lists.filter((items) => items.length > 0).map((items) => items.slice(0, COMBINED_LIMIT));
}

/** Later facts win; groups add up. */
function mergedOf(parts: readonly (Partial<ClientFacts> | undefined)[]): Partial<ClientFacts> {
  const groups = [...new Set(parts.flatMap((part) => part?.groups ?? []))];
  return { ...Object.assign({}, ...parts), ...(groups.length > 0 ? { groups } : {}) };
}

function labelOf({ user, groups, from, device, listener }: Partial<ClientFacts>): string {
  const words = [
    ...(user == null ? [] : [`user ${user}`]),
    ...(groups ?? []).map((group) => `group ${group}`),
    ...(from == null ? [] : [`from ${from}`]),
    ...(device == null ? [] : [`device ${device}`]),
    ...(listener == null ? [] : [`listener ${listener}`]),
  ];
  return words.join(', ');
}

function withRules(
  samples: readonly Bare[],
  of: { readonly rules: readonly Rule[]; readonly documents: readonly PolicyDocument[] },
): readonly PrincipalSample[] {
  const groupsOf = new Map<string, Set<string>>();
  for (const { groups } of of.documents)
    for (const [group, members] of groups)
      for (const member of members) groupsOf.set(member, (groupsOf.get(member) ?? new Set()).add(group));
  const parts = of.rules.map(({ who, unless }) =>
    [who, unless]
      .flatMap((clause) => (clause === null ? [] : partsOf(clause)))
      .map((part) => compileWho(part)),
  );
  return samples.map((sample) => {
    const principal = resolvePrincipal(sample.client, groupsOf);
    const rules = new Set<number>();
    for (const [at, whos] of parts.entries())
      if (whos.some((who) => who !== null && isWho(who, principal))) rules.add(at);
    return { ...sample, rules };
  });
}

/** Each list of a clause as a clause of its own. */
function partsOf(clause: WhoClause): readonly WhoClause[] {
  const none: WhoClause = { users: null, groups: null, from: null, device: null, listener: null };
  const { users, groups, from, device, listener } = clause;
  return [
    { ...none, users },
    { ...none, groups },
    { ...none, from },
    { ...none, device },
    { ...none, listener },
  ].filter((part) => Object.values(part).some((list) => list !== null));
}
