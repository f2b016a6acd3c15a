// A policy as commands read it, and files as they watch them: the gate's own ways. Must not know any command.
import type { Acts } from '../../acts.ts';
import { err } from '../../core/base/result.ts';
import { readPolicyFiles } from '../../settings/read-policy.ts';
import { WatchedFiles } from '../../settings/watched-files.ts';
import { failed } from '../trouble.ts';

export const readPolicy: Acts['readPolicy'] = (place, read) => {
  const found = readPolicyFiles(place, read);
  if (found.ok) return { ok: true, value: found.value.policy };
  const { kind, faults } = found.error;
  const [fault] = faults;
  if (kind === 'invalid' || fault === undefined) return err({ kind: 'invalid', faults });
  return err(
    failed(`Cannot read the policy ${JSON.stringify(fault.value)}: ${fault.problem}; ${fault.mend}.`),
  );
};

export const watchFiles: Acts['watchFiles'] = (onChange) =>
  new WatchedFiles({ onChange, settleMs: EDITOR_MS });

// Whoever waits for tests beside an editor reads what a late half would say, and sees the whole a moment later.
const EDITOR_MS = 100;
