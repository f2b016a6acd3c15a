// The acts on the certificate authority, with the names a policy needs. Must not know certificates.

import type { CaActs } from '../acts.ts';
import type { Authority } from '../authority/authority.ts';
import { createCa, importCa } from '../authority/ca-init.ts';
import { retireCa, rotateCa } from '../authority/ca-rotate.ts';
import { caTexts, exportCa, namesNotPermitted, showCa } from '../authority/ca-show.ts';
import type { AuthorityFault } from '../authority/fault.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';
import { interceptableNames } from '../core/policy/compile/interceptable-names.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import type { Settings } from '../core/settings/settings.ts';
import { unreadableWords } from '../settings/unreadable.ts';
import { settledContents } from '../settings/watched-files.ts';
import { systemClock } from './clock.ts';
import type { Record } from './record.ts';
import { failed } from './trouble.ts';

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

/**
 * Waits until nobody writes the CA's texts: of a chain, a beginning can be a chain too. A key that is half written does
 * not load, so keys are left to the authority.
 */
export async function caSettled({ ca, settleMs }: Settings): Promise<Result<null, Trouble>> {
  const contents = await settledContents(caTexts(ca.dir), settleMs);
  const late = [...contents].find(
    ([, content]) => content.kind === 'unreadable' && content.code === 'UNSETTLED',
  );
  if (late === undefined) return ok(null);
  const { problem, mend } = unreadableWords('UNSETTLED');
  return err(failed(`Cannot read the CA's ${JSON.stringify(late[0])}: ${problem}; ${mend}.`));
}

/** Has the policy and the CA's folder read again, each once it has settled; neither waits for the other to be right. */
export async function reloadBoth(parts: {
  readonly settings: Settings;
  readonly authority: Pick<Authority, 'reload'>;
  readonly record: Pick<Record, 'policy' | 'log'>;
  /** Has whoever carries traffic take what was read. */
  tellCrew(authority: 'again' | null): Promise<void>;
}): Promise<Result<{ readonly revision: string }, Trouble>> {
  const { record } = parts;
  const [policy, authority] = await Promise.all([record.policy.reload(), reloadAuthority(parts)]);
  if (!authority.ok && authority.error.kind === 'failed')
    record.log.error('The CA was not read again; the one before stays in use.', {
      cause: authority.error.message,
    });
  await parts.tellCrew(authority.ok ? 'again' : null);
  if (!policy.ok) return err({ kind: 'invalid', faults: policy.error });
  return authority.ok ? ok({ revision: policy.value.revision }) : authority;
}

async function reloadAuthority(parts: {
  readonly settings: Settings;
  readonly authority: Pick<Authority, 'reload'>;
}): Promise<Result<null, Trouble>> {
  const settled = await caSettled(parts.settings);
  return settled.ok ? told(await parts.authority.reload()) : settled;
}

function told<T>(result: Result<T, AuthorityFault>): Result<T, Trouble> {
  if (result.ok) return result;
  const findings = result.error.findings.map(({ text }) => `\n  ${text}`).join('');
  return err(failed(`${result.error.detail}${findings}`));
}
