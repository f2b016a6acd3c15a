// GitHub's own words, copied from the page "Restricting access to GitHub.com using a corporate proxy", for the default world.
// Must not import anything: these literals are what the code is held against.

export const WEB_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please sign in with your _octo account to access GitHub.';

export const API_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Please use a token for a user from the _octo enterprise to access GitHub.';

export const INSTALLATION_OCTO =
  'Your network administrator has blocked access to GitHub except for the octo-corp Enterprise. Only tokens for the "octo" enterprise can access GitHub.';

export const API_BOTH =
  'Your network administrator has blocked access to GitHub except for the octo-corp, hexa-corp Enterprise. Please use a token for a user from the _octo, _hexa enterprise to access GitHub.';

export const WEB_BOTH =
  'Your network administrator has blocked access to GitHub except for the octo-corp, hexa-corp Enterprise. Please sign in with your _octo, _hexa account to access GitHub.';

export const UNKNOWN =
  'The enterprise named in the sec-GitHub-allowed-enterprise header cannot be found. Ensure that the "enterprise slug" is entered correctly in the firewall or proxy settings. Contact your network administrator if this error persists.';

export const MANY =
  'Only one enterprise can be used with the sec-GitHub-allowed-enterprise header. Ensure that only a single enterprise and header is provided. If this issue persists, contact your network administrator';

export const HEADERS =
  'More than one sec-GitHub-allowed-enterprise was received. This header must be overwritten by the firewall or proxy, to ensure that only a single enterprise is granted access. If this issue persists, contact your network administrator.';
