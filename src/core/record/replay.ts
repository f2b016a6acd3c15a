// What a record's traffic would meet under another policy: each decision taken again under both, and compared.
// Must not know files, nor how changes are shown.
import { type Destination, parseDestination } from '../base/destination.ts';
import { parseIpAddress } from '../base/ip-address.ts';
import { CUT_MARK, REDACTED } from '../base/redact.ts';
import type { Policy } from '../policy/compile/policy.ts';
import { type Answer, answerKey, answerOf, type ChangeKind, changeBetween } from '../policy/decide/answer.ts';
import { decideConnection } from '../policy/decide/decide-connection.ts';
import { decideRequest } from '../policy/decide/decide-request.ts';
import type { ClientFacts } from '../policy/facts.ts';
import { type Person, personOf } from './hit-sides.ts';
import { HitTable, type TopHits } from './hit-table.ts';
import type { RecordedDecision } from './recorded.ts';

/** Why a recorded decision cannot be taken again: what decided it is not, or not whole, in the record. */
export type Unreplayable =
  /** The Host or `:authority` that differed is not recorded. */
  | 'authority-mismatch'
  /** It could not be read, or was the gate itself. */
  | 'bad-destination'
  /** Its path had characters that the record shows in another way. */
  | 'bad-path'
  /** The record holds only its beginning. */
  | 'cut'
  /** A part of the path looked like a secret. */
  | 'redacted-path'
  /** The client's address cannot be read. */
  | 'bad-address';

export interface ReplayGroup {
  readonly kind: ChangeKind;
  readonly was: Answer;
  readonly is: Answer;
  readonly connections: number;
  readonly requests: number;
  readonly people: TopHits<Person>;
  readonly hosts: TopHits<string>;
}

export interface ReplayReport {
  readonly decisions: number;
  readonly replayed: number;
  readonly unchanged: number;
  readonly changed: { readonly connections: number; readonly requests: number };
  readonly changes: readonly ReplayGroup[];
  readonly notReplayed: Readonly<Record<Unreplayable, number>>;
  /** The record says something else than the old policy says now: another policy decided, or groups of an identity source. */
  readonly decidedOtherwise: number;
  /** Decisions about a user, where a policy asks for groups: the record has none that an identity source said. */
  readonly groupsUnknown: number;
}

/** Takes recorded decisions again. Decisions that stand on equal facts are taken once. */
export class Replay {
  readonly #policies: { readonly was: Policy; readonly is: Policy };
  readonly #ends: readonly number[];
  readonly #asksGroups: boolean;
  readonly #known = new Map<string, Comparison>();
  readonly #clients = new Map<string, ClientFacts | null>();
  readonly #groups = new Map<string, Draft>();
  readonly #notReplayed: Record<Unreplayable, number> = {
    ...{ 'authority-mismatch': 0, 'bad-destination': 0, 'bad-path': 0 },
    ...{ cut: 0, 'redacted-path': 0, 'bad-address': 0 },
  };
  readonly #changed = { connections: 0, requests: 0 };
  #decisions = 0;
  #same = 0;
  #decidedOtherwise = 0;
  #groupsUnknown = 0;

  constructor(was: Policy, is: Policy) {
    this.#policies = { was, is };
    const documents = [was.document, is.document];
    this.#ends = documents
      .flatMap(({ exempt }) => exempt.flatMap(({ until }) => (until === null ? [] : [until.endMs])))
      .toSorted((one, other) => one - other);
    this.#asksGroups = documents.some(({ exempt, allow, block }) =>
      [...exempt, ...allow, ...block].some(
        ({ who, unless }) => who?.groups != null || unless?.groups != null,
      ),
    );
  }

  add(decision: RecordedDecision): void {
    this.#decisions += 1;
    const client = this.#clientOf(decision);
    const why = client === null ? 'bad-address' : unreplayable(decision);
    if (client === null || why !== null) {
      this.#notReplayed[why ?? 'bad-address'] += 1;
      return;
    }
    const compared = this.#compare(decision, client);
    if (decision.user !== null && this.#asksGroups) this.#groupsUnknown += 1;
    if (!isRecorded(decision, compared.was)) this.#decidedOtherwise += 1;
    if (compared.kind === null) {
      this.#same += 1;
      return;
    }
    this.#changed[decision.stage === 'connection' ? 'connections' : 'requests'] += 1;
    const draft = this.#groups.get(compared.key) ?? newDraft(compared, compared.kind);
    this.#groups.set(compared.key, draft);
    const person = personOf(decision);
    draft[decision.stage === 'connection' ? 'connections' : 'requests'] += 1;
    draft.people.hit(person.key, person.name, decision);
    draft.hosts.hit(decision.destination, decision.destination, decision);
  }

  report(top: number): ReplayReport {
    const changed = { ...this.#changed };
    const changes = [...this.#groups.values()].map(({ people, hosts, ...rest }) => ({
      ...rest,
      people: people.top(top),
      hosts: hosts.top(top),
    }));
    return {
      decisions: this.#decisions,
      replayed: this.#same + changed.connections + changed.requests,
      unchanged: this.#same,
      changed,
      changes: changes.toSorted(inOrder),
      notReplayed: { ...this.#notReplayed },
      decidedOtherwise: this.#decidedOtherwise,
      groupsUnknown: this.#groupsUnknown,
    };
  }

  /** One object for each client, since a policy remembers what it found about it. */
  #clientOf({ user, address, listener }: RecordedDecision): ClientFacts | null {
    const key = `${listener}\n${address}\n${user ?? ''}\n${user === null}`;
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const from = parseIpAddress(address);
    const client = from.ok ? { user, groups: [], from: from.value, device: null, listener } : null;
    if (this.#clients.size >= KNOWN_LIMIT) this.#clients.clear();
    this.#clients.set(key, client);
    return client;
  }

  #compare(decision: RecordedDecision, client: ClientFacts): Comparison {
    const { stage, scheme, destination, request, atMs, user, address, listener } = decision;
    // Time counts only in so far as an exemption may have ended.
    let era = 0;
    while (era < this.#ends.length && (this.#ends[era] ?? 0) <= atMs) era += 1;
    const path = request === null ? '' : `${request.method === 'OPTIONS'} ${withoutQuery(request.path)}`;
    const key = `${era} ${stage} ${scheme} ${destination} ${path}\n${listener}\n${address}\n${user ?? ''}\n${user === null}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const facts = { decision, client, destination: parseDestination(destination) };
    const was = answerTo(this.#policies.was, facts);
    const is = answerTo(this.#policies.is, facts);
    const kind = changeBetween(was, is);
    const compared = { was, is, kind, key: kind === null ? '' : `${answerKey(was)} ${answerKey(is)}` };
    if (this.#known.size >= KNOWN_LIMIT) this.#known.clear();
    this.#known.set(key, compared);
    return compared;
  }
}

interface Comparison {
  readonly was: Answer;
  readonly is: Answer;
  readonly kind: ChangeKind | null;
  readonly key: string;
}

interface Draft {
  readonly kind: ChangeKind;
  readonly was: Answer;
  readonly is: Answer;
  connections: number;
  requests: number;
  readonly people: HitTable<Person>;
  readonly hosts: HitTable<string>;
}

const KNOWN_LIMIT = 100_000;

function newDraft({ was, is }: Comparison, kind: ChangeKind): Draft {
  const [people, hosts] = [new HitTable<Person>(), new HitTable<string>()];
  return { kind, was, is, connections: 0, requests: 0, people, hosts };
}

function inOrder(one: ReplayGroup, other: ReplayGroup): number {
  if (one.kind !== other.kind) return one.kind === 'effect' ? -1 : 1;
  return other.connections + other.requests - one.connections - one.requests;
}

function unreplayable({ reason, destination, request }: RecordedDecision): Unreplayable | null {
  const { code } = reason;
  if (code === 'authority-mismatch' || code === 'bad-destination' || code === 'bad-path') return code;
  if (destination.endsWith(CUT_MARK)) return 'cut';
  if (request === null) return null;
  const path = withoutQuery(request.path);
  if (path.endsWith(CUT_MARK)) return 'cut';
  if (path.includes(REDACTED)) return 'redacted-path';
  return SHOWN_OTHERWISE.test(path) ? 'bad-path' : null;
}

/** How the record shows what is not printable ASCII. */
const SHOWN_OTHERWISE = /\\(?:x[0-9a-f]{2}|u[0-9a-f]{4})/;

function withoutQuery(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

/** As the gate decides it: a request meets the connection's decision first, since a splice or a block leaves no requests. */
function answerTo(
  policy: Policy,
  facts: {
    readonly decision: RecordedDecision;
    readonly client: ClientFacts;
    readonly destination: Destination;
  },
): Answer {
  const { decision, client, destination } = facts;
  const { scheme, atMs: nowMs, request } = decision;
  const connection = { client, destination, scheme, isGate: false, nowMs };
  const connected = decideConnection(policy, connection);
  if (request === null || connected.kind === 'block' || (connected.kind === 'splice' && scheme === 'https'))
    return answerOf(connected);
  const authority = destination.kind === 'malformed' ? null : destination.host;
  const { method, path: target, websocket } = request;
  return answerOf(
    decideRequest(policy, { connection, authority, method, target: withoutQuery(target), websocket }),
  );
}

function isRecorded({ verdict, reason, stage }: RecordedDecision, { act, reason: now }: Answer): boolean {
  const shown = act === 'intercept' && stage === 'connection' ? 'forward' : act;
  return (
    verdict === shown &&
    reason.code === now.code &&
    reason.rule === now.rule &&
    reason.exemption === now.exemption
  );
}
