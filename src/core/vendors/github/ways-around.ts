// GitHub's places where no restriction header can work, and those that a client may try to reach without the gate.
// Sources: SOURCES.restriction ("Codespaces", "SSH"), SOURCES.ssh (port 443). Must not know who tries them.
import { COPILOT_DOMAIN } from './endpoints.ts';

/** GitHub's web and Git server, and its API. */
export const WEB_HOST = 'github.com';
export const API_HOST = 'api.github.com';

/** What a client asks for first: the website, the API, and Copilot with and without a plan. */
export const DAILY_HOSTS: readonly string[] = [
  WEB_HOST,
  API_HOST,
  `api.${COPILOT_DOMAIN}`,
  `api.business.${COPILOT_DOMAIN}`,
  `api.individual.${COPILOT_DOMAIN}`,
  'copilot-proxy.githubusercontent.com',
];

/** Where HTTP/3 is worth a try. */
export const QUIC_HOSTS: readonly string[] = [WEB_HOST, `api.${COPILOT_DOMAIN}`];

/** Editors in the browser: GitHub reads no restriction header there. */
export const BROWSER_EDITOR_HOST = 'github.dev';

/** Git over SSH on 443, where a firewall that lets HTTPS out lets it out too. */
export const SSH_HTTPS_HOST = 'ssh.github.com';

/** One address of GitHub's web servers (api.github.com/meta, `web`, November 2026), for who needs no DNS. */
export const WEB_ADDRESS = '140.82.112.3';
