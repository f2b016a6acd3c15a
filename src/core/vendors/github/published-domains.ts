// The domain names that GitHub publishes in the body of `GET /meta`, by category.
// Source: GitHub Docs, "REST API endpoints for meta data", schema `api-overview`. The body is an outsider's: nothing
// in it is believed to have the documented shape. Must not know policies.
import { err, ok, type Result } from '../../base/result.ts';

/** Where GitHub publishes them. */
export const META_URL = 'https://api.github.com/meta';

/** What a request for the list says of itself. GitHub wants to know who asks (GitHub Docs, "User agent required"). */
export const META_REQUEST_HEADERS: readonly string[] = [
  'accept',
  'application/vnd.github+json',
  'x-github-api-version',
  '2022-11-28',
  'accept-encoding',
  'identity',
];

/** The longest body that is read. GitHub's has about 300 KB, most of it addresses. */
export const META_MOST_BYTES = 4_194_304;

/** The domains under which every name is GitHub's. */
export const GITHUB_DOMAINS: readonly string[] = [
  'github.com',
  'githubcopilot.com',
  'githubusercontent.com',
  'githubassets.com',
  'githubapp.com',
  'github.dev',
  'github.io',
  'ghcr.io',
];

/** Domains under which anybody can rent a name; a wildcard at or above one lets in far more than GitHub. */
export const RENTED_DOMAINS: readonly string[] = [
  'amazonaws.com',
  'azureedge.net',
  'azurefd.net',
  'azurewebsites.net',
  'blob.core.windows.net',
  'cloudapp.azure.com',
  'cloudfront.net',
  'devtunnels.ms',
  'github.dev',
  'github.io',
  'msecnd.net',
  'trafficmanager.net',
  'tunnels.api.visualstudio.com',
];

/** A name as it was published; not yet known to be one. */
export interface PublishedName {
  readonly category: string;
  readonly text: string;
}

/** Something in the list that is no text, or too long to be a name. */
export interface UnreadableName extends PublishedName {
  readonly problem: string;
}

export interface PublishedDomains {
  readonly categories: readonly string[];
  readonly names: readonly PublishedName[];
  readonly unreadable: readonly UnreadableName[];
}

/** Reads a body of `/meta`; the error is the end of a sentence. */
export function parsePublishedDomains(body: string): Result<PublishedDomains, string> {
  const read = readJson(body);
  if (!isObject(read)) return err('it is no JSON object');
  const domains = read['domains'];
  if (!isObject(domains))
    return err('it has no "domains"; GitHub Enterprise Server, for one, publishes none');
  const found: Found = { names: [], unreadable: [] };
  const categories = Object.keys(domains).filter((name) => CATEGORY.test(name));
  if (categories.length > MOST_CATEGORIES) return err(`it has more than ${MOST_CATEGORIES} categories`);
  for (const [name, value] of Object.entries(domains)) {
    if (CATEGORY.test(name)) readCategory(found, name, value);
    else unreadable(found, { category: 'domains', text: name }, 'this is no name of a category');
    if (found.names.length + found.unreadable.length > MOST_NAMES)
      return err(`it has more than ${MOST_NAMES} names`);
  }
  return found.names.length === 0 ? err('it names no domain') : ok({ categories, ...found });
}

interface Found {
  readonly names: PublishedName[];
  readonly unreadable: UnreadableName[];
}

const CATEGORY = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const MOST_CATEGORIES = 100;
const MOST_NAMES = 2_000;
const LONGEST_NAME = 253;

/** A list, or an object of lists: `actions_inbound` has `full_domains` and `wildcard_domains`, others have texts beside. */
function readCategory(found: Found, category: string, value: unknown): void {
  if (isObject(value)) {
    for (const inner of Object.values(value)) if (Array.isArray(inner)) readList(found, category, inner);
    return;
  }
  if (Array.isArray(value)) readList(found, category, value);
  else unreadable(found, { category, text: kindOf(value) }, 'a category is a list of names');
}

function readList(found: Found, category: string, list: readonly unknown[]): void {
  for (const item of list) {
    if (found.names.length + found.unreadable.length > MOST_NAMES) return;
    if (typeof item !== 'string') unreadable(found, { category, text: kindOf(item) }, 'a name is a text');
    else if (item.length > LONGEST_NAME)
      unreadable(found, { category, text: item }, `a name has at most ${LONGEST_NAME} characters`);
    else found.names.push({ category, text: item });
  }
}

function unreadable(found: Found, { category, text }: PublishedName, problem: string): void {
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  found.unreadable.push({ category, text: shown, problem });
}

const SHOWN_CHARACTERS = 80;

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
