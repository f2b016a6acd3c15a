// Names to addresses: the configured map first, then DNS, cached; addresses the gate must not reach are refused.
// Must not know what will be sent there.
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import type { Hostname } from '../../core/base/hostname.ts';
import { type Cidr, cidrContains, type IpAddress, parseIpAddress } from '../../core/base/ip-address.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { ResolveRule } from '../../core/settings/settings.ts';
import type { Clock, Endpoint, ResolveFault, Resolver } from '../../ports.ts';
import { errorCode, errorText } from '../failure.ts';

export interface ResolverOptions {
  readonly map: readonly ResolveRule[];
  /** Networks that may be reached although they are private. */
  readonly allowPrivate: readonly Cidr[];
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** How long an answer of the system's resolver is used again; it gives no time to live. */
  readonly cacheMs: number;
  /** Whether an address is one of this machine's own. */
  readonly isOwn: (address: IpAddress) => boolean;
  /** DNS itself, so that tests own it. */
  readonly lookup: (host: string) => Promise<readonly string[]>;
}

/** Whether an interface of this machine has the address now. Asked for what DNS says anew, not for each connection. */
export function isInterfaceAddress(address: IpAddress): boolean {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some(({ address: text }) => {
      const own = parseIpAddress(text.replace(/%.*$/, ''));
      return own.ok && own.value === address;
    });
}

export class GateResolver implements Resolver {
  readonly #options: ResolverOptions;
  readonly #cache = new Map<string, CachedAnswer>();

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  async resolve(
    host: Hostname | IpAddress,
    port: number,
  ): Promise<Result<readonly Endpoint[], ResolveFault>> {
    const mapped = mapEntry(this.#options.map, host, port);
    if (mapped !== undefined) {
      if (mapped.to === null) return refused(host, 'the resolve map leads nowhere for this name');
      return ok([{ ...mapped.to, mapped: mapped.by }]);
    }
    const literal = parseIpAddress(host);
    const found = literal.ok ? ok([literal.value]) : await this.#addresses(host);
    if (!found.ok) return found;
    const reachable = found.value.filter((address) => this.#mayReach(address));
    if (reachable.length === 0)
      return refused(host, `${found.value.join(', ')} is private, local or reserved`);
    return ok(reachable.map((address) => ({ address, port, mapped: 'no' })));
  }

  async #addresses(host: string): Promise<Result<readonly IpAddress[], ResolveFault>> {
    const now = this.#options.clock.monotonic();
    const cached = this.#cache.get(host);
    if (cached !== undefined && cached.untilMs > now) return cached.answer;
    const answer = this.#ask(host);
    this.#remember(host, { answer, untilMs: now + this.#options.cacheMs });
    const settled = await answer;
    // A failure is asked again soon: it may have been the network's.
    if (!settled.ok)
      this.#remember(host, { answer, untilMs: now + Math.min(FAILURE_CACHE_MS, this.#options.cacheMs) });
    return settled;
  }

  async #ask(host: string): Promise<Result<readonly IpAddress[], ResolveFault>> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'timeout'>((resolve) => {
      timer = setTimeout(resolve, this.#options.timeoutMs, 'timeout');
    });
    try {
      const found = await Promise.race([this.#options.lookup(host), timeout]);
      if (found === 'timeout') {
        return err({
          code: 'dns-timeout',
          answer: 'unknown',
          detail: `the name ${host} was not resolved within ${this.#options.timeoutMs} ms`,
        });
      }
      const addresses = found.map(parseIpAddress).flatMap((parsed) => (parsed.ok ? [parsed.value] : []));
      if (addresses.length === 0)
        return err({ code: 'dns-failed', answer: 'known', detail: `the name ${host} has no address` });
      return ok(addresses);
    } catch (error) {
      const answer = NO_SUCH_NAME.has(errorCode(error) ?? '') ? 'known' : 'unknown';
      const detail = `the name ${host} does not resolve: ${errorText(error)}`;
      return err({ code: 'dns-failed', answer, detail });
    } finally {
      clearTimeout(timer);
    }
  }

  #remember(host: string, cached: CachedAnswer): void {
    if (this.#cache.size >= CACHE_NAMES && !this.#cache.has(host)) {
      for (const oldest of this.#cache.keys()) {
        this.#cache.delete(oldest);
        break;
      }
    }
    this.#cache.set(host, cached);
  }

  #mayReach(address: IpAddress): boolean {
    const { allowPrivate, isOwn } = this.#options;
    if (allowPrivate.some((network) => cidrContains(network, address))) return true;
    return isPublic(address) && !isOwn(throughNat64(address));
  }
}

interface CachedAnswer {
  readonly answer: Promise<Result<readonly IpAddress[], ResolveFault>>;
  readonly untilMs: number;
}

/** As Node names what DNS says for certain; all else, such as SERVFAIL, says nothing of the name. */
const NO_SUCH_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);
const CACHE_NAMES = 10_000;
const FAILURE_CACHE_MS = 2_000;

/** The entry for a name: the most exact one wins. `undefined` when none covers it. */
function mapEntry(
  map: readonly ResolveRule[],
  host: string,
  port: number,
): { readonly to: ResolveRule['to']; readonly by: 'name' | 'wildcard' } | undefined {
  const places = [
    [host, port],
    [host, null],
    [null, port],
    [null, null],
  ] as const;
  for (const [ofHost, ofPort] of places) {
    const rule = map.find((one) => one.host === ofHost && one.port === ofPort);
    if (rule !== undefined) return { to: rule.to, by: ofHost === null ? 'wildcard' : 'name' };
  }
  return undefined;
}

function refused(host: string, why: string): Result<never, ResolveFault> {
  return err({ code: 'address-refused', answer: 'known', detail: `${host}: ${why}` });
}

/** True for addresses of the public internet; false for private, loopback, link-local, CGNAT and reserved ranges. */
export function isPublic(address: IpAddress): boolean {
  const parsed = ipaddr.parse(throughNat64(address));
  if (parsed.range() !== 'unicast') return false;
  // The rest of the space is unassigned, or IPv4 in disguise (RFC 4291 section 2.4).
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_UNICAST);
}

/**
 * The IPv4 address that an address of the well-known prefix leads to (RFC 6052 section 2.1): what counts is where packets
 * arrive. Prefixes of a network's own put the IPv4 address elsewhere, and stay closed (RFC 8215).
 */
export function throughNat64(address: IpAddress): IpAddress {
  if (!address.startsWith('64:ff9b:')) return address;
  const parsed = ipaddr.parse(address);
  if (!(parsed instanceof ipaddr.IPv6) || !parsed.match(WELL_KNOWN_NAT64)) return address;
  const inside = parseIpAddress(parsed.toByteArray().slice(12).join('.'));
  return inside.ok ? inside.value : address;
}

const WELL_KNOWN_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
