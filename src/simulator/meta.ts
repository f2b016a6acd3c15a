// The body of `GET /meta`, whole in shape, its lists cut to a few of each kind. Must not know how lists are used.
// Source: GitHub Docs, "Get GitHub meta information"; addresses are from documentation ranges (RFC 5737).
import { createHash } from 'node:crypto';
import { json, notModified } from './answers.ts';
import type { Answer } from './exchange.ts';

/** Answers with the body, or with 304 to who has it already (RFC 9110 section 13.1.2). */
export function answerMeta(ifNoneMatch: string | null): Answer {
  // Weak, as GitHub's: it compresses its answers on the way.
  const etag = `W/"${createHash('sha256').update(JSON.stringify(META)).digest('hex')}"`;
  const headers = ['etag', etag, 'cache-control', 'public, max-age=60, s-maxage=60'];
  const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes('*') || known.includes(etag.slice(2))) return notModified(headers);
  return json(200, META, headers);
}

const NETWORKS = ['192.0.2.0/24', '198.51.100.0/24'];

const META: Readonly<Record<string, unknown>> = {
  verifiable_password_authentication: false,
  ssh_key_fingerprints: { SHA256_ED25519: '+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU' },
  ssh_keys: [],
  hooks: NETWORKS,
  web: NETWORKS,
  api: NETWORKS,
  git: NETWORKS,
  github_enterprise_importer: NETWORKS,
  packages: NETWORKS,
  pages: NETWORKS,
  importer: NETWORKS,
  actions: NETWORKS,
  actions_macos: NETWORKS,
  codespaces: NETWORKS,
  dependabot: NETWORKS,
  copilot: NETWORKS,
  domains: {
    website: [
      '*.github.com',
      '*.github.dev',
      '*.github.io',
      '*.githubassets.com',
      '*.githubusercontent.com',
      'github.com',
      'github.dev',
    ],
    codespaces: [
      '*.github.com',
      '*.api.github.com',
      '*.azureedge.net',
      '*.github.dev',
      '*.msecnd.net',
      '*.visualstudio.com',
      '*.vscode-webview.net',
      '*.windows.net',
      '*.microsoft.com',
      'github.dev',
    ],
    copilot: ['*.github.com', '*.githubusercontent.com', 'default.exp-tas.com', '*.githubcopilot.com'],
    packages: [
      '*.docker.pkg.github.com',
      'ghcr.io',
      'mavenregistryv2prod.blob.core.windows.net',
      'npmregistryv2prod.blob.core.windows.net',
      'nugetregistryv2prod.blob.core.windows.net',
      'rubygemsregistryv2prod.blob.core.windows.net',
      'npm.pkg.github.com',
      'pkg-containers.githubusercontent.com',
    ],
    actions: [
      '*.actions.githubusercontent.com',
      'productionresultssa0.blob.core.windows.net',
      'productionresultssa1.blob.core.windows.net',
    ],
    actions_inbound: {
      full_domains: [
        'github.com',
        'api.github.com',
        'codeload.github.com',
        'pkg.actions.githubusercontent.com',
        'productionresultssa0.blob.core.windows.net',
      ],
      wildcard_domains: ['*.githubusercontent.com', '*.core.windows.net'],
    },
    artifact_attestations: {
      trust_domain: '',
      services: [
        '*.actions.githubusercontent.com',
        'tuf-repo.github.com',
        'fulcio.githubapp.com',
        'timestamp.githubapp.com',
      ],
    },
  },
};
