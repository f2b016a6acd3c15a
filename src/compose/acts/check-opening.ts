// What `run` opens besides settings and policy, opened as it would and closed again: CA, users, roots, tokens, the folder
// of the record. Changes nothing on the disk, and must not know the network: a gate may be running on these ports.

import { checkAdminToken } from '../../admin/admin-token.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { checkAuditFolder } from '../../sinks/audit-folder-check.ts';
import { openSigner } from '../gate/data-path.ts';
import { checkSources } from '../gate/identity.ts';
import { readRoots } from '../gate/roots.ts';
import { thrownTrouble } from '../trouble.ts';

/** The first trouble that `run` would end with. */
export async function checkOpening(settings: Settings): Promise<Result<null, Trouble>> {
  const places = settings.listeners.map(({ door, at }) => ({ door, host: at.address, port: at.port }));
  const authority = await openSigner({ settings, limits: settings.limits, places });
  if (!authority.ok) return authority;
  const users = checkSources(settings);
  if (!users.ok) return users;
  const roots = readRoots(settings);
  if (!roots.ok) return roots;
  const { tokenFile, auditorTokenFile } = settings.admin;
  try {
    for (const file of [tokenFile, auditorTokenFile]) if (file !== null) checkAdminToken(file);
  } catch (error) {
    return err(thrownTrouble('Cannot open the admin API', error));
  }
  try {
    checkAuditFolder(settings.audit.dir);
  } catch (error) {
    return err(thrownTrouble(`Cannot open the audit record in "${settings.audit.dir}"`, error));
  }
  return ok(null);
}
