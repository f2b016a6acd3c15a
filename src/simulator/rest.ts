// The REST API on api.github.com: accounts, repositories, issues, apps. Must not know the restriction header.
import { singleHeader } from '../core/base/header-lines.ts';
import type { Caller } from '../core/contract/caller.ts';
import { enterpriseOf, findUser } from '../core/contract/standing.ts';
import type { Repository } from '../core/contract/world.ts';
import { apiError, json } from './answers.ts';
import { APP_ROUTES } from './app-routes.ts';
import type { Call, HandlerRoute } from './call.ts';
import type { Answer } from './exchange.ts';
import { readJsonObject } from './fields.ts';
import { answerMeta } from './meta.ts';
import { type Access, accessTo, nameOf, ownerOf } from './permissions.ts';
import { issueJson, organizationJson, repositoryJson, userJson } from './rest-json.ts';
import { route } from './routes.ts';

export const REST_ROUTES: readonly HandlerRoute[] = [
  ...APP_ROUTES,
  route('GET /', () => json(200, ROOT)),
  route('GET /user', (call) => {
    const login = loginOf(call.verdict.caller);
    const user = login === null ? null : findUser(call.services.live.world, login);
    return user === null ? notForThisCaller(call) : json(200, userJson(user));
  }),
  route('GET /user/orgs', (call) => {
    const { live } = call.services;
    const login = loginOf(call.verdict.caller);
    if (login === null) return notForThisCaller(call);
    const enterprise = enterpriseOf(live.world, login);
    const own = live.world.organizations.filter(
      (one) => enterprise !== null && one.enterprise === enterprise,
    );
    return json(200, own.map(organizationJson));
  }),
  route('GET /users/:login', ({ services, values }) => {
    const user = findUser(services.live.world, values['login'] ?? '');
    return user === null ? apiError(404, 'Not Found') : json(200, userJson(user));
  }),
  route('GET /orgs/:login', ({ services, values }) => {
    const wanted = values['login']?.toLowerCase();
    const found = services.live.world.organizations.find((one) => one.login.toLowerCase() === wanted);
    return found === undefined ? apiError(404, 'Not Found') : json(200, organizationJson(found));
  }),
  route('GET /meta', ({ exchange }) => answerMeta(singleHeader(exchange.head.headers, 'if-none-match'))),
  route('GET /rate_limit', () =>
    json(200, { resources: { core: RATE, graphql: RATE, search: RATE }, rate: RATE }),
  ),
  route('GET /repos/:owner/:name', (call) =>
    withRepository(call, 'read', (repository, access) =>
      json(200, repositoryJson(call.services.live, repository, access)),
    ),
  ),
  route('PATCH /repos/:owner/:name', (call) =>
    withRepository(call, 'write', (repository, access) => {
      const { description } = readJsonObject(call.body);
      if (typeof description === 'string') call.services.live.describe(repository, description);
      return json(200, repositoryJson(call.services.live, repository, access));
    }),
  ),
  route('GET /repos/:owner/:name/readme', (call) =>
    withRepository(call, 'read', (repository) => {
      const content = Buffer.from(`# ${repository.name}\n\nServed by the simulated GitHub.\n`).toString(
        'base64',
      );
      return json(200, { type: 'file', encoding: 'base64', name: 'README.md', path: 'README.md', content });
    }),
  ),
  route('GET /repos/:owner/:name/issues', (call) =>
    withRepository(call, 'read', (repository) =>
      json(
        200,
        call.services.live
          .issues(repository)
          .toReversed()
          .map((issue) => issueJson(repository, issue)),
      ),
    ),
  ),
  route('GET /repos/:owner/:name/issues/:number', (call) =>
    withRepository(call, 'read', (repository) => {
      const issue = call.services.live
        .issues(repository)
        .find((one) => String(one.number) === call.values['number']);
      return issue === undefined ? apiError(404, 'Not Found') : json(200, issueJson(repository, issue));
    }),
  ),
  route('POST /repos/:owner/:name/issues', (call) =>
    withRepository(call, 'write', (repository) => {
      const { title, body } = readJsonObject(call.body);
      if (typeof title !== 'string' || title === '') return apiError(422, 'Validation Failed');
      const { live } = call.services;
      const createdMs = call.exchange.head.atMs;
      const author = authorName(call.verdict.caller);
      const issue = live.addIssue(repository, {
        title,
        body: typeof body === 'string' ? body : '',
        author,
        createdMs,
      });
      return json(201, issueJson(repository, issue));
    }),
  ),
];

/** What GitHub adds to answers of its API; classic and OAuth tokens are told their scopes, which `gh` asks for. */
export function apiHeaders(caller: Caller): string[] {
  const scoped = caller.kind === 'user' && (caller.token === 'ghp' || caller.token === 'gho');
  return [
    'x-github-media-type',
    'github.v3; format=json',
    'x-ratelimit-limit',
    String(RATE.limit),
    'x-ratelimit-remaining',
    String(RATE.remaining),
    'x-ratelimit-reset',
    String(RATE.reset),
    ...(scoped
      ? ['x-oauth-scopes', 'admin:enterprise, gist, read:org, repo, workflow', 'x-accepted-oauth-scopes', '']
      : []),
  ];
}

/** The name that what a caller writes is signed with. */
export function authorName(caller: Caller): string {
  if (caller.kind === 'user' || caller.kind === 'session') return caller.login;
  return caller.kind === 'installation' || caller.kind === 'app' ? `${caller.app}[bot]` : 'ghost';
}

const RATE = { limit: 5000, used: 0, remaining: 5000, reset: 4_102_444_800 } as const;

const ROOT = {
  current_user_url: 'https://api.github.com/user',
  rate_limit_url: 'https://api.github.com/rate_limit',
  repository_url: 'https://api.github.com/repos/{owner}/{repo}',
  user_url: 'https://api.github.com/users/{user}',
};

function loginOf(caller: Caller): string | null {
  return caller.kind === 'user' || caller.kind === 'session' ? caller.login : null;
}

function notForThisCaller({ verdict }: Call): Answer {
  return verdict.caller.kind === 'anonymous'
    ? apiError(401, 'Requires authentication')
    : apiError(403, 'Resource not accessible by integration');
}

function withRepository(
  { services, verdict, values }: Call,
  needed: Access,
  answer: (repository: Repository, access: Access) => Answer,
): Answer {
  const repository = services.live.repository(`${values['owner']}/${values['name']}`);
  if (repository === null) return apiError(404, 'Not Found');
  const access = accessTo(services.live.world, verdict.caller, repository);
  if (access === 'none') return apiError(404, 'Not Found');
  if (needed === 'read' || access === 'write') return answer(repository, access);
  if (verdict.caller.kind === 'anonymous') return apiError(401, 'Requires authentication');
  return verdict.caller.kind === 'installation'
    ? apiError(403, 'Resource not accessible by integration')
    : apiError(403, `Must have admin rights to ${ownerOf(repository)}/${nameOf(repository)}.`);
}
