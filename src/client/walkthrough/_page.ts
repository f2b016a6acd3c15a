// What GitHub's page promises, word for word. Source: GitHub Docs, "Restricting access to GitHub.com using a corporate
// proxy". Must not import anything: what is seen is compared with these words and with no code of ours.

/** Whom the page's placeholders stand for. */
export interface Named {
  /** The enterprise's slug, for ENTERPRISE. */
  readonly enterprise: string;
  /** For SHORTCODE; without the underscore. */
  readonly shortcode: string;
}

/** Section "Errors displayed to blocked users", scenario "Web activity". */
export function webMessage(named: Named): string {
  return filled(
    'Your network administrator has blocked access to GitHub except for the ENTERPRISE Enterprise. Please sign in with your _SHORTCODE account to access GitHub.',
    named,
  );
}

/** Scenario "API activity". */
export function apiMessage(named: Named): string {
  return filled(
    'Your network administrator has blocked access to GitHub except for the ENTERPRISE Enterprise. Please use a token for a user from the _SHORTCODE enterprise to access GitHub.',
    named,
  );
}

/** Scenario "Installation token". */
export function installationMessage(named: Named): string {
  return filled(
    'Your network administrator has blocked access to GitHub except for the ENTERPRISE Enterprise. Only tokens for the "SHORTCODE" enterprise can access GitHub.',
    named,
  );
}

/** Section "Troubleshooting"; the second has no full stop on the page. */
export const CONFIGURATION_ERRORS = {
  unknown:
    'The enterprise named in the sec-GitHub-allowed-enterprise header cannot be found. Ensure that the "enterprise slug" is entered correctly in the firewall or proxy settings. Contact your network administrator if this error persists.',
  many: 'Only one enterprise can be used with the sec-GitHub-allowed-enterprise header. Ensure that only a single enterprise and header is provided. If this issue persists, contact your network administrator',
  headers:
    'More than one sec-GitHub-allowed-enterprise was received. This header must be overwritten by the firewall or proxy, to ensure that only a single enterprise is granted access. If this issue persists, contact your network administrator.',
} as const;

/** How each of the page's messages begins, so that one is found in a page of HTML. */
export const MESSAGE_BEGINNINGS: readonly string[] = [
  'Your network administrator has blocked access to GitHub',
  'The enterprise named in the sec-GitHub-allowed-enterprise header',
  'Only one enterprise can be used with',
  'More than one sec-GitHub-allowed-enterprise',
];

/** The sentences that the scenes play; of the tables, the scenario and its outcome. */
export const SENTENCES = {
  signIn: 'Can sign in to a managed user account in your enterprise.',
  noSignIn: 'Cannot sign in to an account outside your enterprise.',
  noSwitch: 'Cannot use the account switcher to switch to an account outside your enterprise.',
  stale:
    'If a user is already signed in to an account outside your enterprise (for example, they signed in while outside your network), when the user brings their device into your network, they will receive an error and be unable to access GitHub.com until they sign in with their enterprise-owned account.',
  git: 'Users on your network will be blocked from authenticating to GitHub.com over HTTP(S), unless they are a member of your enterprise.',
  publicReads: 'Public read requests are not blocked for unauthenticated anonymous users.',
  patInside:
    'A user uses a personal access token associated with an account owned by your enterprise. → The personal access token works as expected in API requests.',
  patOutside:
    'While connected to your network, a user tries to use a personal access token associated with a user outside your enterprise. → Requests using the token are blocked.',
  oauth:
    'While outside your network, using an account outside your enterprise, a user signs in to an OAuth app that runs on their device. The user then brings their device inside your network. → OAuth tokens from the app stop working.',
  app: 'While outside your network, using an account outside your enterprise, a user signs in to a GitHub App that runs on their device. The user then brings their device inside your network. → Tokens from the app stop working.',
  refresh:
    'While connected to your network, an application attempts to refresh a session for a user outside your enterprise using a GitHub App refresh token. → The refresh fails.',
  mint: "While connected to your network, an application attempts to get an installation token (a token without a user identity, just the app's identity) for an organization outside your enterprise. → The token will not work.",
  installation:
    'For installations, only write requests are blocked. Read requests are not blocked to resources outside of the enterprise.',
  copilot:
    'This will prevent people on your network from accessing these endpoints with user accounts that are not owned by your enterprise.',
  /** Of the page "Configuring your proxy server or firewall for Copilot", footnote to `*.individual.githubcopilot.com`. */
  plan: 'Do not add this URL to your allowlist if you are using subscription-based network routing.',
  lift: "Device grouping: If your proxy or firewall is authenticated, you can collect a group of users who don't need the header, and selectively exclude them from injection.",
  block: 'To restrict access, block the endpoint entirely.',
  overwrite:
    'This header must be overwritten by the firewall or proxy, to ensure that only a single enterprise is granted access.',
  unknown: 'The header uses an invalid slug or enterprise ID.',
  many: 'The header lists more than one enterprise.',
  headers: 'The request contains multiple sec-GitHub-allowed-enterprise headers.',
} as const;

function filled(text: string, { enterprise, shortcode }: Named): string {
  return text.replace('ENTERPRISE', () => enterprise).replace('SHORTCODE', () => shortcode);
}
