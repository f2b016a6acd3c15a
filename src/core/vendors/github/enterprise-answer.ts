// GitHub's answers to the restriction, recognised by their fixed words. Source: SOURCES.restriction, "Errors displayed
// to blocked users" and "Troubleshooting". Must not know who asked.

/**
 * What the restriction made GitHub answer: `refused` is one of the three 403s, `header-wrong` one of the three 400s.
 * `bodyText` is the beginning of the body, decoded; HTML, JSON and plain text alike.
 */
export function enterpriseAnswer(status: number, bodyText: string): 'refused' | 'header-wrong' | null {
  if (status === 403) return REFUSED.test(bodyText) ? 'refused' : null;
  if (status === 400) return HEADER_WRONG.some((words) => words.test(bodyText)) ? 'header-wrong' : null;
  return null;
}

const REFUSED = /Your network administrator has blocked access to GitHub except for the /i;
const HEADER_WRONG: readonly RegExp[] = [
  /The enterprise named in the sec-GitHub-allowed-enterprise header cannot be found/i,
  /Only one enterprise can be used with the sec-GitHub-allowed-enterprise header/i,
  /More than one sec-GitHub-allowed-enterprise was received/i,
];
