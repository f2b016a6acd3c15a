// The lines of GitHub's two pages on firewalls and Copilot, as they stood, and what was added since; each with what must
// follow from it.
// Must not know how a policy is read.

/** One line of a page's table. */
export interface PageLine {
  /** The URL and the purpose, as the page has them. */
  readonly line: string;
  /** The preset that must let it in. */
  readonly preset: string;
  /** The plan that the line is for: its policy routes by plan. */
  readonly plan?: 'individual' | 'business' | 'enterprise';
  /** A URL that the line means. */
  readonly reach: string;
  /** One level up: the path above, or the parent domain. */
  readonly above: string;
  /** A path beside it, or a name beside its host. */
  readonly beside: string;
}

export interface Page {
  readonly title: string;
  readonly lines: readonly PageLine[];
}

const SHARED: readonly PageLine[] = [
  {
    line: '`https://github.com/login/*` | Authentication',
    preset: 'copilot',
    reach: 'https://github.com/login/device',
    above: 'https://github.com/',
    beside: 'https://github.com/logins/device',
  },
  {
    line: '`https://api.github.com/user` | User Management',
    preset: 'copilot',
    reach: 'https://api.github.com/user',
    above: 'https://api.github.com/',
    beside: 'https://api.github.com/users',
  },
  {
    line: '`https://api.github.com/copilot_internal/*` | User Management',
    preset: 'copilot',
    reach: 'https://api.github.com/copilot_internal/v2/token',
    above: 'https://api.github.com/',
    beside: 'https://api.github.com/copilot/v2/token',
  },
  {
    line: '`https://copilot-telemetry.githubusercontent.com/telemetry` | Telemetry',
    preset: 'copilot',
    reach: 'https://copilot-telemetry.githubusercontent.com/telemetry',
    above: 'https://copilot-telemetry.githubusercontent.com/',
    beside: 'https://copilot-telemetry.githubusercontent.com/telemetry2',
  },
];

const SERVICES: readonly PageLine[] = [
  {
    line: '`https://copilot-proxy.githubusercontent.com` | API service for Copilot suggestions',
    preset: 'copilot',
    reach: 'https://copilot-proxy.githubusercontent.com/v1/engines/x/completions',
    above: 'https://githubusercontent.com/',
    beside: 'https://raw.githubusercontent.com/',
  },
  {
    line: '`https://origin-tracker.githubusercontent.com` | API service for Copilot suggestions',
    preset: 'copilot',
    reach: 'https://origin-tracker.githubusercontent.com/',
    above: 'https://githubusercontent.com/',
    beside: 'https://origin-tracker2.githubusercontent.com/',
  },
];

const EXPERIMENTS: PageLine = {
  line: '`https://default.exp-tas.com` | Telemetry',
  preset: 'copilot',
  reach: 'https://default.exp-tas.com/vscode/ab',
  above: 'https://exp-tas.com/',
  beside: 'https://other.exp-tas.com/',
};

function planLine(plan: 'individual' | 'business' | 'enterprise', beside: string): PageLine {
  return {
    line: `\`https://*.${plan}.githubcopilot.com\` | API service for Copilot suggestions`,
    preset: 'copilot',
    plan,
    reach: `https://api.${plan}.githubcopilot.com/chat/completions`,
    above: `https://${plan}.githubcopilot.com/`,
    beside: `https://api.${beside}.githubcopilot.com/chat/completions`,
  };
}

/** What today's pages have besides: the reference of Copilot, and the network details of GHE.com. */
const ADDED: readonly PageLine[] = [
  {
    line: '`https://github.githubassets.com` | Authentication',
    preset: 'copilot',
    reach: 'https://github.githubassets.com/assets/app.js',
    above: 'https://githubassets.com/',
    beside: 'https://docs.githubassets.com/',
  },
  {
    line: '`https://avatars.githubusercontent.com` | Authentication',
    preset: 'copilot',
    reach: 'https://avatars.githubusercontent.com/u/1',
    above: 'https://githubusercontent.com/',
    beside: 'https://camo.githubusercontent.com/u/1',
  },
  {
    line: '`https://github.com/copilot/*` | Copilot on GitHub',
    preset: 'copilot',
    reach: 'https://github.com/copilot/c/1',
    above: 'https://github.com/',
    beside: 'https://github.com/copilots/c/1',
  },
  {
    line: '`https://collector.github.com/*` | Analytics telemetry',
    preset: 'copilot',
    reach: 'https://collector.github.com/github/collect',
    above: 'https://github.com/github/collect',
    beside: 'https://collector2.github.com/github/collect',
  },
  {
    line: '`https://copilot-reports.github.com` | Copilot usage metrics report downloads',
    preset: 'copilot',
    reach: 'https://copilot-reports.github.com/x',
    above: 'https://github.com/x',
    beside: 'https://reports.github.com/x',
  },
  {
    line: '`https://copilot-reports-*.b01.azurefd.net` | Copilot usage metrics report downloads (fallback)',
    preset: 'copilot',
    reach: 'https://copilot-reports-a7.b01.azurefd.net/x',
    above: 'https://b01.azurefd.net/x',
    beside: 'https://copilot-reports-a7.b02.azurefd.net/x',
  },
  {
    line: '`https://usagereports*.blob.core.windows.net` | Copilot usage metrics report downloads (fallback)',
    preset: 'copilot',
    reach: 'https://usagereports7.blob.core.windows.net/x',
    above: 'https://blob.core.windows.net/x',
    beside: 'https://myusagereports7.blob.core.windows.net/x',
  },
  {
    line: '`https://ai.azure.com` | Model catalog requests',
    preset: 'copilot',
    reach: 'https://ai.azure.com/api',
    above: 'https://azure.com/api',
    beside: 'https://ml.azure.com/api',
  },
  {
    line: '`https://api.catalog.azureml.ms` | Detecting the optimal Azure region for model downloads',
    preset: 'copilot',
    reach: 'https://api.catalog.azureml.ms/x',
    above: 'https://catalog.azureml.ms/x',
    beside: 'https://apis.catalog.azureml.ms/x',
  },
  {
    line: '`https://*.api.azureml.ms` | Regional model catalog endpoints',
    preset: 'copilot',
    reach: 'https://eastus.api.azureml.ms/x',
    above: 'https://api.azureml.ms/x',
    beside: 'https://eastus.apis.azureml.ms/x',
  },
  {
    line: '`https://amlwlrt4*.blob.core.windows.net` | Model downloads from regional Azure Blob Storage',
    preset: 'copilot',
    reach: 'https://amlwlrt4eastus.blob.core.windows.net/x',
    above: 'https://blob.core.windows.net/x',
    beside: 'https://amlwlrt5eastus.blob.core.windows.net/x',
  },
  {
    line: '`https://SUBDOMAIN.ghe.com` | Copilot on GHE.com',
    preset: 'ghe:octo',
    reach: 'https://octo.ghe.com/octo-org/app',
    above: 'https://ghe.com/',
    beside: 'https://hexa.ghe.com/octo-org/app',
  },
  {
    line: '`https://*.SUBDOMAIN.ghe.com` | Copilot on GHE.com',
    preset: 'ghe:octo',
    reach: 'https://copilot-proxy.octo.ghe.com/v1/engines/x/completions',
    above: 'https://ghe.com/',
    beside: 'https://copilot-proxy.hexa.ghe.com/v1/engines/x/completions',
  },
  {
    line: "`auth.ghe.com` | GitHub's hostnames",
    preset: 'ghe:octo',
    reach: 'https://auth.ghe.com/login',
    above: 'https://ghe.com/login',
    beside: 'https://login.ghe.com/login',
  },
  {
    line: '`https://github.com/enterprises/oauth_callback?code=...` | Connecting an Azure subscription for billing',
    preset: 'ghe:octo',
    reach: 'https://github.com/enterprises/oauth_callback?code=abc&state=%2F',
    above: 'https://github.com/enterprises?code=abc',
    beside: 'https://github.com/enterprises/oauth_callbacks?code=abc',
  },
];

export const PAGES: readonly Page[] = [
  {
    title: 'Troubleshooting firewall settings for GitHub Copilot',
    // This older page ends two of its URLs with a slash, which says nothing more.
    lines: [...SHARED, ...[EXPERIMENTS, ...SERVICES].map(asOfOld)],
  },
  {
    title: 'Configuring your proxy server or firewall for Copilot',
    lines: [
      ...SHARED,
      {
        line: '`https://github.com/enterprises/YOUR-ENTERPRISE/*` | Authentication for managed user accounts, only required with Enterprise Managed Users',
        preset: 'enterprise:octo-corp',
        reach: 'https://github.com/enterprises/octo-corp/sso',
        above: 'https://github.com/enterprises',
        beside: 'https://github.com/enterprises/hexa-corp/sso',
      },
      EXPERIMENTS,
      ...SERVICES,
      {
        line: '`https://*.githubcopilot.com` | API service for Copilot suggestions',
        preset: 'copilot',
        reach: 'https://api.githubcopilot.com/chat/completions',
        above: 'https://githubcopilot.com/',
        beside: 'https://api.githubcopilots.com/chat/completions',
      },
      planLine('individual', 'business'),
      planLine('business', 'enterprise'),
      planLine('enterprise', 'individual'),
    ],
  },
  { title: 'Copilot allowlist reference, and Network details for GHE.com', lines: ADDED },
];

function asOfOld(line: PageLine): PageLine {
  const isBare = line.line.includes('origin-tracker');
  return isBare ? line : { ...line, line: line.line.replace('.com`', '.com/`') };
}

/** The policy of a company that allows what the line's preset allows, and nothing else. */
export function policyFor({ preset, plan }: PageLine): string {
  const routing = plan === undefined ? '' : `copilot: { plans: [${plan}] }\n`;
  return `version: 1\nrestrict: { enterprises: ["12345"] }\n${routing}allow: [{ preset: "${preset}" }]\notherwise: block\n`;
}

/** The same company without any preset. */
export const BARE_POLICY =
  'version: 1\nrestrict: { enterprises: ["12345"] }\nallow: [docs.example.org]\notherwise: block\n';
