// The acts on the certificate authority, with the names a policy needs. Must not know certificates.

import type { CaActs } from '../../acts.ts';
import { createCa, importCa } from '../../authority/ca-init.ts';
import { retireCa, rotateCa } from '../../authority/ca-rotate.ts';
import { exportCa, namesNotPermitted, showCa } from '../../authority/ca-show.ts';
import type { AuthorityFault } from '../../authority/fault.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import { interceptableNames } from '../../core/policy/compile/interceptable-names.ts';
import type { Policy } from '../../core/policy/compile/policy.ts';
import { systemClock } from '../clock.ts';
import { authorityTrouble, failed } from '../trouble.ts';

export const caActs: CaActs = {
  init: async (options) => told(await createCa({ ...options, clock: systemClock })),
  show: async (dir) => told(await showCa(dir)),
  export: async (options) => told(await exportCa(options)),
  import: async (options) => told(await importCa({ ...options, clock: systemClock })),
  rotate: async ({ dir, activateInDays, ...next }) =>
    told(await rotateCa({ dir, clock: systemClock, activateInDays, next: { kind: 'create', ...next } })),
  retire: async (dir) => told(await retireCa({ dir, clock: systemClock })),
  missingPermits: async (dir, policy) => {
    const missing = await namesNotPermitted({ dir, names: interceptableNames(policy) });
    if (!missing.ok && missing.error.code === 'ca-missing') return ok([]);
    return told(missing);
  },
  permitsFor: (policy) => interceptableNames(policy),
};

/** The CA in `dir`, made for this policy when there is none. */
export async function createAuthorityFor(dir: string, policy: Policy): Promise<Result<null, Trouble>> {
  const made = await createCa({
    dir,
    permit: interceptableNames(policy),
    clock: systemClock,
  });
  if (made.ok || made.error.code === 'ca-exists') return ok(null);
  return err(failed(made.error.detail));
}

function told<T>(result: Result<T, AuthorityFault>): Result<T, Trouble> {
  return result.ok ? result : err(authorityTrouble(result.error));
}
