// What two policies are asked, to find the decisions in which they differ: places, people and moments, bounded in number.
// Must not know what they answer.
import { type Destination, parseDestination } from '../base/destination.ts';
import { COPILOT_PLANS, isSupportedEndpoint, knownSupportedHosts } from '../github/endpoints.ts';
import { presetNamed, presetNames } from '../github/presets.ts';
import { hostSamples, pathSamples } from './_place-samples.ts';
import { type PrincipalSample, principalSamples, rulesOf } from './_principal-samples.ts';
import { hostClasses } from './host-classes.ts';
import { type HostPattern, hostMatches, type Pattern, parsePattern } from './pattern.ts';
import type { PolicyDocument } from './policy-document.ts';
import type { Question } from './question.ts';

/** One place, and who is asked there: nobody, a stranger, and all whom a rule about the place could mean. */
export interface AskedPlace {
  readonly question: Extract<Question, { kind: 'request' }>;
  readonly people: readonly PrincipalSample[];
  /** True where an exemption counts, so that other moments than now matter. */
  readonly isStamped: boolean;
}

/** A moment to ask at. */
export interface Moment {
  /** `now`, `on 2027-03-31`, `after 2027-03-31`. */
  readonly label: string;
  readonly nowMs: number;
}

export interface QuestionSet {
  readonly places: readonly AskedPlace[];
  readonly people: readonly PrincipalSample[];
  readonly moments: readonly Moment[];
  readonly hosts: number;
  /** Questions that were left out to stay within bounds. */
  readonly leftOut: number;
}

/** At most so many questions of each policy. */
const MOST_QUESTIONS = 2_000_000;
const MOST_MOMENTS = 41;

export function diffQuestions(documents: readonly PolicyDocument[], nowMs: number): QuestionSet {
  const patterns = patternsOf(documents);
  const people = principalSamples(documents);
  const moments = momentsOf(documents, nowMs);
  const spots = spotsOf(patterns);
  const meant = peopleAt(documents, people);
  const share = Math.max(20, Math.floor(MOST_QUESTIONS / Math.max(1, spots.length)));
  let leftOut = 0;
  const places = spots.map(({ host, url }): AskedPlace => {
    const all = meant(host);
    leftOut += Math.max(0, all.length - share);
    return {
      question: questionOf(url),
      people: all.slice(0, share),
      isStamped: isStampedIn(documents, host),
    };
  });
  return { places, people, moments, hosts: new Set(spots.map(({ host }) => host)).size, leftOut };
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
  readonly url: string;
}

function spotsOf(patterns: readonly Pattern[]): readonly Spot[] {
  const hosts = hostsOf(patterns);
  const withPaths = patterns.filter(({ path }) => path !== null);
  const spots = new Map<string, Spot>();
  const add = (authority: string, port: number, path: string): void => {
    const host = unbracketed(authority);
    const schemes = port === 80 ? ['http', 'https'] : ['https'];
    for (const scheme of schemes) {
      const usual = scheme === 'http' ? 80 : 443;
      const url = `${scheme}://${authority}${port === usual ? '' : `:${port}`}${path}`;
      spots.set(url, { host, url });
    }
  };
  for (const [authority, kind] of hosts) {
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

/** Who could be decided differently at a host: those whom some rule about it, or an exemption for everywhere, means. */
function peopleAt(
  documents: readonly PolicyDocument[],
  people: readonly PrincipalSample[],
): (host: string) => readonly PrincipalSample[] {
  const rules = rulesOf(documents);
  const exempt = new Set<unknown>(documents.flatMap((document) => document.exempt));
  const everywhere = rules.flatMap((rule, at) => (rule.to.length === 0 && exempt.has(rule) ? [at] : []));
  const known = new Map<string, readonly PrincipalSample[]>();
  const [nobody, stranger, ...others] = people;
  const always = [nobody, stranger].filter((one) => one !== undefined);
  const find = (host: string): readonly PrincipalSample[] => {
    const covers = ({ host: pattern }: Pattern): boolean => hostMatches(pattern, host);
    const here = rules.flatMap(({ to }, at) => (to.some(covers) ? [at] : []));
    const wanted = new Set(isStampedIn(documents, host) ? [...here, ...everywhere] : here);
    return [...always, ...others.filter((one) => !one.rules.isDisjointFrom(wanted))];
  };
  return (host) => {
    const found = known.get(host) ?? find(host);
    known.set(host, found);
    return found;
  };
}

function isStampedIn(documents: readonly PolicyDocument[], host: string): boolean {
  return documents.some(
    ({ restrict }) =>
      restrict !== null &&
      (isSupportedEndpoint(host) || restrict.also.some((pattern) => hostMatches(pattern.host, host))),
  );
}

/** Now, and each day on which an exemption ends, before and after its midnight. */
function momentsOf(documents: readonly PolicyDocument[], nowMs: number): readonly Moment[] {
  const ends = new Map(
    documents.flatMap(({ exempt }) =>
      exempt.flatMap(({ until }) => (until === null ? [] : [[until.endMs, until.day] as const])),
    ),
  );
  const moments = [...ends]
    .toSorted(([one], [other]) => one - other)
    .filter(([endMs]) => endMs > nowMs)
    .flatMap(([endMs, day]) => [
      { label: `on ${day}`, nowMs: endMs - 1 },
      { label: `after ${day}`, nowMs: endMs },
    ]);
  return [{ label: 'now', nowMs }, ...moments].slice(0, MOST_MOMENTS);
}

/** Built as parseQuestion() would read it; sampled places are well-formed. */
function questionOf(url: string): AskedPlace['question'] {
  const [, scheme = 'https', authority = '', target = '/'] = /^(https?):\/\/([^/]*)(\/.*)$/s.exec(url) ?? [];
  const isPlain = scheme === 'http';
  const destination: Destination = parseDestination(authority, isPlain ? 80 : 443);
  return { kind: 'request', text: url, scheme: isPlain ? 'http' : 'https', destination, authority, target };
}
