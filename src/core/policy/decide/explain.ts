// Any question about a policy, answered with the code that enforces it, and told in words.
// Must not know where questions come from.
import { type Destination, destinationText } from '../../base/destination.ts';
import { redactAuthority } from '../../base/redact.ts';
import { copilotPlanOf } from '../../vendors/github/endpoints.ts';
import type { Policy } from '../compile/policy.ts';
import type { Block, ConnectionDecision, Reason, RequestDecision } from '../decision.ts';
import type { ClientFacts, ConnectionFacts } from '../facts.ts';
import type { HeaderEdit, Stamp } from '../header-edit.ts';
import { type Told, tell, tellRefused } from './_prose.ts';
import { decideConnection } from './decide-connection.ts';
import { decideRequest } from './decide-request.ts';
import type { Question } from './question.ts';

/** The answer, as `gatewright explain --json` and the admin API give it. */
export interface Explanation {
  readonly verdict: 'block' | 'splice' | 'forward';
  readonly stage: 'connection' | 'request';
  /** Null where no path is known. */
  readonly restricted: boolean | null;
  /** What is done to each header that the policy may set. */
  readonly edits: readonly ShownEdit[];
  /** What of it is set, by vendor. */
  readonly stamps: readonly Stamp[];
  readonly reason: Reason;
  readonly wouldBlock: Reason | null;
  readonly text: string;
}

/** An edit as answers show it: by the header's name alone. */
export type ShownEdit =
  | { readonly op: 'overwrite'; readonly name: string; readonly value: string }
  | { readonly op: 'remove'; readonly name: string };

/** Who asks, and how; what is absent is null and matches nothing. */
export interface Asked {
  readonly question: Question;
  readonly client: ClientFacts;
  readonly method: string;
  readonly websocket: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

/** Decides as the gateway would, and says why. An interception that was asked about as HOST:PORT is a `forward`. */
export function explain(policy: Policy, asked: Asked): Explanation {
  const decision = decideAsked(policy, asked);
  const restricted = decision.stage === 'request' ? decision.kind === 'forward' && decision.restricted : null;
  const { edits, stamps, wouldStamps } = decision.kind === 'forward' ? decision : NO_STAMPS;
  const { reason, wouldBlock, stage } = decision;
  const told: Told = {
    reason,
    what: whatOf(asked.question, stage),
    who: asked.client.user ?? asked.client.from ?? 'this client',
    host: hostWords(policy, reason),
    stamped: stampWords(policy, stamps),
    held: stampWords(policy, wouldStamps),
    plans: policy.document.copilot.plans,
    plan: planOf(asked.question.destination),
    would: wouldBlock,
    ended: endedFor(policy, asked, reason),
  };
  const verdict = decision.kind === 'intercept' ? 'forward' : decision.kind;
  const shown = edits.map(shownEdit);
  return { verdict, stage, restricted, edits: shown, stamps, reason, wouldBlock, text: tell(told) };
}

/** The decision behind `explain`: the connection's where that ends it or no path is asked about, else the request's. */
export function decideAsked(policy: Policy, asked: Asked): ConnectionDecision | RequestDecision {
  const { question, client, method, websocket, nowMs } = asked;
  const scheme = question.kind === 'request' ? question.scheme : 'https';
  const connection: ConnectionFacts = {
    client,
    destination: question.destination,
    scheme,
    isGate: false,
    nowMs,
  };
  const decision = decideConnection(policy, connection);
  if (decision.kind !== 'intercept' || question.kind === 'connection') return decision;
  const { authority, target } = question;
  return decideRequest(policy, { connection, authority, method, target, websocket });
}

/** One sentence for a refused user; it names the rule and the reason, and with the policy at hand the Copilot plans it allows. */
export function refusalText(block: Block, connection: ConnectionFacts, policy: Policy | null = null): string {
  const { destination, client } = connection;
  const what = blockedPlace(block, connection);
  const who = client.user ?? client.from ?? 'this client';
  const plans = policy?.document.copilot.plans ?? null;
  const plan = planOf(destination);
  return tellRefused({
    reason: block.reason,
    what,
    who,
    host: '',
    stamped: null,
    held: null,
    plans,
    plan,
    would: null,
    ended: null,
  });
}

const NO_STAMPS = { edits: [], stamps: [], wouldStamps: [] } as const;

function shownEdit(edit: HeaderEdit): ShownEdit {
  const { name } = edit.header;
  return edit.op === 'remove' ? { op: 'remove', name } : { op: 'overwrite', name, value: edit.value };
}

/** What a host is on which the rule sets something. */
function hostWords({ rules }: Policy, { rule }: Reason): string {
  return rules.stamping.stamps.find((stamp) => stamp.rule === rule)?.vendor.words.host ?? 'a stamped host';
}

/** What is set, as sentences say it; null when nothing is. */
function stampWords({ rules }: Policy, stamps: readonly Stamp[]): string | null {
  const words = rules.stamping.stamps.flatMap(({ vendor }) => {
    const values = stamps.flatMap((stamp) => (stamp.vendor === vendor.name ? [stamp.value] : []));
    return values.length === 0 ? [] : [vendor.words.stampedFor(values)];
  });
  return words.length === 0 ? null : words.join(' and ');
}

/** The exemption that covered the request until its day was over. */
function endedFor(policy: Policy, asked: Asked, { code }: Reason): Told['ended'] {
  const { exempt } = policy.document;
  const mayHaveEnded = exempt.some(({ until }) => until !== null && until.endMs <= asked.nowMs);
  if (!mayHaveEnded || (code !== 'restricted' && code !== 'would-restrict')) return null;
  const before = decideAsked(policy, { ...asked, nowMs: Number.NEGATIVE_INFINITY }).reason;
  const ended = exempt.find(({ name, until }) => name === before.exemption && until !== null);
  return ended === undefined ? null : { name: ended.name, day: ended.until?.day ?? '' };
}

function planOf(destination: Destination): string | null {
  return destination.kind === 'name' ? copilotPlanOf(destination.host) : null;
}

// A person who reads "blocks github.com" would think that all of it is blocked.
function blockedPlace(block: Block, connection: ConnectionFacts): string {
  const { destination } = connection;
  if (destination.kind === 'malformed') return redactAuthority(destination.text).slice(0, 100);
  const place = destination.port === 443 ? destination.host : destinationText(destination);
  const host = connection.scheme === 'http' ? `${place} in clear text` : place;
  return block.stage === 'request' && block.reason.code === 'rule' ? `this part of ${host}` : host;
}

function whatOf(question: Question, stage: 'connection' | 'request'): string {
  if (question.destination.kind === 'malformed') return redactAuthority(question.destination.text);
  if (question.kind === 'connection') return destinationText(question.destination);
  const path = question.target.replace(/\?.*$/s, '');
  const { host } = question.destination;
  if (stage === 'connection' && question.scheme === 'http') return `${host} in clear text`;
  return stage === 'request' && path !== '/' ? `${host}${path}` : host;
}
