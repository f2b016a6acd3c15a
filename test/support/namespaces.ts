// A company in network namespaces of this machine: a client and a gate's host behind a router, and a world beyond it.
// No packet leaves them. Must not know what is tried there.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { TestScope } from './test-scope.ts';
import { findTool } from './tools.ts';

export interface Company {
  /** The words that put a command into one of the namespaces. */
  within(place: 'client' | 'gate' | 'router' | 'world'): readonly string[];
  /** Loads rules for nft into a namespace, in place of all that stood there. */
  rule(place: 'client' | 'gate' | 'router' | 'world', rules: string): void;
}

/** Where the world is, as the company sees it. */
export const WORLD = { v4: '203.0.113.2', v6: 'fd00:113::2' } as const;
/** Where the gate's host is. */
export const GATE = { v4: '10.20.0.5', v6: 'fd00:20::5' } as const;
/** Whether the kernel speaks IPv6 at all. */
const HAS_IPV6: boolean = existsSync('/proc/net/if_inet6');
/** The router's side of the company. */
export const INSIDE = 'lan0';

/**
 * Why namespaces cannot be had here, or null: they want root, iproute2, nftables, and a kernel that lets us. A
 * container without the capability is no missing tool, so the test is named as not run, on a build machine too.
 */
export function withoutNamespaces(t: TestContext): boolean {
  const missing = (['ip', 'nft'] as const).find((tool) => findTool(tool) === null);
  const reason =
    process.getuid?.() !== 0
      ? 'only root makes network namespaces'
      : missing !== undefined
        ? `${missing} is missing; install it (Debian: apt-get install iproute2 nftables)`
        : whyNoNamespace();
  if (reason !== null) t.skip(reason);
  return reason !== null;
}

/** The same for a kernel without IPv6. */
export function withoutIpv6(t: TestContext): boolean {
  if (!HAS_IPV6) t.skip('this kernel speaks no IPv6');
  return !HAS_IPV6;
}

function whyNoNamespace(): string | null {
  const name = `gw${process.pid}x`;
  try {
    run('ip', ['netns', 'add', name]);
    run('ip', ['netns', 'exec', name, 'nft', 'list', 'ruleset']);
    return null;
  } catch (error) {
    return `this machine gives no network namespaces: ${error instanceof Error ? error.message.trim() : ''}`;
  } finally {
    try {
      run('ip', ['netns', 'del', name]);
    } catch {
      // It was not made.
    }
  }
}

/** Builds the company; it is torn down when the scope ends. */
export function buildCompany(t: TestScope): Company {
  const name = (place: string): string => `gw${process.pid}${place.slice(0, 1)}`;
  const [client, gate, router, world] = ['client', 'gate', 'router', 'world'].map(name);
  t.after(() => {
    for (const each of [client, gate, router, world]) run('ip', ['netns', 'del', each ?? '']);
  });
  const wire = (from: string | undefined, to: string | undefined, ends: readonly [string, string]): string =>
    `ip link add ${ends[0]} netns ${from} type veth peer name ${ends[1]} netns ${to}`;
  const script = [
    ...[client, gate, router, world].map((each) => `ip netns add ${each}; ip -n ${each} link set lo up`),
    ...[
      wire(client, router, ['eth0', 'c0']),
      wire(gate, router, ['eth0', 'g0']),
      wire(router, world, ['wan0', 'eth0']),
    ],
    `ip -n ${router} link add ${INSIDE} type bridge`,
    ...['c0', 'g0'].map((port) => `ip -n ${router} link set ${port} master ${INSIDE} up`),
    ...[
      [router, INSIDE, '10.20.0.1/24', 'fd00:20::1/64'],
      [router, 'wan0', '203.0.113.1/24', 'fd00:113::1/64'],
      [client, 'eth0', '10.20.0.2/24', 'fd00:20::2/64'],
      [gate, 'eth0', `${GATE.v4}/24`, `${GATE.v6}/64`],
      [world, 'eth0', `${WORLD.v4}/24`, `${WORLD.v6}/64`],
    ].flatMap(([place, link, v4, v6]) => [
      `ip -n ${place} addr add ${v4} dev ${link}`,
      ...(HAS_IPV6 ? [`ip -n ${place} addr add ${v6} dev ${link} nodad`] : []),
      `ip -n ${place} link set ${link} up`,
    ]),
    ...[
      [client, '10.20.0.1', 'fd00:20::1'],
      [gate, '10.20.0.1', 'fd00:20::1'],
      [world, '203.0.113.1', 'fd00:113::1'],
    ].flatMap(([place, v4, v6]) => [
      `ip -n ${place} route add default via ${v4}`,
      ...(HAS_IPV6 ? [`ip -n ${place} -6 route add default via ${v6}`] : []),
    ]),
    ...['ipv4/ip_forward', ...(HAS_IPV6 ? ['ipv6/conf/all/forwarding'] : [])].map(
      (setting) => `ip netns exec ${router} sh -c 'echo 1 > /proc/sys/net/${setting}'`,
    ),
  ];
  run('sh', ['-e', '-c', script.join('\n')]);
  return {
    within: (place) => ['ip', 'netns', 'exec', name(place)],
    rule: (place, rules) =>
      run('ip', ['netns', 'exec', name(place), 'nft', '-f', '-'], `flush ruleset\n${rules}`),
  };
}

function run(file: string, args: readonly string[], input = ''): void {
  execFileSync(file, [...args], { input, stdio: ['pipe', 'pipe', 'pipe'] });
}
