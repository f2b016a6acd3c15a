// Places that a pattern is about, and places right beside it: what two policies are asked about.
// Must not know policies, nor who asks.
import { parseHostname } from '../../base/hostname.ts';
import { networkEdges, parseIpAddress } from '../../base/ip-address.ts';
import type { HostPattern, Pattern } from '../language/pattern.ts';

/** Hosts as a URL has them, an IPv6 address in brackets. */
export interface HostSamples {
  readonly covered: readonly string[];
  /** One label up, one more label, and a name that only ends alike. */
  readonly beside: readonly string[];
}

export function hostSamples(host: HostPattern): HostSamples {
  switch (host.kind) {
    case 'exact': {
      if (parseIpAddress(host.host).ok) return { covered: [bracketed(host.host)], beside: [] };
      return namesOnly({
        covered: [host.host],
        beside: [`x${host.host}`, `sample.${host.host}`, above(host.host)],
      });
    }
    case 'network': {
      const { first, last, before, after } = networkEdges(host.cidr);
      const beside = [before, after].flatMap((address) => (address === null ? [] : [bracketed(address)]));
      return { covered: [bracketed(first), bracketed(last)], beside };
    }
    case 'under':
      return namesOnly({
        covered: [`sample.${host.parent}`, `a.sample.${host.parent}`],
        beside: [host.parent, `x${host.parent}`],
      });
    case 'glob': {
      const sample = filled(host.text);
      return namesOnly({ covered: [sample], beside: [above(sample), `a.${sample}`] });
    }
  }
}

/** Paths that the pattern covers, and their neighbours: one step up, one step on, other letters, another spelling. */
export function pathSamples({ path }: Pattern): readonly string[] {
  if (path === null) return ['/'];
  const base = path.path === '' ? '/' : path.path;
  const up = base.slice(0, Math.max(1, base.lastIndexOf('/')));
  return [
    ...new Set([
      base,
      `${base}/`,
      `${base}/sample`,
      `${base}x`,
      otherCase(base),
      up,
      '/',
      `/sample/..${base}`,
    ]),
  ];
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function namesOnly({ covered, beside }: HostSamples): HostSamples {
  const isName = (text: string): boolean => parseHostname(text).ok && text.includes('.');
  return { covered: covered.filter(isName), beside: beside.filter(isName) };
}

function above(host: string): string {
  return host.slice(host.indexOf('.') + 1);
}

/** A glob's own text with something in the place of each star. */
function filled(text: string): string {
  return text.replace(/^\*\./, 'sample.').replaceAll('*', 'x1');
}

function otherCase(path: string): string {
  const upper = path.toUpperCase();
  return upper === path ? path.toLowerCase() : upper;
}
