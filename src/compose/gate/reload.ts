// What a gate reads again when it is told to: policy and CA, each once it has settled. Must not know who asks.
import type { Authority } from '../../authority/authority.ts';
import { caTexts } from '../../authority/ca-show.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { unreadableWords } from '../../settings/unreadable.ts';
import { settledContents } from '../../settings/watched-files.ts';
import type { Record } from '../record/record.ts';
import { authorityTrouble, failed } from '../trouble.ts';

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
  if (!settled.ok) return settled;
  const reloaded = await parts.authority.reload();
  return reloaded.ok ? ok(null) : err(authorityTrouble(reloaded.error));
}
