// The places at which two policies are compared: hosts, ports and paths out of every pattern that either could mean.
// Must not know who asks there, nor what is answered.
import { type Destination, parseDestination } from '../../base/destination.ts';
import { COPILOT_ZONES, knownSupportedHosts, RESTRICTED_DOMAINS } from '../../vendors/github/endpoints.ts';
import { presetNamed, presetNames } from '../../vendors/github/presets.ts';
import type { Question } from '../decide/question.ts';
import { type HostPattern, mayOverlap, type Pattern, parsePattern } from '../language/pattern.ts';
import type { PolicyDocument } from '../language/policy-document.ts';
import { type HostTable, hostTable, valuesAtHost } from './_host-table.ts';
import { hostSamples, pathSamples } from './_place-samples.ts';
import { hostClasses } from './host-classes.ts';

export type PlaceQuestion = Extract<Question, { kind: 'request' }>;

/** Everything that either policy names, every preset, and GitHub's own endpoints. */
export function patternsOf(documents: readonly PolicyDocument[]): readonly Pattern[] {
  const own = documents.flatMap(({ exempt, allow, block, inspect, restrict, tenants }) => [
    ...[...exempt, ...allow, ...block].flatMap(({ to }) => to),
    ...inspect,
    ...(restrict?.also ?? []),
    ...tenants.flatMap(({ vendor }) => vendor.hosts.flatMap(read)),
  ]);
  const presets = presetNames().flatMap((name) => {
    const preset = presetNamed(name.replace(/:[A-Z]+$/, ':octo'));
    return preset.ok ? preset.value.rows.flatMap((row) => read(row.pattern)) : [];
  });
  const zones = [...COPILOT_ZONES, ...RESTRICTED_DOMAINS].map((zone) => `*.${zone}`);
  const endpoints = [...knownSupportedHosts(), ...zones, ...RESTRICTED_DOMAINS].flatMap(read);
  const all = [...own, ...presets, ...endpoints];
  return [...new Map(all.map((pattern) => [JSON.stringify([pattern.text, pattern.port]), pattern])).values()];
}

function read(text: string): Pattern[] {
  const pattern = parsePattern(text, 443);
  return pattern.ok ? [pattern.value] : [];
}

export interface Spot {
  /** Without brackets, as patterns compare it. */
  readonly host: string;
  readonly question: PlaceQuestion;
}

export function spotsOf(patterns: readonly Pattern[]): readonly Spot[] {
  const pathsAt = tableOf(patterns.filter(({ path }) => path !== null));
  const portsAt = tableOf(patterns.filter(({ port }) => port !== null));
  const spots = new Map<string, Spot>();
  const add = (authority: string, port: number, path: string): void => {
    const host = unbracketed(authority);
    // Clear text never goes to 443 under any policy.
    for (const scheme of port === 443 ? ['https'] : ['http', 'https']) {
      const usual = scheme === 'http' ? 80 : 443;
      const url = `${scheme}://${authority}${port === usual ? '' : `:${port}`}${path}`;
      if (!spots.has(url)) spots.set(url, { host, question: questionOf(url) });
    }
  };
  for (const [authority, kind] of hostsOf(patterns)) {
    const host = unbracketed(authority);
    for (const port of kind === 'covered' ? portsOf(valuesAtHost(portsAt, host)) : [443])
      add(authority, port, '/');
    for (const pattern of valuesAtHost(pathsAt, host)) {
      for (const path of pathSamples(pattern)) add(authority, pattern.port ?? 443, path);
    }
  }
  return [...spots.values()];
}

/** Those of the web and of SSH, and what some pattern about the host names; to a rule, all others are one. */
function portsOf(named: readonly Pattern[]): ReadonlySet<number> {
  return new Set([443, 80, 22, ...named.map(({ port }) => port ?? 443)]);
}

function tableOf(patterns: readonly Pattern[]): HostTable<Pattern> {
  return hostTable(patterns.map((pattern) => [pattern.host, pattern] as const));
}

function unbracketed(authority: string): string {
  return authority.replace(/^\[|\]$/g, '');
}

/** Every sampled host; one that some pattern covers is asked about more. */
function hostsOf(patterns: readonly Pattern[]): ReadonlyMap<string, 'covered' | 'beside'> {
  const wild = [...new Map(patterns.map(({ host }) => [JSON.stringify(host), host])).values()].filter(
    ({ kind }) => kind !== 'exact' && kind !== 'network',
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
  const near = wild.filter((other) => other !== host && mayOverlap(host, other));
  if (near.length === 0 || near.length > MOST_NEAR) return [];
  return hostClasses(host, near, MOST_STATES).hosts.filter((name) => name.includes('.'));
}

const MOST_NEAR = 12;
const MOST_STATES = 2_000;

/** Built as parseQuestion() would read it; sampled places are well-formed. */
function questionOf(url: string): PlaceQuestion {
  const [, scheme = 'https', authority = '', target = '/'] = /^(https?):\/\/([^/]*)(\/.*)$/s.exec(url) ?? [];
  const isPlain = scheme === 'http';
  const destination: Destination = parseDestination(authority, isPlain ? 80 : 443);
  return { kind: 'request', text: url, scheme: isPlain ? 'http' : 'https', destination, authority, target };
}
