// The ways around the gate that only the network can close. Must not know how they are tried.
import {
  BROWSER_EDITOR_HOST,
  DAILY_HOSTS,
  QUIC_HOSTS,
  SSH_HTTPS_HOST,
  WEB_ADDRESS,
  WEB_HOST,
} from '../../core/vendors/github/ways-around.ts';
import type { Finding, Probe } from './probe.ts';
import { type Place, reachQuic, reachTcp, reachTls, type Surroundings } from './reach.ts';

type Reach = (place: Place, surroundings: Surroundings) => Promise<Finding>;

interface Row {
  readonly id: string;
  readonly places: readonly Place[];
  readonly reach: Reach;
  readonly mend: string;
}

/** Every direct probe, one per destination. */
export function directProbes(surroundings: Surroundings): readonly Probe[] {
  return ROWS.flatMap(({ id, places, reach, mend }) =>
    places.map((place) => ({
      ...{ id, mend },
      destination: place.host.includes(':') ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`,
      try: () => reach(place, surroundings),
    })),
  );
}

const at = (port: number, ...hosts: readonly string[]): readonly Place[] =>
  hosts.map((host) => ({ host, port }));

/**
 * Public resolvers with DNS over TLS (RFC 7858) and HTTPS (RFC 8484) at fixed addresses: Cloudflare
 * (developers.cloudflare.com/1.1.1.1), Google (developers.google.com/speed/public-dns), Quad9 (quad9.net). November 2026.
 */
const RESOLVERS = ['1.1.1.1', '8.8.8.8', '9.9.9.9', '2606:4700:4700::1111'];
const RESOLVER_NAMES = ['cloudflare-dns.com', 'dns.google', 'dns.quad9.net'];

const ROWS: readonly Row[] = [
  {
    id: 'direct-web',
    places: at(443, ...DAILY_HOSTS),
    reach: reachTls,
    mend: 'let only the gate open connections to the internet',
  },
  {
    id: 'direct-address',
    places: at(443, WEB_ADDRESS),
    reach: reachTls,
    mend: 'let only the gate open connections to the internet; a rule by name does not stop an address',
  },
  {
    id: 'codespaces',
    places: at(443, BROWSER_EDITOR_HOST),
    reach: reachTls,
    mend: 'let only the gate open connections to the internet; the gate refuses this one by its preset codespaces',
  },
  {
    id: 'ssh',
    places: at(22, WEB_HOST, WEB_ADDRESS),
    reach: reachTcp,
    mend: 'drop TCP 22 to the internet: SSH carries no header that could be stamped',
  },
  {
    id: 'ssh-443',
    places: at(443, SSH_HTTPS_HOST),
    reach: reachTcp,
    mend: 'let only the gate open connections to the internet: SSH is spoken on 443 here too',
  },
  {
    id: 'quic',
    places: at(443, ...QUIC_HOSTS, '1.1.1.1', '8.8.8.8', '2606:4700:4700::1111'),
    reach: reachQuic,
    mend: 'drop UDP 443 to the internet: browsers then take TCP, and the proxy',
  },
  {
    id: 'dns-over-tls',
    places: at(853, ...RESOLVERS),
    reach: reachTcp,
    mend: 'drop TCP and UDP 853 to the internet, so that names are resolved where they can be refused',
  },
  {
    id: 'dns-over-https',
    places: at(443, ...RESOLVERS, ...RESOLVER_NAMES),
    reach: reachTls,
    mend: 'let only the gate open connections to the internet, and refuse these names in your own DNS',
  },
];
