// A policy file, read for a command that asks it questions.
// Must not know what a policy means.
import { err, ok, type Result } from '../core/base/result.ts';
import { compilePolicy } from '../core/policy/compile.ts';
import { parsePolicy } from '../core/policy/parse.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { Cli } from './cli.ts';
import { type NamedText, readText } from './files.ts';
import type { Trouble } from './shell.ts';

export const DEFAULT_POLICY_FILE = 'policy.yaml';

/** Reads and compiles a policy; its days end at midnight in `timeZone` (IANA). */
export function readPolicy(cli: Cli, file: string, timeZone = 'UTC'): Result<Policy, Trouble> {
  const source = readText(cli, file, 'the policy');
  if (source.ok) return parsePolicyText(source.value, timeZone);
  if (file !== DEFAULT_POLICY_FILE || source.error.kind !== 'failed') return source;
  const mend = 'Name another with --policy, or have gatewright init write one.';
  return err({ kind: 'failed', message: `${source.error.message} ${mend}` });
}

/** The same for a text that is no file yet. */
export function parsePolicyText(source: NamedText, timeZone = 'UTC'): Result<Policy, Trouble> {
  if (!isTimeZone(timeZone)) {
    const message = `Cannot read days in the time zone ${JSON.stringify(timeZone)}: write a name like Europe/Berlin.`;
    return err({ kind: 'failed', message });
  }
  const parsed = parsePolicy(source, { timeZone });
  if (!parsed.ok) return err({ kind: 'invalid', faults: parsed.error });
  return ok(compilePolicy(parsed.value, { revision: source.file }));
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
