// The pages that the facts in this room come from, and when they were read.
// Must not know what follows from them.

/** A public page, and the day on which its content was taken over. */
export interface Source {
  readonly title: string;
  readonly url: string;
  /** YYYY-MM-DD. */
  readonly date: string;
}

export type SourceName =
  | 'restriction'
  | 'copilotAllowlist'
  | 'copilotProxy'
  | 'copilotTroubleshooting'
  | 'copilotAccess'
  | 'meta'
  | 'ssh'
  | 'tokenFormats'
  | 'dataResidency'
  | 'vscode'
  | 'visualStudio'
  | 'devTunnels'
  | 'seen';

export const SOURCES: Readonly<Record<SourceName, Source>> = {
  restriction: {
    title: 'Restricting access to GitHub.com using a corporate proxy',
    url: 'https://docs.github.com/en/enterprise-cloud@latest/admin/configuring-settings/hardening-security-for-your-enterprise/restricting-access-to-githubcom-using-a-corporate-proxy',
    date: '2026-11-20',
  },
  copilotAllowlist: {
    title: 'Copilot allowlist reference',
    url: 'https://docs.github.com/en/enterprise-cloud@latest/copilot/reference/copilot-allowlist-reference',
    date: '2026-11-20',
  },
  copilotProxy: {
    title: 'Configuring your proxy server or firewall for Copilot',
    url: 'https://docs.github.com/en/copilot/managing-copilot/managing-github-copilot-in-your-organization/configuring-your-proxy-server-or-firewall-for-copilot',
    date: '2025-03-01',
  },
  copilotTroubleshooting: {
    title: 'Troubleshooting firewall settings for GitHub Copilot',
    url: 'https://docs.github.com/en/copilot/troubleshooting-github-copilot/troubleshooting-firewall-settings-for-github-copilot',
    date: '2024-06-01',
  },
  copilotAccess: {
    title: "Managing GitHub Copilot access to your enterprise's network",
    url: 'https://docs.github.com/en/copilot/how-tos/administer-copilot/manage-for-enterprise/manage-access/manage-network-access',
    date: '2026-11-20',
  },
  meta: {
    title: 'REST API: meta',
    url: 'https://docs.github.com/en/rest/meta/meta',
    date: '2026-11-20',
  },
  ssh: {
    title: 'Using SSH over the HTTPS port',
    url: 'https://docs.github.com/en/authentication/troubleshooting-ssh/using-ssh-over-the-https-port',
    date: '2026-11-20',
  },
  tokenFormats: {
    title: 'About authentication to GitHub: token formats',
    url: 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github',
    date: '2026-11-20',
  },
  dataResidency: {
    title: 'Network details for GHE.com',
    url: 'https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom',
    date: '2026-11-20',
  },
  vscode: {
    title: 'Network Connections in Visual Studio Code',
    url: 'https://code.visualstudio.com/docs/setup/network',
    date: '2026-11-20',
  },
  visualStudio: {
    title: 'Install and use Visual Studio and Azure Services behind a firewall or proxy server',
    url: 'https://learn.microsoft.com/en-us/visualstudio/install/install-and-use-visual-studio-behind-a-firewall-or-proxy-server',
    date: '2026-11-20',
  },
  devTunnels: {
    title: 'Dev tunnels: security',
    url: 'https://learn.microsoft.com/en-us/azure/developer/dev-tunnels/security',
    date: '2026-11-20',
  },
  seen: {
    title: 'Seen in browsers',
    url: 'docs/policy.md',
    date: '2026-11-20',
  },
};
