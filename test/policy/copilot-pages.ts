// The lines of GitHub's two pages on firewalls and Copilot, as they stood, each with what must follow from it.
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
