// Which destinations are the gate itself: every port that it listens on, the admin API's too.
// Must not know what is served there.
import ipaddr from 'ipaddr.js';
import { type IpAddress, parseIpAddress } from '../../core/base/ip-address.ts';
import { absoluteForm } from '../../core/wire/request-target.ts';
import { isInterfaceAddress, throughNat64 } from './resolve.ts';

/** Where a gate listens: an address of this machine, or `0.0.0.0` or `::` for each that it has. */
export interface OwnPlace {
  readonly host: string;
  readonly port: number;
}

/** Whether a connection to the address and port would arrive at one of these places. */
export function leadsToGate(places: readonly OwnPlace[], address: IpAddress, port: number): boolean {
  const arrives = throughNat64(address);
  return places.some((own) => own.port === port && arrivesAt(arrives, own.host));
}

/**
 * The names under which clients reach this gate, as `HOST:PORT` in lower case: this machine's at each port, and that of
 * the revocation list, which may be a load balancer's. Nothing is looked up for it.
 */
export function ownNames(known: {
  readonly machine: string;
  readonly ports: readonly number[];
  readonly crlUrl: string;
}): ReadonlySet<string> {
  const published = absoluteForm(known.crlUrl, 'http')?.authority.toLowerCase() ?? '';
  const [host = ''] = /^(?:\[[^\]]*\]|[^:]*)/.exec(published) ?? [];
  const names = [known.machine.toLowerCase(), host].filter((name) => name !== '');
  const atPorts = names.flatMap((name) => known.ports.map((port) => `${name}:${port}`));
  return new Set([...atPorts, published === host ? `${host}:80` : published]);
}

function arrivesAt(address: IpAddress, host: string): boolean {
  // A connection to "any address" is one to this machine, whichever of its addresses the system takes for it.
  if (ANY_ADDRESS.has(address)) return true;
  const listens = parseIpAddress(host);
  if (listens.ok && listens.value === address) return true;
  // The whole of 127.0.0.0/8 is this machine (RFC 1122 section 3.2.1.3), and on no interface but for 127.0.0.1.
  return (
    ANY_ADDRESS.has(host) && (ipaddr.parse(address).range() === 'loopback' || isInterfaceAddress(address))
  );
}

const ANY_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
