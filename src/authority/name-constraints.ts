// Which names a CA may sign for (RFC 5280 section 4.2.1.10): what an administrator permits, as subtrees, and the check.
// Must not know certificates, files or the policy.
import { getPublicSuffix, parse } from 'tldts';
import { type Hostname, isAtOrUnder, parseHostname } from '../core/base/hostname.ts';
import {
  addressBytes,
  type Cidr,
  type IpAddress,
  parseCidr,
  parseIpAddress,
} from '../core/base/ip-address.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { readOne, readTlvs, type Tlv } from '../core/wire/der.ts';
import { sequence, tagged, taggedPrimitive } from './_der.ts';

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

/**
 * Reads what `ca init --permit` lists: host names, host patterns and networks.
 * A DNS constraint covers a name with everything beneath it, so `*.example.org` and `a-*.example.org` permit `example.org`.
 * Names that another entry covers are dropped. A public suffix (`com`, `co.uk`) is refused.
 */
export function parsePermits(texts: readonly string[]): Result<readonly Subtree[], string> {
  const subtrees: Subtree[] = [];
  for (const text of texts) {
    const one = parsePermit(text);
    if (!one.ok) return err(`Cannot permit the name ${JSON.stringify(text)}: ${one.error}.`);
    subtrees.push(one.value);
  }
  if (subtrees.length === 0)
    return err('Cannot make a CA that may sign for nothing: permit at least one host, as github.com.');
  return ok(subtrees.filter((one, at) => !subtrees.some((other, place) => covers(other, one, at - place))));
}

/** The constraints of a CA that may sign for `permitted` and nothing else: addresses are excluded unless permitted. */
export function constraintsOf(permitted: readonly Subtree[]): NameConstraints {
  const ip = permitted.filter((one) => one.kind === 'ip');
  // Without any DNS subtree every name would be permitted; `invalid` is reserved and never resolves (RFC 6761).
  const names = permitted.some((one) => one.kind === 'dns')
    ? permitted
    : [...permitted, { kind: 'dns' as const, name: 'invalid' }];
  const families = [4, 16].filter((size) => !ip.some((one) => one.address.length === size));
  return {
    permitted: names,
    excluded: families.map((size) => ({
      kind: 'ip',
      address: new Uint8Array(size),
      mask: new Uint8Array(size),
    })),
  };
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

/** The extension's value (RFC 5280 section 4.2.1.10). Subtrees of other kinds cannot be written and are not. */
export function encodeNameConstraints(constraints: NameConstraints): Uint8Array {
  const subtrees = (list: readonly Subtree[]): readonly Uint8Array[] =>
    list.flatMap((one) => {
      const base = encodeBase(one);
      return base === null ? [] : [sequence(base)];
    });
  const permitted = subtrees(constraints.permitted);
  const excluded = subtrees(constraints.excluded);
  return sequence(
    ...(permitted.length > 0 ? [tagged(0, ...permitted)] : []),
    ...(excluded.length > 0 ? [tagged(1, ...excluded)] : []),
  );
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

/** `example.org`, `10.0.0.0/8`, or the kind where it has no short text. */
export function subtreeText(one: Subtree): string {
  if (one.kind === 'dns') return one.name === '' ? 'every DNS name' : one.name;
  if (one.kind !== 'ip') return one.kind === 'directory' ? 'directory names' : 'names of another kind';
  const bits = [...one.mask].reduce((sum, octet) => sum + octet.toString(2).replaceAll('0', '').length, 0);
  const text =
    one.address.length === 4
      ? [...one.address].join('.')
      : (Buffer.from(one.address).toString('hex').match(/.{4}/g) ?? []).join(':');
  const parsed = parseIpAddress(text);
  return `${parsed.ok ? parsed.value : text}/${bits}`;
}

function parsePermit(text: string): Result<Subtree, string> {
  const network = parseCidr(text);
  if (network.ok) return ok(ipSubtree(network.value));
  if (text.includes('/')) return network;
  const cut = text.indexOf('.');
  const bare = text.slice(0, Math.max(cut, 0)).includes('*') || cut === 0 ? text.slice(cut + 1) : text;
  const host = parseHostname(bare);
  if (!host.ok) return err(`${host.error}; a permitted name is like github.com, *.github.com or 10.0.0.0/8`);
  if (getPublicSuffix(host.value) === host.value && parse(host.value).isIcann === true)
    return err('it is a public suffix, under which strangers register names');
  return ok({ kind: 'dns', name: host.value });
}

function ipSubtree(network: Cidr): Subtree {
  const address = Uint8Array.from(addressBytes(network.address));
  const mask = address.map((_, at) => (0xff << (8 - Math.min(8, Math.max(0, network.bits - at * 8)))) & 0xff);
  return { kind: 'ip', address, mask };
}

/** Of two equal entries the first one stays: `distance` is how far `inner` stands behind `outer`. */
function covers(outer: Subtree, inner: Subtree, distance: number): boolean {
  if (distance === 0 || !contains(outer, inner)) return false;
  return distance > 0 || !contains(inner, outer);
}

/** True when everything in `inner` is in `outer`. */
function contains(outer: Subtree, inner: Subtree): boolean {
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

function encodeBase(one: Subtree): Uint8Array | null {
  if (one.kind === 'dns') return taggedPrimitive(2, Buffer.from(one.name, 'latin1'));
  if (one.kind === 'ip') return taggedPrimitive(7, Buffer.concat([one.address, one.mask]));
  return null;
}

function decodeBase(base: Tlv | undefined): Subtree {
  if (base?.tag === 0x82) return { kind: 'dns', name: Buffer.from(base.content).toString('latin1') };
  if (base?.tag === 0x87 && (base.content.length === 8 || base.content.length === 32)) {
    const half = base.content.length / 2;
    return { kind: 'ip', address: base.content.slice(0, half), mask: base.content.slice(half) };
  }
  return { kind: base?.tag === 0xa4 ? 'directory' : 'other' };
}
