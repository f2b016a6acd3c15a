// Who may read and write what, leaving the restriction header aside. Must not know HTTP.
import type { Caller } from '../core/contract/caller.ts';
import { enterpriseOf, findUser, same } from '../core/contract/standing.ts';
import type { Repository, World } from '../core/contract/world.ts';

/** `none` looks like a repository that does not exist. */
export type Access = 'none' | 'read' | 'write';

/**
 * The owner and the members of its enterprise may write, and so may an installation on the owner.
 * An organization without an enterprise stands for open source: every user may write to its public repositories.
 */
export function accessTo(world: World, caller: Caller, repository: Repository): Access {
  const owner = ownerOf(repository);
  const open: Access = repository.visibility === 'public' ? 'read' : 'none';
  if (caller.kind === 'installation') return same(caller.organization, owner) ? 'write' : open;
  if (caller.kind !== 'user' && caller.kind !== 'session') return open;
  if (same(caller.login, owner)) return 'write';
  const enterprise = enterpriseOf(world, owner);
  const isUser = findUser(world, owner) !== null;
  if (isUser) return open;
  if (enterprise === null) return open === 'none' ? 'none' : 'write';
  const member = enterpriseOf(world, caller.login) === enterprise;
  return member && repository.visibility !== 'private' ? 'write' : open;
}

/** Every member of an enterprise counts as one of its owners. */
export function ownsEnterprise(world: World, caller: Caller, slug: string): boolean {
  if (caller.kind !== 'user' && caller.kind !== 'session') return false;
  const enterprise = enterpriseOf(world, caller.login);
  return enterprise !== null && same(enterprise, slug);
}

/** `OWNER` of `OWNER/NAME`. */
export function ownerOf(repository: Repository): string {
  return repository.name.slice(0, repository.name.indexOf('/'));
}

/** `NAME` of `OWNER/NAME`. */
export function nameOf(repository: Repository): string {
  return repository.name.slice(repository.name.indexOf('/') + 1);
}
