// Which names the gate's CA may sign for: what an administrator permits, as subtrees, and how they are written.
// Must not know certificates, files or the policy.
import { getPublicSuffix, parse } from 'tldts';
import { parseHostname } from '../core/base/hostname.ts';
import { parseCidr, parseIpAddress } from '../core/base/ip-address.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { contains, ipSubtree, type NameConstraints, type Subtree } from '../core/wire/name-constraints.ts';
import { sequence, tagged, taggedPrimitive } from './_der.ts';

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

/** Of two equal entries the first one stays: `distance` is how far `inner` stands behind `outer`. */
function covers(outer: Subtree, inner: Subtree, distance: number): boolean {
  if (distance === 0 || !contains(outer, inner)) return false;
  return distance > 0 || !contains(inner, outer);
}

function encodeBase(one: Subtree): Uint8Array | null {
  if (one.kind === 'dns') return taggedPrimitive(2, Buffer.from(one.name, 'latin1'));
  if (one.kind === 'ip') return taggedPrimitive(7, Buffer.concat([one.address, one.mask]));
  return null;
}
