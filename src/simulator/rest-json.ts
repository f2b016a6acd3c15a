// Accounts, repositories and issues as the REST API writes them. Must not know who reads them.
import { createHash } from 'node:crypto';
import type { Organization, Repository, User } from '../core/contract/world.ts';
import type { Issue, LiveWorld } from './live-world.ts';
import { type Access, nameOf, ownerOf } from './permissions.ts';

type Json = Readonly<Record<string, unknown>>;

/** A stable number for a name, as GitHub's `id` is. */
export function idOf(name: string): number {
  return createHash('sha256').update(name.toLowerCase()).digest().readUInt32BE(0);
}

/** GitHub's GraphQL node ID for a thing; `named` reads it back. */
export function nodeId(kind: 'U' | 'O' | 'R' | 'I', name: string): string {
  return `${kind}_${Buffer.from(name).toString('base64url')}`;
}

/** The name inside a node ID; null when it is none. */
export function named(id: string): string | null {
  const match = /^[UORI]_([A-Za-z0-9_-]+)$/.exec(id);
  return match?.[1] === undefined ? null : Buffer.from(match[1], 'base64url').toString();
}

export function userJson(user: User): Json {
  return {
    login: user.login,
    id: idOf(user.login),
    node_id: nodeId('U', user.login),
    avatar_url: `https://avatars.githubusercontent.com/u/${idOf(user.login)}?v=4`,
    url: `https://api.github.com/users/${user.login}`,
    html_url: `https://github.com/${user.login}`,
    type: 'User',
    site_admin: false,
    name: user.login,
    email: null,
  };
}

export function organizationJson(organization: Organization): Json {
  const { login } = organization;
  return {
    login,
    id: idOf(login),
    node_id: nodeId('O', login),
    url: `https://api.github.com/orgs/${login}`,
    html_url: `https://github.com/${login}`,
    type: 'Organization',
  };
}

export function repositoryJson(live: LiveWorld, repository: Repository, access: Access): Json {
  const owner = ownerOf(repository);
  const { name } = repository;
  return {
    id: idOf(name),
    node_id: nodeId('R', name),
    name: nameOf(repository),
    full_name: name,
    owner: { login: owner, id: idOf(owner), html_url: `https://github.com/${owner}` },
    private: repository.visibility !== 'public',
    visibility: repository.visibility,
    description: live.description(repository),
    fork: false,
    html_url: `https://github.com/${name}`,
    url: `https://api.github.com/repos/${name}`,
    clone_url: `https://github.com/${name}.git`,
    default_branch: 'main',
    has_issues: true,
    open_issues_count: live.issues(repository).length,
    permissions: { admin: access === 'write', push: access === 'write', pull: true },
  };
}

export function issueJson(repository: Repository, issue: Issue): Json {
  const { number, title, body, author, createdMs } = issue;
  return {
    id: idOf(`${repository.name}#${number}`),
    node_id: nodeId('I', `${repository.name}#${number}`),
    number,
    title,
    body,
    state: 'open',
    user: { login: author },
    html_url: `https://github.com/${repository.name}/issues/${number}`,
    url: `https://api.github.com/repos/${repository.name}/issues/${number}`,
    created_at: new Date(createdMs).toISOString(),
  };
}
