// The pages that the facts in this room come from, and when they were read.
// Must not know what follows from them.

import type { Source } from '../source.ts';

/** The pages by name; `own` where no page lists the row. */
export type SourceName =
  | 'restriction'
  | 'copilotAllowlist'
  | 'ssh'
  | 'tokenFormats'
  | 'dataResidency'
  | 'vscode'
  | 'visualStudio'
  | 'devTunnels'
  | 'own';

export const SOURCES: Readonly<Record<SourceName, Source>> = {
  restriction: {
    title: 'Restricting access to GitHub.com using a corporate proxy',
    url: 'https://docs.github.com/en/enterprise-cloud@latest/admin/configuring-settings/hardening-security-for-your-enterprise/restricting-access-to-githubcom-using-a-corporate-proxy',
    date: '2026-11-21',
  },
  copilotAllowlist: {
    title: 'Copilot allowlist reference',
    url: 'https://docs.github.com/en/enterprise-cloud@latest/copilot/reference/copilot-allowlist-reference',
    date: '2026-11-24',
  },
  ssh: {
    title: 'Using SSH over the HTTPS port',
    url: 'https://docs.github.com/en/authentication/troubleshooting-ssh/using-ssh-over-the-https-port',
    date: '2026-11-21',
  },
  tokenFormats: {
    title: 'About authentication to GitHub: token formats',
    url: 'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github',
    date: '2026-11-21',
  },
  dataResidency: {
    title: 'Network details for GHE.com',
    url: 'https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom',
    date: '2026-11-24',
  },
  vscode: {
    title: 'Network Connections in Visual Studio Code',
    url: 'https://code.visualstudio.com/docs/setup/network',
    date: '2026-11-21',
  },
  visualStudio: {
    title: 'Install and use Visual Studio and Azure Services behind a firewall or proxy server',
    url: 'https://learn.microsoft.com/en-us/visualstudio/install/install-and-use-visual-studio-behind-a-firewall-or-proxy-server',
    date: '2026-11-24',
  },
  devTunnels: {
    title: 'Dev tunnels: security',
    url: 'https://learn.microsoft.com/en-us/azure/developer/dev-tunnels/security',
    date: '2026-11-21',
  },
  own: {
    title: "Gatewright's own choice",
    url: 'docs/policy.md#presets',
    date: '2026-11-21',
  },
};
