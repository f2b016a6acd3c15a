// What GitHub says, word for word. Source: GitHub Docs, "Restricting access to GitHub.com using a corporate proxy",
// sections "Errors displayed to blocked users" and "Troubleshooting". Must not know when it is said.
import type { Enterprise } from './world.ts';

/** No final full stop on `MANY`: the page has none. */
export const UNKNOWN_ENTERPRISE =
  'The enterprise named in the sec-GitHub-allowed-enterprise header cannot be found. Ensure that the "enterprise slug" is entered correctly in the firewall or proxy settings. Contact your network administrator if this error persists.';

export const MANY_ENTERPRISES =
  'Only one enterprise can be used with the sec-GitHub-allowed-enterprise header. Ensure that only a single enterprise and header is provided. If this issue persists, contact your network administrator';

export const MANY_HEADERS =
  'More than one sec-GitHub-allowed-enterprise was received. This header must be overwritten by the firewall or proxy, to ensure that only a single enterprise is granted access. If this issue persists, contact your network administrator.';

export const BAD_CREDENTIALS = 'Bad credentials';

export const MISDIRECTED = 'Misdirected Request';

export const GIT_CREDENTIALS_WANTED = 'Authentication required';

/** To a browser; several enterprises are joined with ", ". */
export function webMessage(enterprises: readonly Enterprise[]): string {
  return `${blockedExcept(enterprises)} Please sign in with your ${underscored(enterprises)} account to access GitHub.`;
}

/** To git and to API clients whose token belongs to a user outside. */
export function apiMessage(enterprises: readonly Enterprise[]): string {
  return `${blockedExcept(enterprises)} Please use a token for a user from the ${underscored(enterprises)} enterprise to access GitHub.`;
}

/** To an installation token that would write outside. */
export function installationMessage(enterprises: readonly Enterprise[]): string {
  const shortcodes = enterprises.map((one) => one.shortcode).join(', ');
  return `${blockedExcept(enterprises)} Only tokens for the "${shortcodes}" enterprise can access GitHub.`;
}

function blockedExcept(enterprises: readonly Enterprise[]): string {
  const slugs = enterprises.map((one) => one.slug).join(', ');
  return `Your network administrator has blocked access to GitHub except for the ${slugs} Enterprise.`;
}

function underscored(enterprises: readonly Enterprise[]): string {
  return enterprises.map((one) => `_${one.shortcode}`).join(', ');
}
