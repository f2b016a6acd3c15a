// Opens the admin API. Must not know how the gate does what it is asked.
import type { GateActs } from '../../acts.ts';
import { type RunningAdmin, startAdmin } from '../../admin/admin-server.ts';
import { loadAdminToken } from '../../admin/admin-token.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { listenTrouble, thrownTrouble } from '../trouble.ts';

/** Opens the admin API that the settings describe; its tokens are made when they are missing. */
export async function openAdmin({ admin }: Settings, gate: GateActs): Promise<Result<RunningAdmin, Trouble>> {
  const { listen, tokenFile, auditorTokenFile, metrics, hosts } = admin;
  try {
    const tokens = {
      admin: loadAdminToken(tokenFile),
      auditor: auditorTokenFile === null ? null : loadAdminToken(auditorTokenFile),
    };
    return ok(await startAdmin({ listen, tokens, metrics, hosts, gate }));
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
    if (typeof code === 'string' && code.startsWith('EADDR')) {
      return err(listenTrouble({ listener: 'admin', address: `${listen.address}:${listen.port}`, code }));
    }
    return err(thrownTrouble('Cannot open the admin API', error));
  }
}
