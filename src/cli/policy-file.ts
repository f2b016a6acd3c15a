// A policy file, read for a command that asks it questions.
// Must not know what a policy means.

import type { Acts, PolicyPlace } from '../acts.ts';
import type { ReadFile } from '../core/base/file-content.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';
import { compilePolicy } from '../core/policy/compile/compile.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import { parsePolicy } from '../core/policy/language/parse.ts';
import type { Cli } from './cli.ts';
import { type NamedText, pipedText } from './files.ts';

export const DEFAULT_POLICY_FILE = 'policy.yaml';

/**
 * Reads and compiles a policy with the files that it includes; its days end at midnight in `timeZone` (IANA).
 * A text that was read already is not read again.
 */
export async function readPolicy(
  cli: Cli,
  source: string | NamedText,
  timeZone = 'UTC',
): Promise<Result<Policy, Trouble>> {
  return policyReader(cli, await cli.loadActs())(source, { timeZone });
}

/** The same with acts that are loaded, and with files from `read` where a watch wants to note them. */
export function policyReader(
  cli: Cli,
  acts: Acts,
): (
  source: string | NamedText,
  how: {
    readonly timeZone: string;
    readonly read?: ReadFile;
    readonly listeners?: PolicyPlace['listeners'];
  },
) => Result<Policy, Trouble> {
  return (source, { timeZone, read, listeners }) => {
    if (!isTimeZone(timeZone)) return err(noTimeZone(timeZone));
    const { file, text } =
      typeof source === 'string'
        ? { file: source, text: read === undefined ? pipedText(cli, source) : undefined }
        : source;
    const policy = acts.readPolicy({ file, text, folder: cli.terminal.cwd, timeZone, listeners }, read);
    if (policy.ok || policy.error.kind === 'invalid' || file !== DEFAULT_POLICY_FILE) return policy;
    const mend = 'Name another with --policy, or have gatewright init write one.';
    return err({ kind: 'failed', message: `${policy.error.message} ${mend}` });
  };
}

/** A policy's text that is no file yet; it includes nothing. */
export function parsePolicyText(source: NamedText): Result<Policy, Trouble> {
  const parsed = parsePolicy(source, { timeZone: 'UTC' });
  if (!parsed.ok) return err({ kind: 'invalid', faults: parsed.error });
  return ok(compilePolicy(parsed.value, { revision: source.file }));
}

function noTimeZone(timeZone: string): Trouble {
  const message = `Cannot read days in the time zone ${JSON.stringify(timeZone)}: write a name like Europe/Berlin.`;
  return { kind: 'failed', message };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
