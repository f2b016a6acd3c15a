// What two policies are asked, to find the decisions in which they differ: places, people and moments, bounded in number.
// Must not know how places are found, nor what is answered.
import { withoutCase } from '../../base/request-path.ts';
import { readsHeadersAt } from '../../vendors/catalogue.ts';
import { isSupportedEndpoint } from '../../vendors/github/endpoints.ts';
import { hostMatches, pathMatches } from '../language/pattern.ts';
import type { Exemption, PolicyDocument, Rule } from '../language/policy-document.ts';
import { type HostTable, hostTable, valuesAtHost } from './_host-table.ts';
import { type PlaceQuestion, patternsOf, type Spot, spotsOf } from './_places.ts';
import { type PrincipalSample, principalSamples, rulesOf } from './_principal-samples.ts';

/** A place at a moment, and who is asked there: nobody known, a stranger, and all whom a rule about the place could mean. */
export interface Ask {
  readonly question: PlaceQuestion;
  readonly moment: Moment;
  readonly people: readonly PrincipalSample[];
}

/** A moment to ask at. */
export interface Moment {
  /** `now`, `on 2027-03-31`, `after 2027-03-31`. */
  readonly label: string;
  readonly nowMs: number;
}

export interface QuestionSet {
  readonly asks: readonly Ask[];
  readonly places: number;
  readonly hosts: number;
  readonly people: number;
  readonly moments: number;
  /** Questions that were left out to stay within bounds. */
  readonly leftOut: number;
}

/** At most about so many questions of each policy. */
const MOST_QUESTIONS = 2_000_000;
const MOST_ENDS = 500;
/** Places at which those are asked whom an exemption means wherever they go. */
const SHOWCASES = 12;

/**
 * `passes` says whether a stranger gets through at a place under either policy: only there an exemption shows.
 * `nowMs` counts milliseconds since 1970 UTC.
 */
export function diffQuestions(
  documents: readonly PolicyDocument[],
  at: { readonly nowMs: number; readonly passes: (question: PlaceQuestion) => boolean },
): QuestionSet {
  const people = principalSamples(documents);
  const spots = spotsOf(patternsOf(documents));
  const meant = new Meant(documents, people);
  const showcases = showcasesOf(documents, spots, at.passes);
  const now: Moment = { label: 'now', nowMs: at.nowMs };
  const ends = endsOf(documents, at.nowMs);
  const present = spots.map((spot) => ({
    ...{ question: spot.question, moment: now },
    people: meant.at(spot, { isShowcase: showcases.has(spot), among: null }),
  }));
  const later = ends.flatMap(({ rules, moments }) =>
    spots.flatMap((spot) => {
      const concerned = meant.at(spot, { isShowcase: showcases.has(spot), among: rules });
      // Nobody's decision but theirs changes with the end of an exemption.
      if (concerned.length <= ALWAYS) return [];
      return moments.map((moment) => ({ question: spot.question, moment, people: concerned }));
    }),
  );
  const { asks, leftOut } = bounded([...present, ...later]);
  return {
    ...{ asks, leftOut, places: spots.length, people: people.length, moments: 1 + 2 * ends.length },
    hosts: new Set(spots.map(({ host }) => host)).size,
  };
}

/** Cuts the number of people per place alike, where there would be too many questions. */
function bounded(asks: readonly Ask[]): { readonly asks: readonly Ask[]; readonly leftOut: number } {
  const share = Math.max(20, Math.floor(MOST_QUESTIONS / Math.max(1, asks.length)));
  const total = asks.reduce((sum, { people }) => sum + people.length, 0);
  if (total <= MOST_QUESTIONS) return { asks, leftOut: 0 };
  const cut = asks.map((ask) => ({ ...ask, people: ask.people.slice(0, share) }));
  return { asks: cut, leftOut: total - cut.reduce((sum, { people }) => sum + people.length, 0) };
}

/** Who could be decided differently at a place: those whom some rule about it means. */
class Meant {
  readonly #rules: readonly Rule[];
  readonly #always: readonly PrincipalSample[];
  readonly #byRule = new Map<number, PrincipalSample[]>();
  /** Exemptions that hold wherever their people go. */
  readonly #everywhere: readonly number[];
  readonly #table: HostTable<number>;
  readonly #atHost = new Map<string, readonly number[]>();

  constructor(documents: readonly PolicyDocument[], people: readonly PrincipalSample[]) {
    this.#rules = rulesOf(documents);
    this.#table = hostTable(
      [...this.#rules.entries()].flatMap(([at, { to }]) => to.map(({ host }) => [host, at] as const)),
    );
    this.#always = people.slice(0, ALWAYS);
    for (const person of people.slice(ALWAYS))
      for (const rule of person.rules) {
        const known = this.#byRule.get(rule);
        if (known === undefined) this.#byRule.set(rule, [person]);
        else known.push(person);
      }
    const exempt = new Set<unknown>(documents.flatMap((document) => document.exempt));
    this.#everywhere = [...this.#rules.entries()].flatMap(([at, rule]) =>
      rule.to.length === 0 && exempt.has(rule) ? [at] : [],
    );
  }

  /** `among` keeps to some rules; null to none. */
  at(
    { host, question }: Spot,
    how: { readonly isShowcase: boolean; readonly among: ReadonlySet<number> | null },
  ): readonly PrincipalSample[] {
    const here = this.#rulesAt(host).filter((at) => this.#isAbout(at, host, question.target));
    const all = how.isShowcase ? [...here, ...this.#everywhere] : here;
    const rules = how.among === null ? all : all.filter((at) => how.among?.has(at) === true);
    return [...new Set([...this.#always, ...rules.flatMap((at) => this.#byRule.get(at) ?? [])])];
  }

  #rulesAt(host: string): readonly number[] {
    const known = this.#atHost.get(host);
    if (known !== undefined) return known;
    const found = [...new Set(valuesAtHost(this.#table, host))].toSorted((one, other) => one - other);
    this.#atHost.set(host, found);
    return found;
  }

  /** Without regard to case, as blocks compare. */
  #isAbout(at: number, host: string, path: string): boolean {
    const lower = withoutCase(path);
    return (this.#rules[at]?.to ?? []).some(
      (pattern) =>
        hostMatches(pattern.host, host) &&
        (pattern.path === null ||
          pathMatches({ ...pattern.path, path: withoutCase(pattern.path.path) }, lower)),
    );
  }
}

/** Nobody known, and anyone else. */
const ALWAYS = 2;

/** Stamped places that let a stranger through, of as many hosts as there are. */
function showcasesOf(
  documents: readonly PolicyDocument[],
  spots: readonly Spot[],
  passes: (question: PlaceQuestion) => boolean,
): ReadonlySet<Spot> {
  const stamped = spots.filter(({ host }) => isStampedIn(documents, host));
  const passed = stamped.filter(({ question }) => passes(question));
  // Where nobody passes without being named, one place is as good as another.
  const open = passed.length > 0 ? passed : stamped;
  const first = new Map(open.map((spot) => [spot.host, spot] as const).toReversed());
  return new Set([...[...first.values()].toReversed(), ...open].slice(0, SHOWCASES));
}

function isStampedIn(documents: readonly PolicyDocument[], host: string): boolean {
  return documents.some(
    ({ restrict, tenants }) =>
      tenants.some(({ vendor }) => readsHeadersAt(vendor, host)) ||
      (restrict !== null &&
        (isSupportedEndpoint(host) || restrict.also.some((pattern) => hostMatches(pattern.host, host)))),
  );
}

/** The days on which exemptions end, soonest first: which rules do, and the moments before and after midnight. */
function endsOf(
  documents: readonly PolicyDocument[],
  nowMs: number,
): readonly { readonly rules: ReadonlySet<number>; readonly moments: readonly Moment[] }[] {
  const untils = new Map<unknown, NonNullable<Exemption['until']>>();
  for (const { exempt } of documents)
    for (const exemption of exempt) if (exemption.until !== null) untils.set(exemption, exemption.until);
  const ends = new Map<number, { readonly day: string; readonly rules: Set<number> }>();
  for (const [at, rule] of rulesOf(documents).entries()) {
    const until = untils.get(rule);
    if (until === undefined || until.endMs <= nowMs) continue;
    const end = ends.get(until.endMs) ?? { day: until.day, rules: new Set<number>() };
    ends.set(until.endMs, end);
    end.rules.add(at);
  }
  return [...ends]
    .toSorted(([one], [other]) => one - other)
    .slice(0, MOST_ENDS)
    .map(([endMs, { day, rules }]) => ({
      rules,
      moments: [
        { label: `on ${day}`, nowMs: endMs - 1 },
        { label: `after ${day}`, nowMs: endMs },
      ],
    }));
}
