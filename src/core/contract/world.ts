// The world that GitHub's side judges in: enterprises, accounts, repositories and tokens, as a document says them.
// Must not know what changes while it runs (standing.ts), HTTP, or our own policy.
import { z } from 'zod';
import { type Fault, type Located, readDocument } from '../base/document.ts';
import { err, ok, type Result } from '../base/result.ts';
import { worldFaults } from './_world-faults.ts';

/** GitHub's side as it stands at the start. Logins, slugs and repository names compare case-insensitively. */
export interface World {
  /** `allow`: 1 to 20 enterprises in one header line. `reject`: exactly one. */
  readonly multipleEnterprises: 'allow' | 'reject';
  readonly enterprises: readonly Enterprise[];
  readonly organizations: readonly Organization[];
  readonly users: readonly User[];
  readonly repositories: readonly Repository[];
  readonly tokens: readonly TokenEntry[];
  readonly installations: readonly Installation[];
}

export interface Enterprise {
  /** Decimal digits; the header names an enterprise by this or by its slug. */
  readonly id: string;
  readonly slug: string;
  /** What its managed users' names end in, after an underscore. */
  readonly shortcode: string;
  /** `disabled`: the feature was never switched on, so the header cannot name this enterprise. */
  readonly restrictions: 'enabled' | 'disabled';
  /** True when the enterprise displays IP addresses in its audit log. */
  readonly showActorIp: boolean;
}

export interface Organization {
  readonly login: string;
  /** The slug of the enterprise that owns it, or null. */
  readonly enterprise: string | null;
}

export type CopilotPlan = 'individual' | 'business' | 'enterprise';

export interface User {
  readonly login: string;
  /** The slug of the enterprise that manages the account; null for a personal account. */
  readonly enterprise: string | null;
  readonly password: string;
  readonly copilot: CopilotPlan | null;
}

export interface Repository {
  /** `OWNER/NAME`. */
  readonly name: string;
  readonly visibility: 'public' | 'internal' | 'private';
}

export interface TokenEntry {
  readonly token: string;
  /** The login of the user it acts for. */
  readonly user: string;
}

export interface Installation {
  readonly id: number;
  /** The app's slug; its key is written to `simulator/APP.pem`. */
  readonly app: string;
  /** The organization or user account that the app is installed on. */
  readonly organization: string;
  readonly token: string;
}

/**
 * Reads a world document (YAML 1.2). Every fault has its line and column; a world with one fault is no world.
 * What may be left out: `multipleEnterprises` (allow), every list (empty), `enterprise` and `copilot` (none), `showActorIp` (false).
 */
export function parseWorld(source: {
  readonly text: string;
  readonly file: string;
}): Result<World, readonly Fault[]> {
  const read: Result<Located<World>, readonly Fault[]> = readDocument(source, worldSchema());
  if (!read.ok) return read;
  const { value, at } = read.value;
  const faults = worldFaults(value).map(({ path, ...fault }) => ({
    file: source.file,
    ...at(path),
    ...fault,
  }));
  return faults.length > 0 ? err(faults) : ok(value);
}

/** The document's shape, for readers and for a JSON Schema. */
export function worldSchema(): z.ZodType<World> {
  return z.strictObject({
    multipleEnterprises: z.enum(['allow', 'reject']).default('allow'),
    enterprises: z.array(enterpriseSchema()).default([]),
    organizations: z.array(z.strictObject({ login: loginText(), enterprise: slugOrNone() })).default([]),
    users: z.array(userSchema()).default([]),
    repositories: z.array(repositorySchema()).default([]),
    tokens: z.array(z.strictObject({ token: userTokenText(), user: loginText() })).default([]),
    installations: z.array(installationSchema()).default([]),
  });
}

const SLUG = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,58}[A-Za-z0-9])?$/;
const LOGIN = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,58}[A-Za-z0-9])?$/;
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9_-]*\/(?!\.\.?$)[A-Za-z0-9._-]{1,100}(?<!\.git)$/;
const USER_TOKEN = /^(?:ghp_|github_pat_|gho_|ghu_|ghr_)[A-Za-z0-9_]{16,}$/;
const INSTALLATION_TOKEN = /^ghs_[A-Za-z0-9._]{36,}$/;

function enterpriseSchema(): z.ZodType<Enterprise> {
  return z.strictObject({
    id: text(/^[1-9][0-9]*$/, 'an enterprise ID is decimal digits', '"12345"'),
    slug: slugText(),
    shortcode: text(/^[A-Za-z0-9]{1,8}$/, 'a shortcode is 1 to 8 letters and digits', 'octo'),
    restrictions: z.enum(['enabled', 'disabled']).default('enabled'),
    showActorIp: z.boolean().default(false),
  });
}

function userSchema(): z.ZodType<User> {
  return z.strictObject({
    login: loginText(),
    enterprise: slugOrNone(),
    password: text(/./, 'a password is not empty', 'octo-secret'),
    copilot: z.enum(['individual', 'business', 'enterprise']).nullable().default(null),
  });
}

function repositorySchema(): z.ZodType<Repository> {
  return z.strictObject({
    name: text(REPOSITORY, 'a repository is OWNER/NAME, without .git', 'octo-org/app'),
    visibility: z.enum(['public', 'internal', 'private']),
  });
}

function installationSchema(): z.ZodType<Installation> {
  return z.strictObject({
    id: z.int().positive(),
    app: text(/^[a-z0-9][a-z0-9-]{0,33}$/, 'an app is lower-case letters, digits and hyphens', 'octo-bot'),
    organization: loginText(),
    token: text(
      INSTALLATION_TOKEN,
      'an installation token is ghs_ and 36 or more of A-Z, a-z, 0-9, dot and underscore',
      'ghs_OctoBotInstall0000000000000000000000',
    ),
  });
}

function slugText(): z.ZodType<string> {
  return text(SLUG, 'a slug is letters, digits and hyphens', 'octo-corp');
}

function slugOrNone(): z.ZodType<string | null> {
  return slugText().nullable().default(null);
}

function loginText(): z.ZodType<string> {
  return text(LOGIN, 'a login is letters, digits, hyphens and underscores', 'mona_octo');
}

function userTokenText(): z.ZodType<string> {
  return text(
    USER_TOKEN,
    'a user token is ghp_, github_pat_, gho_, ghu_ or ghr_ and 16 or more letters, digits and underscores',
    'ghp_MonaOctoClassic000000000000000000000',
  );
}

function text(pattern: RegExp, problem: string, example: string): z.ZodType<string> {
  return z
    .string()
    .refine((value) => pattern.test(value), { error: problem, params: { mend: `for example ${example}` } });
}
