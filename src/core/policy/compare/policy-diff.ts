// Which decisions two policies take differently, grouped by what changes. Must not know how changes are shown.

import type { Policy } from '../compile/policy.ts';
import { type Answer, answerKey, answerOf, type ChangeKind, changeBetween } from '../decide/answer.ts';
import { decideAsked } from '../decide/explain.ts';
import { type Ask, diffQuestions, type QuestionSet } from './diff-questions.ts';

/** Decisions that change in the same way. */
export interface ChangeGroup {
  readonly kind: ChangeKind;
  readonly was: Answer;
  readonly is: Answer;
  /** How many of the questions. */
  readonly answers: number;
  readonly places: Sampled;
  readonly people: Sampled;
  readonly moments: Sampled;
}

/** Distinct names: how many, and the first of them. */
export interface Sampled {
  readonly count: number;
  readonly examples: readonly string[];
}

export interface PolicyDiff {
  /** What was asked of both. */
  readonly asked: {
    readonly questions: number;
    readonly places: number;
    readonly hosts: number;
    readonly people: number;
    readonly moments: number;
    readonly leftOut: number;
  };
  /** Effects first, then by the number of answers. */
  readonly changes: readonly ChangeGroup[];
  readonly unchanged: number;
}

/** Compares two policies by asking both the same questions; `nowMs` counts milliseconds since 1970 UTC. */
export function diffPolicies(
  was: Policy,
  is: Policy,
  options: { readonly nowMs: number; readonly examples: number },
): PolicyDiff {
  const set = diffQuestions([was.document, is.document], {
    nowMs: options.nowMs,
    passes: (question) =>
      [was, is].some((policy) => {
        const client = { user: null, groups: [], from: null, device: null, listener: null };
        const asked = { question, client, method: 'GET', websocket: false, nowMs: options.nowMs };
        return decideAsked(policy, asked).kind === 'forward';
      }),
  });
  const groups = new Map<string, Draft>();
  let questions = 0;
  let unchanged = 0;
  for (const { moment, question, person } of everyQuestion(set)) {
    const asked = { question, client: person.client, method: 'GET', websocket: false, nowMs: moment.nowMs };
    const before = answerOf(decideAsked(was, asked));
    const after = answerOf(decideAsked(is, asked));
    const kind = changeBetween(before, after);
    questions += 1;
    if (kind === null) {
      unchanged += 1;
      continue;
    }
    const key = `${answerKey(before)} ${answerKey(after)}`;
    const draft = groups.get(key) ?? newDraft(kind, before, after);
    groups.set(key, draft);
    draft.answers += 1;
    draft.places.add(question.text);
    draft.people.add(person.alike === 1 ? person.label : `${person.label} (and ${person.alike - 1} alike)`);
    draft.moments.add(moment.label);
  }
  return {
    asked: {
      questions,
      places: set.places,
      hosts: set.hosts,
      people: set.people,
      moments: set.moments,
      leftOut: set.leftOut,
    },
    changes: [...groups.values()].map((draft) => finished(draft, options.examples)).toSorted(inOrder),
    unchanged,
  };
}

interface Draft {
  readonly kind: ChangeKind;
  readonly was: Answer;
  readonly is: Answer;
  answers: number;
  readonly places: Set<string>;
  readonly people: Set<string>;
  readonly moments: Set<string>;
}

function newDraft(kind: ChangeKind, was: Answer, is: Answer): Draft {
  return { kind, was, is, answers: 0, places: new Set(), people: new Set(), moments: new Set() };
}

function finished({ places, people, moments, ...rest }: Draft, examples: number): ChangeGroup {
  const sampled = (names: ReadonlySet<string>): Sampled => ({
    count: names.size,
    examples: [...names].slice(0, examples),
  });
  return { ...rest, places: sampled(places), people: sampled(people), moments: sampled(moments) };
}

function inOrder(one: ChangeGroup, other: ChangeGroup): number {
  if (one.kind !== other.kind) return one.kind === 'effect' ? -1 : 1;
  return other.answers - one.answers;
}

function* everyQuestion({
  asks,
}: QuestionSet): Generator<Omit<Ask, 'people'> & { readonly person: Ask['people'][number] }> {
  for (const { question, moment, people } of asks)
    for (const person of people) yield { question, moment, person };
}
