// A destination pattern, `HOST[:PORT][/PATH]`, read once: what a rule may name.
// Must not know rules, or how many patterns are matched at once.
import { parse as parseDomain } from 'tldts';
import { parseHostname } from '../../base/hostname.ts';
import { type Cidr, cidrContains, parseCidr, parseIpAddress } from '../../base/ip-address.ts';
import { plainSpelling } from '../../base/request-path.ts';
import { err, ok, type Result } from '../../base/result.ts';

/**
 * Which hosts. `exact`: this name or address. `network`: the addresses in it. `under`: everything below `parent`, one or
 * more labels.
 * `glob`: `head` matches what stands left of `.suffix`; `text` is the whole of it, lower-case.
 */
export type HostPattern =
  | { readonly kind: 'exact'; readonly host: string }
  | { readonly kind: 'network'; readonly cidr: Cidr }
  | { readonly kind: 'under'; readonly parent: string }
  | { readonly kind: 'glob'; readonly head: RegExp; readonly suffix: string; readonly text: string };

/** Which paths. `exact`: this path. `prefix`: it and everything that goes on from it. `beneath`: it, and everything after its `/`. */
export interface PathPattern {
  readonly kind: 'exact' | 'prefix' | 'beneath';
  /** Without the `*`, in the spelling of a request path's first reading, case kept. */
  readonly path: string;
}

export interface Pattern {
  /** As it was written. */
  readonly text: string;
  readonly host: HostPattern;
  /** Null is every port. */
  readonly port: number | null;
  /** What is written in front; null where nothing is. */
  readonly scheme: 'http' | 'https' | null;
  /** Null is the whole host. */
  readonly path: PathPattern | null;
}

/** What is wrong with a pattern, and what would be right; both are middles of sentences. */
export interface PatternFault {
  readonly problem: string;
  readonly mend: string;
}

/** Reads a pattern; `defaultPort` is the one that a pattern without port and scheme means, null for every port. */
export function parsePattern(text: string, defaultPort: number | null): Result<Pattern, PatternFault> {
  const written = /^(https?):\/\//i.exec(text);
  const rest = text.slice(written?.[0].length ?? 0);
  const scheme = written === null ? null : written[1]?.toLowerCase() === 'http' ? 'http' : 'https';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(rest) || rest.includes('@'))
    return wrong('a pattern is HOST[:PORT][/PATH]', 'write only the host, its port and path');
  const split = NETWORK.exec(rest) ?? HOST.exec(rest);
  if (split === null) return wrong('the host cannot be read', 'write it as HOST, HOST:PORT or [IPV6]:PORT');
  const [, hostText = '', portText, pathText = ''] = split;
  const host = parseHostPattern(hostText);
  if (!host.ok) return host;
  const port = portOf(portText, scheme === null ? defaultPort : SCHEME_PORTS[scheme]);
  if (port === undefined)
    return wrong('a port is 1 to 65535 without leading zeros', 'write it as in github.com:22');
  if (scheme === 'http' && port === 443)
    return wrong('clear text never goes to port 443', 'write https:// in front, or nothing');
  const path = parsePathPattern(pathText);
  return path.ok ? ok({ text, host: host.value, port, scheme, path: path.value }) : path;
}

const HOST = /^(\[[^\]/]*\]|[^:[\]/]*)(?::([^/]*))?(\/.*)?$/s;
/** An address with a number after the slash, as in `198.51.100.0/24`, `[2001:db8::]/32:8443` and `2001:db8::/32`. */
const NETWORK = /^(\[[0-9a-f:.]+\]\/\d+|[0-9.]+\/\d+|[0-9a-f]*:[0-9a-f:.]+\/\d+)(?::([^/]*))?(\/.*)?$/is;
const SCHEME_PORTS = { http: 80, https: 443 } as const;

/** True where an allow or an exemption of this pattern covers clear text too: it says so, or names a port of no TLS. */
export function coversClearText({ scheme, port }: Pattern): boolean {
  return scheme === 'http' || (scheme === null && port !== 443);
}

/** True when the pattern covers the host. `host` is lower-case. */
export function hostMatches(pattern: HostPattern, host: string): boolean {
  switch (pattern.kind) {
    case 'exact':
      return host === pattern.host;
    case 'network': {
      const address = parseIpAddress(host);
      return address.ok && cidrContains(pattern.cidr, address.value);
    }
    case 'under':
      return host.endsWith(`.${pattern.parent}`);
    case 'glob': {
      const cut = host.length - pattern.suffix.length - 1;
      return cut > 0 && host.endsWith(`.${pattern.suffix}`) && pattern.head.test(host.slice(0, cut));
    }
  }
}

/** True when every host of the other pattern is one of this; false also where only both whole patterns could tell. */
export function includesHosts(one: HostPattern, other: HostPattern): boolean {
  if (other.kind === 'exact') return hostMatches(one, other.host);
  if (other.kind === 'network')
    return one.kind === 'network' && one.cidr.bits <= other.cidr.bits && hostMatches(one, other.cidr.address);
  return one.kind === 'under' && `.${baseOf(other)}`.endsWith(`.${one.parent}`);
}

/** False only when no host matches both; two patterns inside labels are taken to overlap. */
export function mayOverlap(one: HostPattern, other: HostPattern): boolean {
  if (one.kind === 'exact') return hostMatches(other, one.host);
  if (other.kind === 'exact') return hostMatches(one, other.host);
  if (one.kind === 'network' || other.kind === 'network')
    return includesHosts(one, other) || includesHosts(other, one);
  const [a, b] = [`.${baseOf(one)}`, `.${baseOf(other)}`];
  return a.endsWith(b) || b.endsWith(a);
}

function baseOf(pattern: Exclude<HostPattern, { kind: 'exact' | 'network' }>): string {
  return pattern.kind === 'under' ? pattern.parent : pattern.suffix;
}

/** The pattern as policies write it: lower-case, without a trailing dot. */
export function hostPatternText(pattern: HostPattern): string {
  switch (pattern.kind) {
    case 'exact':
      return pattern.host;
    case 'network':
      return `${pattern.cidr.address}/${pattern.cidr.bits}`;
    case 'under':
      return `*.${pattern.parent}`;
    case 'glob':
      return pattern.text;
  }
}

/** True when the path, in one of its readings, is covered. */
export function pathMatches(pattern: PathPattern, path: string): boolean {
  if (pattern.kind === 'exact') return path === pattern.path;
  if (pattern.kind === 'prefix') return path.startsWith(pattern.path);
  return path === pattern.path || path.startsWith(`${pattern.path}/`);
}

function wrong(problem: string, mend: string): Result<never, PatternFault> {
  return err({ problem, mend });
}

function portOf(text: string | undefined, otherwise: number | null): number | null | undefined {
  if (text === undefined) return otherwise;
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

function parseHostPattern(text: string): Result<HostPattern, PatternFault> {
  if (text.includes('/')) {
    const cidr = parseCidr(text.replace(/[[\]]/g, ''));
    return cidr.ok
      ? ok({ kind: 'network', cidr: cidr.value })
      : wrong(cidr.error, 'write a network as 198.51.100.0/24 or [2001:db8::]/32');
  }
  const address = parseIpAddress(text.startsWith('[') ? text.slice(1, -1) : text);
  if (address.ok) return ok({ kind: 'exact', host: address.value });
  if (text.startsWith('[')) return wrong('an IPv6 address stands in brackets', 'write it as [2001:db8::1]');
  if (/^\.[^.]/.test(text)) {
    const name = text.slice(1);
    return wrong('a host begins with no dot', `write *.${name} for all names under it, ${name} for itself`);
  }
  const labels = text.toLowerCase().replace(/\.$/, '').split('.');
  if (labels.length < 2)
    return wrong('a host pattern needs at least two labels', 'write it as github.com or *.example.org');
  if (!text.includes('*')) {
    const name = parseHostname(text);
    return name.ok
      ? ok({ kind: 'exact', host: name.value })
      : wrong(name.error, 'write the host as DNS has it');
  }
  return wildcardPattern(labels);
}

function wildcardPattern(labels: readonly string[]): Result<HostPattern, PatternFault> {
  const lastStar = labels.findLastIndex((label) => label.includes('*'));
  const suffix = labels.slice(lastStar + 1).join('.');
  if (labels.some((label, at) => at > 0 && label === '*'))
    return wrong('a * for whole labels stands only at the left', 'write it as *.example.org');
  if (labels.some((label) => label.split('*').length > 3))
    return wrong('a label has at most two *', 'write more of the label out');
  const sample = parseHostname(labels.map((label) => label.replaceAll('*', 'a')).join('.'));
  if (!sample.ok) return wrong(sample.error, 'write the host as DNS has it');
  if (suffix === '' || coversPublicSuffix(suffix))
    return wrong(
      'it covers a whole public suffix',
      'write out the name below the suffix, as in *.example.org',
    );
  if (lastStar === 0 && labels[0] === '*') return ok({ kind: 'under', parent: suffix });
  return ok({
    kind: 'glob',
    head: headRegExp(labels.slice(0, lastStar + 1)),
    suffix,
    text: labels.join('.'),
  });
}

/** True when names right below `suffix` are registered by anyone: the ICANN section of the Public Suffix List. */
function coversPublicSuffix(suffix: string): boolean {
  const below = parseDomain(`a.${suffix}`, {
    allowPrivateDomains: false,
    extractHostname: false,
    detectIp: false,
  });
  return below.isIcann === true && (below.publicSuffix?.length ?? 0) >= suffix.length;
}

function headRegExp(labels: readonly string[]): RegExp {
  const parts = labels.map((label, at) =>
    at === 0 && label === '*' ? '[a-z0-9-]+(?:\\.[a-z0-9-]+)*' : label.replaceAll('*', '[a-z0-9-]*'),
  );
  return new RegExp(`^${parts.join('\\.')}$`);
}

function parsePathPattern(text: string): Result<PathPattern | null, PatternFault> {
  if (text === '' || text === '/' || text === '/*') return ok(null);
  const star = text.indexOf('*');
  if (star >= 0 && star !== text.length - 1)
    return wrong('a * in a path stands only at its end', 'write it as /login/* or /settings/tokens*');
  const kind = text.endsWith('/*') ? 'beneath' : star >= 0 ? 'prefix' : 'exact';
  const cut = { beneath: -2, prefix: -1, exact: text.length }[kind];
  const path = plainSpelling(text.slice(0, cut));
  if (path === null)
    return wrong(
      'servers could read this path in more than one way',
      'write it without query, #, //, dot segments, \\, ;, percent-encoded delimiters and letters that Unicode has in a plainer form (NFKC)',
    );
  return ok({ kind, path });
}
