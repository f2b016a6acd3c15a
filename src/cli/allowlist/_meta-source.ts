// The list that GitHub publishes, out of a file or from /meta itself. Must not know policies.
import { getCACertificates } from 'node:tls';
import { type Answered, askThrough, type Trust, type Way } from '../../client/proxied-request.ts';
import { parseDestination } from '../../core/base/destination.ts';
import { singleHeader } from '../../core/base/header-lines.ts';
import { isAtOrUnder } from '../../core/base/hostname.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { type PublishedPatterns, publishedPatterns } from '../../core/policy/compare/published-patterns.ts';
import {
  META_MOST_BYTES,
  META_REQUEST_HEADERS,
  META_URL,
  parsePublishedDomains,
} from '../../core/vendors/github/published-domains.ts';
import type { Cli } from '../cli.ts';
import { readText } from '../files.ts';
import { type CachedMeta, metaCacheFile, readMetaCache, writeMetaCache } from './_meta-cache.ts';

export interface MetaOptions {
  readonly meta: string;
  readonly proxy?: string;
  readonly cacert?: string;
  readonly cache?: string;
}

export interface Meta {
  readonly published: PublishedPatterns;
  /** `file`; `fetched` as new; `unchanged` since the last time, as GitHub said. */
  readonly how: 'file' | 'fetched' | 'unchanged';
}

/** Reads `--meta`: an https address, or else a file. */
export async function readMeta(cli: Cli, options: MetaOptions): Promise<Result<Meta, Trouble>> {
  const { meta } = options;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(meta)) return fetched(cli, options);
  const source = readText(cli, meta, "GitHub's list");
  return source.ok ? understood(meta, source.value.text, 'file') : source;
}

function understood(meta: string, body: string, how: Meta['how']): Result<Meta, Trouble> {
  const read = parsePublishedDomains(body);
  if (read.ok) return ok({ published: publishedPatterns(read.value), how });
  return failed(`Cannot read ${JSON.stringify(meta)} as the answer of ${META_URL}: ${read.error}.`);
}

async function fetched(cli: Cli, options: MetaOptions): Promise<Result<Meta, Trouble>> {
  const { meta } = options;
  const authority = /^https:\/\/([^/?#@\s]+)\/[!-~]*$/i.exec(meta)?.[1] ?? '';
  const target = parseDestination(authority, 443);
  if (target.kind === 'malformed')
    return failed(
      `Cannot ask ${JSON.stringify(meta)}: write https://HOST/PATH as in ${META_URL}, or a file.`,
    );
  const way = wayTo(cli, options, target);
  if (!way.ok) return way;
  const trust = trustOf(cli, options.cacert);
  if (!trust.ok) return trust;
  const file = metaCacheFile(cli, options.cache);
  const cached = file === null ? null : readMetaCache(file, meta);
  const known = cached === null ? [] : ['if-none-match', cached.etag];
  const headers = [...META_REQUEST_HEADERS, ...known];
  const answered = await askThrough(
    way.value,
    { url: meta, headers, mostBytes: META_MOST_BYTES },
    trust.value,
  );
  if (answered.kind !== 'answered' || answered.status !== 200) return notChanged(meta, answered, cached);
  const read = understood(meta, answered.body, 'fetched');
  const etag = singleHeader(answered.headers, 'etag');
  if (read.ok && file !== null && etag !== null)
    writeMetaCache(file, { url: meta, etag, body: answered.body });
  return read;
}

function notChanged(meta: string, answered: Answered, cached: CachedMeta | null): Result<Meta, Trouble> {
  if (answered.kind === 'answered' && answered.status === 304 && cached !== null)
    return understood(meta, cached.body, 'unchanged');
  return failed(`Cannot fetch ${meta}: ${whyNot(answered)}`);
}

function whyNot(answered: Answered): string {
  switch (answered.kind) {
    case 'answered':
      return `the answer was ${answered.status}. Try again later, or give a file with --meta.`;
    case 'refused': {
      const reason = singleHeader(answered.headers, 'proxy-status');
      const because = reason === null ? '' : ` (${reason.slice(0, 200).replace(/[^ -~]/g, '?')})`;
      return `the proxy refused with ${answered.status}${because}. Does it want credentials, or another proxy?`;
    }
    case 'silent':
      return `${answered.why}. If a gate or proxy looks into TLS, name its CA with --cacert; another proxy with --proxy.`;
  }
}

function wayTo(
  cli: Cli,
  { proxy }: MetaOptions,
  target: { readonly host: string; readonly port: number },
): Result<Way, Trouble> {
  const { env } = cli.terminal;
  const fromEnv = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']
    .map((name) => env[name] ?? '')
    .find((value) => value !== '');
  const isDirect = proxy === undefined && bypasses(env['NO_PROXY'] ?? env['no_proxy'] ?? '', target);
  const url = proxy ?? (isDirect ? undefined : fromEnv);
  if (url === undefined) return ok({ kind: 'direct', ...target });
  if (/^http:\/\/[^/?#\s]+\/?$/.test(url) && URL.canParse(url)) return ok({ kind: 'proxy', url });
  // Credentials may stand in it.
  const shown = JSON.stringify(url.replace(/\/\/[^@]*@/, '//…@'));
  return failed(`Cannot go through the proxy ${shown}: write it as http://HOST:PORT.`);
}

/** NO_PROXY: `*`, or hosts with everything under them, each at every port or at the one it names. */
export function bypasses(list: string, target: { readonly host: string; readonly port: number }): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    const [, name = '', port] = NO_PROXY_ENTRY.exec(entry) ?? [];
    const host = name
      .replace(/^\*?\.|[[\]]/g, '')
      .replace(/\.$/, '')
      .toLowerCase();
    if (port !== undefined && Number(port) !== target.port) return false;
    return host === '*' || (host !== '' && isAtOrUnder(target.host, host));
  });
}

// What has more than one colon and no brackets is an IPv6 address.
const NO_PROXY_ENTRY = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::([0-9]+))?$/;

function trustOf(cli: Cli, cacert: string | undefined): Result<Trust, Trouble> {
  // A company's own roots are where the system keeps its; NODE_EXTRA_CA_CERTS is in the default.
  const roots = [...getCACertificates('default'), ...getCACertificates('system')];
  if (cacert === undefined) return ok({ ca: roots });
  const own = readText(cli, cacert, 'the CA certificate');
  return own.ok ? ok({ ca: [...roots, own.value.text] }) : own;
}

function failed(message: string): Result<never, Trouble> {
  return err({ kind: 'failed', message });
}
