// Which names a CA may sign for (RFC 5280 section 4.2.1.10), as its certificate says it: the reading and the check.
// Must not know whose CA it is.
import { type Hostname, isAtOrUnder } from '../base/hostname.ts';
import { addressBytes, type Cidr, type IpAddress, parseCidr } from '../base/ip-address.ts';
import { readOne, readTlvs, type Tlv } from './der.ts';

/** One permitted or excluded part of a name space. `other` is a kind of name that no leaf of ours carries. */
export type Subtree =
  | { readonly kind: 'dns'; readonly name: string }
  | { readonly kind: 'ip'; readonly address: Uint8Array; readonly mask: Uint8Array }
  | { readonly kind: 'directory' }
  | { readonly kind: 'other' };

/** The constraints of one CA certificate. */
export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
}

/** True when no constraint of the chain forbids a certificate for this host. */
export function permitsHost(chain: readonly NameConstraints[], host: Hostname | IpAddress): boolean {
  const network = parseCidr(host);
  return permitsSubtree(chain, network.ok ? ipSubtree(network.value) : { kind: 'dns', name: host });
}

/** True when no constraint of the chain forbids a certificate for any name of this subtree. */
export function permitsSubtree(chain: readonly NameConstraints[], wanted: Subtree): boolean {
  return chain.every((constraints) => {
    if (constraints.excluded.some((one) => contains(one, wanted))) return false;
    const permitted = constraints.permitted.filter((one) => one.kind === wanted.kind);
    return permitted.length === 0 || permitted.some((one) => contains(one, wanted));
  });
}

/** Reads the extension's value. Throws RangeError on malformed DER. */
export function decodeNameConstraints(value: Uint8Array): NameConstraints {
  const lists = readTlvs(readOne(value).content);
  const subtrees = (tag: number): readonly Subtree[] =>
    lists
      .filter((list) => list.tag === tag)
      .flatMap((list) => readTlvs(list.content))
      .map((subtree) => decodeBase(readTlvs(subtree.content)[0]));
  return { permitted: subtrees(0xa0), excluded: subtrees(0xa1) };
}

/** The subtree of all addresses of a network. */
export function ipSubtree(network: Cidr): Subtree {
  const address = Uint8Array.from(addressBytes(network.address));
  const mask = address.map((_, at) => (0xff << (8 - Math.min(8, Math.max(0, network.bits - at * 8)))) & 0xff);
  return { kind: 'ip', address, mask };
}

/** True when everything in `inner` is in `outer`. */
export function contains(outer: Subtree, inner: Subtree): boolean {
  if (outer.kind === 'dns' && inner.kind === 'dns') return containsName(outer.name.toLowerCase(), inner.name);
  if (outer.kind !== 'ip' || inner.kind !== 'ip' || outer.mask.length !== inner.mask.length) return false;
  return outer.mask.every((mask, at) => {
    const narrower = (mask & ~(inner.mask[at] ?? 0)) === 0;
    return narrower && ((inner.address[at] ?? 0) & mask) === ((outer.address[at] ?? 0) & mask);
  });
}

function containsName(constraint: string, name: string): boolean {
  // An empty constraint covers every name (NSS, Go, OpenSSL agree); a leading dot covers only what is beneath.
  if (constraint === '' || constraint.startsWith('.')) return name.endsWith(constraint);
  return isAtOrUnder(name, constraint);
}

function decodeBase(base: Tlv | undefined): Subtree {
  if (base?.tag === 0x82) return { kind: 'dns', name: String.fromCharCode(...base.content) };
  if (base?.tag === 0x87 && (base.content.length === 8 || base.content.length === 32)) {
    const half = base.content.length / 2;
    return { kind: 'ip', address: base.content.slice(0, half), mask: base.content.slice(half) };
  }
  return { kind: base?.tag === 0xa4 ? 'directory' : 'other' };
}
