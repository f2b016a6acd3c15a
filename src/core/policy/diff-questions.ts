// What two policies are asked, to find the decisions in which they differ: places, people and moments, bounded in number.
// Must not know what they answer.
import { type Destination, parseDestination } from '../base/destination.ts';
import { COPILOT_PLANS, isSupportedEndpoint, knownSupportedHosts } from '../github/endpoints.ts';
import { presetNamed, presetNames } from '../github/presets.ts';
import { hostSamples, pathSamples } from './_place-samples.ts';
import { type PrincipalSample, principalSamples, rulesOf } from './_principal-samples.ts';
import { hostClasses } from './host-classes.ts';
import { type HostPattern, hostMatches, type Pattern, parsePattern, pathMatches } from './pattern.ts';
import type { Exemption, PolicyDocument, Rule } from './policy-document.ts';
import type { Question } from './question.ts';

/** A place at a moment, and who is asked there: nobody known, a stranger, and all whom a rule about the place could mean. */
export interface Ask {
  readonly question: PlaceQuestion;
  readonly moment: Moment;
  readonly people: readonly PrincipalSample[];
}

export type PlaceQuestion = Extract<Question, { kind: 'request' }>;

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

/** Everything that either policy names, every preset, and GitHub's own endpoints. */
function patternsOf(documents: readonly PolicyDocument[]): readonly Pattern[] {
  const own = documents.flatMap(({ exempt, allow, block, inspect, restrict }) => [
    ...[...exempt, ...allow, ...block].flatMap(({ to }) => to),
    ...inspect,
    ...(restrict?.also ?? []),
  ]);
  const presets = presetNames().flatMap((name) => {
    const preset = presetNamed(name.replace(/:[A-Z]+$/, ':octo'));
    return preset.ok ? preset.value.rows.flatMap((row) => read(row.pattern)) : [];
  });
  const plans = COPILOT_PLANS.map((plan) => `*.${plan}.githubcopilot.com`);
  const endpoints = [...knownSupportedHosts(), ...plans, '*.github.com', 'githubcopilot.com'].flatMap(read);
  const all = [...own, ...presets, ...endpoints];
  return [...new Map(all.map((pattern) => [JSON.stringify([pattern.text, pattern.port]), pattern])).values()];
}

function read(text: string): Pattern[] {
  const pattern = parsePattern(text, 443);
  return pattern.ok ? [pattern.value] : [];
}

interface Spot {
  /** Without brackets, as patterns compare it. */
  readonly host: string;
  readonly question: PlaceQuestion;
}

function spotsOf(patterns: readonly Pattern[]): readonly Spot[] {
  const withPaths = patterns.filter(({ path }) => path !== null);
  const spots = new Map<string, Spot>();
  const add = (authority: string, port: number, path: string): void => {
    const host = unbracketed(authority);
    for (const scheme of port === 80 ? ['http', 'https'] : ['https']) {
      const usual = scheme === 'http' ? 80 : 443;
      const url = `${scheme}://${authority}${port === usual ? '' : `:${port}`}${path}`;
      if (!spots.has(url)) spots.set(url, { host, question: questionOf(url) });
    }
  };
  for (const [authority, kind] of hostsOf(patterns)) {
    for (const port of kind === 'covered' ? portsAt(patterns, unbracketed(authority)) : [443])
      add(authority, port, '/');
    for (const pattern of withPaths) {
      if (!hostMatches(pattern.host, unbracketed(authority))) continue;
      for (const path of pathSamples(pattern)) add(authority, pattern.port ?? 443, path);
    }
  }
  return [...spots.values()];
}

/** Those of the web and of SSH, and what some pattern about the host names; to a rule, all others are one. */
function portsAt(patterns: readonly Pattern[], host: string): ReadonlySet<number> {
  const named = patterns.filter(({ port, host: pattern }) => port !== null && hostMatches(pattern, host));
  return new Set([443, 80, 22, ...named.map(({ port }) => port ?? 443)]);
}

function unbracketed(authority: string): string {
  return authority.replace(/^\[|\]$/g, '');
}

/** Every sampled host; one that some pattern covers is asked about more. */
function hostsOf(patterns: readonly Pattern[]): ReadonlyMap<string, 'covered' | 'beside'> {
  const wild = [...new Map(patterns.map(({ host }) => [JSON.stringify(host), host])).values()].filter(
    ({ kind }) => kind !== 'exact',
  );
  const hosts = new Map<string, 'covered' | 'beside'>();
  for (const { host } of patterns) {
    const { covered, beside } = hostSamples(host);
    for (const name of beside) if (!hosts.has(name)) hosts.set(name, 'beside');
    for (const name of covered) hosts.set(name, 'covered');
  }
  for (const host of wild) for (const name of crossings(host, wild)) hosts.set(name, 'covered');
  return hosts;
}

/** Hosts in which patterns cross: one for each set of neighbours that match together. */
function crossings(host: HostPattern, wild: readonly HostPattern[]): readonly string[] {
  const near = wild.filter((other) => other !== host && isNear(host, other));
  if (near.length === 0 || near.length > MOST_NEAR) return [];
  return hostClasses(host, near, MOST_STATES).hosts.filter((name) => name.includes('.'));
}

const MOST_NEAR = 12;
const MOST_STATES = 2_000;

function isNear(one: HostPattern, other: HostPattern): boolean {
  const [a, b] = [`.${suffixOf(one)}`, `.${suffixOf(other)}`];
  return a.endsWith(b) || b.endsWith(a);
}

function suffixOf(host: HostPattern): string {
  switch (host.kind) {
    case 'exact':
      return host.host;
    case 'under':
      return host.parent;
    case 'glob':
      return host.suffix;
  }
}

/** Who could be decided differently at a place: those whom some rule about it means. */
class Meant {
  readonly #rules: readonly Rule[];
  readonly #always: readonly PrincipalSample[];
  readonly #byRule = new Map<number, PrincipalSample[]>();
  /** Exemptions that hold wherever their people go. */
  readonly #everywhere: readonly number[];
  readonly #atHost = new Map<string, readonly number[]>();

  constructor(documents: readonly PolicyDocument[], people: readonly PrincipalSample[]) {
    this.#rules = rulesOf(documents);
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
    const found = [...this.#rules.entries()].flatMap(([at, { to }]) =>
      to.some((pattern) => hostMatches(pattern.host, host)) ? [at] : [],
    );
    this.#atHost.set(host, found);
    return found;
  }

  /** Without regard to case, as blocks compare. */
  #isAbout(at: number, host: string, path: string): boolean {
    const lower = path.toLowerCase();
    return (this.#rules[at]?.to ?? []).some(
      (pattern) =>
        hostMatches(pattern.host, host) &&
        (pattern.path === null ||
          pathMatches({ ...pattern.path, path: pattern.path.path.toLowerCase() }, lower)),
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
    ({ restrict }) =>
      restrict !== null &&
      (isSupportedEndpoint(host) || restrict.also.some((pattern) => hostMatches(pattern.host, host))),
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

/** Built as parseQuestion() would read it; sampled places are well-formed. */
function questionOf(url: string): PlaceQuestion {
  const [, scheme = 'https', authority = '', target = '/'] = /^(https?):\/\/([^/]*)(\/.*)$/s.exec(url) ?? [];
  const isPlain = scheme === 'http';
  const destination: Destination = parseDestination(authority, isPlain ? 80 : 443);
  return { kind: 'request', text: url, scheme: isPlain ? 'http' : 'https', destination, authority, target };
}
