// An office behind a gate: a policy as companies write it, upstream played by twins, and clients in tunnels.
// Must not know what is tried there.
import type { ClientHttp2Session } from 'node:http2';
import { stringify } from 'yaml';
import { createTestAuthority, type TestAuthority } from './certificates.ts';
import { credentialsOf, type GateWish, startTestGate, type TestGate } from './gate.ts';
import { openHttp2 } from './http2-client.ts';
import { proxyLineFor } from './proxy-headers.ts';
import { openRaw, type RawConnection, type TunnelWish, tunnel } from './raw-client.ts';
import { openSocks } from './socks-client.ts';
import { testDoor } from './test-door.ts';
import type { TestScope } from './test-scope.ts';
import { startTwin, type Twin, type TwinOptions } from './twin.ts';

/** The restriction header. */
export const STAMP = 'sec-GitHub-allowed-enterprise';
/** Where the office's policy lifts the restriction. */
export const EXEMPT_ADDRESS = '10.20.7.7';
export const STAMPED_ADDRESS = '10.1.2.3';

/** The office's policy, as an object that a test may change. */
export function officePolicy(): OfficePolicy {
  return {
    version: 1,
    restrict: { enterprises: ['12345'] },
    exempt: [
      { name: 'open-source', from: ['10.20.0.0/16'] },
      { name: 'people', groups: ['oss'] },
    ],
    groups: { oss: ['carol'] },
    allow: [
      { preset: 'github' },
      'http://github.com',
      '*.githubcopilot.com',
      '*.example.org',
      'files.example.net/in/*',
    ],
    block: [
      { preset: 'codespaces' },
      { preset: 'ssh' },
      { name: 'no-tokens', to: ['github.com/settings/tokens*'], say: 'Ask <IT> "now".' },
    ],
    otherwise: 'block',
  };
}

export interface OfficePolicy {
  readonly [section: string]: unknown;
}

export interface OfficeWish extends Partial<Omit<GateWish, 'policy' | 'roots'>> {
  readonly policy?: OfficePolicy;
  readonly twin?: Partial<TwinOptions>;
  /** Plays upstream in place of the twin. */
  readonly upstreamPort?: number;
  readonly authority?: TestAuthority;
}

export interface Office {
  readonly gate: TestGate;
  readonly authority: TestAuthority;
  /** Plays every host over TLS. */
  readonly twin: Twin;
  /** Plays every host on port 80. */
  readonly plain: Twin;
  readonly roots: readonly string[];
}

/** Names that the twin has a certificate for. */
export const UPSTREAM_NAMES: readonly string[] = [
  'github.com',
  '*.github.com',
  '*.githubcopilot.com',
  '*.business.githubcopilot.com',
  '*.example.org',
  'files.example.net',
  'github.dev',
  '*.githubusercontent.com',
  ...['slack.com', '*.slack.com', '*.eu.slack.com'],
];

/** Starts twins and the gate in front of them. */
export async function startOffice(t: TestScope, wish: OfficeWish = {}): Promise<Office> {
  const authority = wish.authority ?? (await createTestAuthority({ name: 'Upstream Root' }));
  const leaf = await authority.issue({ names: UPSTREAM_NAMES });
  const twin = await startTwin(t, { tls: leaf, ...wish.twin });
  const plain = await startTwin(t, { ...wish.twin, tls: null });
  const { policy = officePolicy(), twin: _twin, upstreamPort = twin.port, resolve, ...rest } = wish;
  const gate = await startTestGate(t, {
    users: ['dave', 'carol'],
    ...rest,
    policy: stringify(policy),
    roots: authority.rootPem,
    resolve: { '*': `127.0.0.1:${upstreamPort}`, '*:80': `127.0.0.1:${plain.port}`, ...resolve },
  });
  return { gate, authority, twin, plain, roots: [gate.caPem, authority.rootPem] };
}

/** The office's gate for a process of its own: its policy, one open listener, and every host at one port. */
export function officeGate(authority: TestAuthority, upstreamPort: number): GateWish {
  return {
    policy: stringify(officePolicy()),
    resolve: { '*': `127.0.0.1:${upstreamPort}` },
    roots: authority.rootPem,
    listeners: [{ name: 'open' }],
  };
}

export interface InsideWish extends Partial<TunnelWish> {
  /** `HOST:PORT`; github.com:443 when left out. */
  readonly authority?: string;
  /** Comes through the balancer, from this address. */
  readonly from?: string;
  /** Comes through the staff's listener, as this user. */
  readonly user?: string;
}

/** HTTP/1.1 inside a tunnel. */
export async function inside(
  t: TestScope,
  office: Office,
  wish: InsideWish = {},
): Promise<Awaited<ReturnType<typeof tunnel>>> {
  const { authority = 'github.com:443', from, user, ...rest } = wish;
  const listener = from !== undefined ? 'balanced' : user !== undefined ? 'staff' : 'open';
  return tunnel(t, authority, {
    proxyPort: office.gate.port(listener),
    ca: office.roots.join('\n'),
    ...(from === undefined ? {} : { first: proxyLineFor(from) }),
    ...(user === undefined ? {} : { credentials: credentialsOf(user) }),
    ...rest,
  });
}

/** An HTTP/2 session inside a tunnel. */
export async function insideHttp2(
  t: TestScope,
  office: Office,
  wish: InsideWish = {},
): Promise<ClientHttp2Session> {
  const secure = await inside(t, office, { alpn: ['h2', 'http/1.1'], ...wish });
  const { authority = 'github.com:443' } = wish;
  return openHttp2(t, secure.socket, authority.replace(/:443$/, ''));
}

/** A connection to the proxy port itself, where plain requests go: by SOCKS5, a tunnel to github.com:80. */
export async function atProxy(t: TestScope, office: Office, wish: InsideWish = {}): Promise<RawConnection> {
  const { from, user, localAddress } = wish;
  const listener = from !== undefined ? 'balanced' : user !== undefined ? 'staff' : 'open';
  const connection = await openRaw(t, office.gate.port(listener), { localAddress });
  if (from !== undefined) await connection.send(proxyLineFor(from));
  if (testDoor() === 'proxy') return connection;
  // Clear text has a tunnel of its own there.
  const credentials = user === undefined ? undefined : credentialsOf(user);
  const end = await openSocks(connection, { authority: wish.authority ?? 'github.com:80', credentials });
  if (end !== 0) throw new Error(`The tunnel was answered ${end}`);
  return connection;
}
