// Which names the simulator has certificates for. Must not know what is served under them.
import { isUnder } from '../core/base/hostname.ts';

/** Exact names, and `*.` patterns that cover every name below. */
export const SERVED_HOSTS: readonly string[] = [
  'github.com',
  '*.github.com',
  '*.githubusercontent.com',
  '*.githubassets.com',
  '*.githubcopilot.com',
  'github.dev',
  '*.github.dev',
  'github.io',
  '*.github.io',
  'ghcr.io',
  '*.ghe.com',
  'default.exp-tas.com',
  'dc.services.visualstudio.com',
  'localhost',
];

/** True when a certificate may be made for the name. */
export function isServed(host: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.startsWith('*.') ? isUnder(host, pattern.slice(2)) : pattern === host,
  );
}

/** The host of a Host header or `:authority`: lower-case, without port, brackets kept, without trailing dot. */
export function hostOf(authority: string): string {
  const host = authority.startsWith('[') ? authority.replace(/\]:.*$/, ']') : authority.replace(/:.*$/, '');
  return host.toLowerCase().replace(/\.$/, '');
}

/** `localhost` or an address: how the simulator's own endpoints are reached, and nothing of GitHub is. */
export function isControlHost(host: string): boolean {
  return host === 'localhost' || host.startsWith('[') || /^[0-9.]+$/.test(host);
}
