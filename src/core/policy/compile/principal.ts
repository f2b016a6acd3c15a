// Who is asking, resolved once per connection: groups looked up, the address in look-up form.
// Must not know destinations.
import type { ClientFacts } from '../facts.ts';
import type { WhoClause } from '../language/policy-document.ts';
import { type AddressKey, addressKey, hasAddress, type NetworkTable, networkTable } from './network-table.ts';

/** A client as rules compare it. Absent facts are null or empty, and match nothing. */
export interface Principal {
  readonly user: string | null;
  /** Null: none. */
  readonly groups: ReadonlySet<string> | null;
  readonly address: AddressKey | null;
  /** The device as the source says it, and the policy's groups that list it. */
  readonly devices: readonly string[];
  readonly listener: string | null;
}

/** A compiled `WhoClause`. */
export interface Who {
  readonly users: ReadonlySet<string> | null;
  readonly groups: readonly string[] | null;
  readonly from: NetworkTable<true> | null;
  readonly devices: ReadonlySet<string> | null;
  readonly listeners: ReadonlySet<string> | null;
}

export function compileWho(clause: WhoClause | null): Who | null {
  if (clause === null) return null;
  return {
    users: setOf(clause.users),
    groups: clause.groups,
    from: clause.from === null ? null : networkTable(clause.from.map((cidr) => [cidr, true] as const)),
    devices: setOf(clause.device),
    listeners: setOf(clause.listener),
  };
}

/** `groupsOf` gives the policy's groups that list a name. It makes no set of groups but where a source says some. */
export function resolvePrincipal(
  client: ClientFacts,
  groupsOf: ReadonlyMap<string, ReadonlySet<string>>,
): Principal {
  const own = client.user === null ? null : (groupsOf.get(client.user) ?? null);
  return {
    user: client.user,
    groups: client.groups.length === 0 ? own : new Set([...client.groups, ...(own ?? [])]),
    address: client.from === null ? null : addressKey(client.from),
    devices: client.device === null ? NO_DEVICES : [client.device, ...(groupsOf.get(client.device) ?? [])],
    listener: client.listener,
  };
}

const NO_DEVICES: readonly string[] = [];

/** AND between the clauses, OR inside each. */
export function isWho(who: Who, principal: Principal): boolean {
  if (who.users !== null && !(principal.user !== null && who.users.has(principal.user))) return false;
  if (who.groups !== null && !who.groups.some((group) => principal.groups?.has(group) === true)) return false;
  if (who.from !== null && !(principal.address !== null && hasAddress(who.from, principal.address)))
    return false;
  const { devices } = who;
  if (devices !== null && !principal.devices.some((device) => devices.has(device))) return false;
  return who.listeners === null || (principal.listener !== null && who.listeners.has(principal.listener));
}

function setOf(words: readonly string[] | null): ReadonlySet<string> | null {
  return words === null ? null : new Set(words);
}
