// The GraphQL API: enough of GitHub's schema for `gh`, and two mutations. Must not know the restriction header.
import { err, type Result } from '../core/base/result.ts';
import type { Caller } from '../core/contract/caller.ts';
import type { BodyFacts } from '../core/contract/request.ts';
import { findUser } from '../core/contract/standing.ts';
import type { Repository, User } from '../core/contract/world.ts';
import {
  type Asked,
  Fault,
  type Field,
  readGraphql,
  rootArguments,
  runGraphql,
  type Source,
} from './_graphql-run.ts';
import { githubSchema } from './_graphql-schema.ts';
import { apiError, json } from './answers.ts';
import type { Call } from './call.ts';
import type { Answer } from './exchange.ts';
import { isRecord, readJsonObject } from './fields.ts';
import type { Issue, LiveWorld } from './live-world.ts';
import { type Access, accessTo, nameOf, ownerOf } from './permissions.ts';
import { authorName } from './rest.ts';
import { idOf, named, nodeId } from './rest-json.ts';

const SCHEMA = githubSchema();

/** Whether the body is a mutation, and whose things it would change: the owners of every node that its input names. */
export function graphqlFacts(body: Uint8Array): BodyFacts {
  const asked = read(body);
  if (!asked.ok) return { kind: 'graphql', mutation: false, owners: [] };
  const owners = rootArguments(asked.value).flatMap(ownersIn);
  const mutation = asked.value.operation.operation === 'mutation';
  return { kind: 'graphql', mutation, owners: [...new Set(owners)] };
}

export function answerGraphql(call: Call): Answer {
  const { exchange, services, verdict } = call;
  if (exchange.head.method !== 'POST') return apiError(404, 'Not Found');
  if (verdict.caller.kind === 'anonymous')
    return apiError(401, 'This endpoint requires you to be authenticated.');
  const asked = read(call.body);
  if (!asked.ok) return json(200, { errors: [{ message: asked.error }] });
  const scene: Scene = { live: services.live, caller: verdict.caller, atMs: exchange.head.atMs };
  const isMutation = asked.value.operation.operation === 'mutation';
  return json(200, runGraphql(SCHEMA, asked.value, isMutation ? mutations(scene) : queries(scene)));
}

interface Scene {
  readonly live: LiveWorld;
  readonly caller: Caller;
  readonly atMs: number;
}

function read(body: Uint8Array): Result<Asked, string> {
  const { query, variables, operationName } = readJsonObject(body);
  if (typeof query !== 'string') return err('A query attribute must be specified and must be a string.');
  return readGraphql(SCHEMA, query, {
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : null,
    variables: isRecord(variables) ? variables : {},
  });
}

/** Accounts behind every node ID and every `OWNER/NAME` in the arguments, however deep. */
function ownersIn(value: unknown): string[] {
  if (typeof value === 'string') {
    const name = named(value) ?? (/^[\w-]+\/[\w.-]+$/.test(value) ? value : null);
    return name === null ? [] : [name.split('/')[0] ?? name];
  }
  if (Array.isArray(value)) return value.flatMap(ownersIn);
  return isRecord(value) ? Object.values(value).flatMap(ownersIn) : [];
}

function queries(scene: Scene): Source {
  const { live, caller } = scene;
  return {
    __typename: 'Query',
    viewer: () => {
      const user = caller.kind === 'user' ? findUser(live.world, caller.login) : null;
      return user === null ? botSource(caller) : userSource(user);
    },
    repository: ({ owner, name }) => repositoryField(scene, `${owner}/${name}`),
    user: ({ login }) => {
      const user = findUser(live.world, String(login));
      return user === null
        ? new Fault('NOT_FOUND', `Could not resolve to a User with the login of '${login}'.`)
        : userSource(user);
    },
    organization: ({ login }) => organizationSource(live, String(login)),
    repositoryOwner: ({ login }) => {
      const user = findUser(live.world, String(login));
      return user === null ? organizationSource(live, String(login)) : userSource(user);
    },
    node: ({ id }) => repositoryField(scene, named(String(id)) ?? ''),
    rateLimit: { limit: 5000, cost: 1, remaining: 4999, resetAt: '2100-01-01T00:00:00Z' },
  };
}

function mutations(scene: Scene): Source {
  const { live, caller, atMs } = scene;
  return {
    __typename: 'Mutation',
    createIssue: ({ input }) =>
      writing(scene, input, (repository, fields) => {
        const title = String(fields['title'] ?? '');
        const body = String(fields['body'] ?? '');
        const issue = live.addIssue(repository, { title, body, author: authorName(caller), createdMs: atMs });
        return { clientMutationId: null, issue: issueSource(repository, issue) };
      }),
    updateRepository: ({ input }) =>
      writing(scene, input, (repository, fields) => {
        if (typeof fields['description'] === 'string') live.describe(repository, fields['description']);
        return { clientMutationId: null, repository: repositorySource(scene, repository, 'write') };
      }),
  };
}

function writing(
  { live, caller }: Scene,
  input: unknown,
  act: (repository: Repository, fields: Readonly<Record<string, unknown>>) => Field,
): Field {
  const fields = isRecord(input) ? input : {};
  const id = String(fields['repositoryId'] ?? '');
  const repository = live.repository(named(id) ?? '');
  const access = repository === null ? 'none' : accessTo(live.world, caller, repository);
  if (repository === null || access === 'none') {
    return new Fault('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
  }
  return access === 'write'
    ? act(repository, fields)
    : new Fault('FORBIDDEN', 'Resource not accessible by this token');
}

function repositoryField(scene: Scene, name: string): Field {
  const repository = scene.live.repository(name);
  const access = repository === null ? 'none' : accessTo(scene.live.world, scene.caller, repository);
  if (repository === null || access === 'none') {
    return new Fault('NOT_FOUND', `Could not resolve to a Repository with the name '${name}'.`);
  }
  return repositorySource(scene, repository, access);
}

function repositorySource({ live }: Scene, repository: Repository, access: Access): Source {
  const owner = ownerOf(repository);
  const { name, visibility } = repository;
  const user = findUser(live.world, owner);
  const issues = live.issues(repository);
  return {
    __typename: 'Repository',
    id: nodeId('R', name),
    databaseId: idOf(name),
    name: nameOf(repository),
    nameWithOwner: name,
    owner: user === null ? organizationSource(live, owner) : userSource(user),
    description: live.description(repository),
    url: `https://github.com/${name}`,
    sshUrl: `git@github.com:${name}.git`,
    visibility: visibility.toUpperCase(),
    isPrivate: visibility !== 'public',
    isEmpty: false,
    isFork: false,
    isArchived: false,
    isTemplate: false,
    parent: null,
    hasIssuesEnabled: true,
    hasWikiEnabled: false,
    viewerPermission: access === 'write' ? 'WRITE' : 'READ',
    viewerCanAdminister: false,
    defaultBranchRef: { name: 'main' },
    mergeCommitAllowed: true,
    rebaseMergeAllowed: true,
    squashMergeAllowed: true,
    issues: {
      totalCount: issues.length,
      nodes: issues.map((issue) => issueSource(repository, issue)),
      pageInfo: NO_MORE,
    },
    issue: ({ number }) => numberedIssue(repository, issues, number),
    issueOrPullRequest: ({ number }) => numberedIssue(repository, issues, number),
    issueTemplates: [],
    pullRequests: { totalCount: 0, nodes: [], pageInfo: NO_MORE },
  };
}

function numberedIssue(repository: Repository, issues: readonly Issue[], number: unknown): Field {
  const found = issues.find((issue) => issue.number === Number(number));
  return found === undefined
    ? new Fault('NOT_FOUND', `Could not resolve to an issue or pull request with the number of ${number}.`)
    : issueSource(repository, found);
}

const NO_MORE: Source = { hasNextPage: false, endCursor: null };

function issueSource({ name }: Repository, { number, title, body, author, createdMs }: Issue): Source {
  return {
    __typename: 'Issue',
    id: nodeId('I', `${name}#${number}`),
    number,
    title,
    body,
    state: 'OPEN',
    url: `https://github.com/${name}/issues/${number}`,
    author: actorSource(author),
    createdAt: new Date(createdMs).toISOString(),
    updatedAt: new Date(createdMs).toISOString(),
    labels: { totalCount: 0, nodes: [] },
    comments: { totalCount: 0, nodes: [] },
  };
}

function userSource({ login }: User): Source {
  return {
    __typename: 'User',
    id: nodeId('U', login),
    databaseId: idOf(login),
    login,
    name: login,
    url: `https://github.com/${login}`,
  };
}

function organizationSource(live: LiveWorld, login: string): Field {
  const found = live.world.organizations.find((one) => one.login.toLowerCase() === login.toLowerCase());
  if (found === undefined)
    return new Fault('NOT_FOUND', `Could not resolve to an Organization with the login of '${login}'.`);
  return {
    __typename: 'Organization',
    id: nodeId('O', found.login),
    databaseId: idOf(found.login),
    login: found.login,
    name: found.login,
  };
}

/** Apps are told from users by their name. */
function actorSource(login: string): Source {
  const type = login.endsWith('[bot]') ? 'Bot' : 'User';
  return { __typename: type, id: nodeId('U', login), login, name: login };
}

function botSource(caller: Caller): Source {
  const login = authorName(caller);
  return { __typename: 'Bot', id: nodeId('U', login), login };
}
