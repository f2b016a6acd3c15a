// The edits that make an acceptance: which files change, and whether the policy is right with them.
// Must not know how files are written, nor what may be accepted.
import fs from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { ReadFile } from '../../core/base/file-content.ts';
import { readRegularFile } from '../../core/base/regular-file.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { AcceptPlan } from '../../core/policy/compare/accept-plan.ts';
import { ACCEPTED_RULE } from '../../core/policy/compare/allowlist-diff.ts';
import { withAcceptance, withInclude, withoutAccepted } from '../../core/policy/compare/include-edit.ts';
import type { Policy } from '../../core/policy/compile/policy.ts';
import { calendarOf } from '../../core/policy/language/day-end.ts';
import type { Cli } from '../cli.ts';
import { policyReader } from '../policy-file.ts';
import type { Replacement } from './_replace-files.ts';

export interface AcceptOptions {
  readonly policy: string;
  /** Counted from the policy's folder; null: `approved-YYYY-MM-DD.yaml` of today. */
  readonly file: string | null;
  readonly why: string | null;
  readonly meta: string;
}

/** The files with their new texts, checked as the whole policy that they will be. */
export async function editsFor(
  cli: Cli,
  options: AcceptOptions,
  given: { readonly plan: AcceptPlan; readonly policy: Policy },
): Promise<Result<readonly Replacement[], Trouble>> {
  const edits = new Edits(cli);
  for (const file of new Set(given.plan.takenBack.map(({ place }) => place.file))) {
    const inFile = given.plan.takenBack.filter(({ place }) => place.file === file);
    const patterns = new Set(inFile.map(({ pattern }) => pattern));
    edits.change(file, (text) =>
      text === null ? null : withoutAccepted(text, { rulePrefix: ACCEPTED_RULE, patterns }),
    );
  }
  if (given.plan.accepted.length > 0) addAcceptance(edits, options, { cli, ...given });
  if (edits.trouble !== null) return err({ kind: 'failed', message: edits.trouble });
  const read = policyReader(cli, await cli.loadActs());
  const checked = read(options.policy, { timeZone: given.policy.document.timeZone, read: edits.read });
  return checked.ok ? ok(edits.replacements()) : checked;
}

function addAcceptance(
  edits: Edits,
  { policy: policyFile, file, why, meta }: AcceptOptions,
  { cli, plan, policy }: { readonly cli: Cli; readonly plan: AcceptPlan; readonly policy: Policy },
): void {
  const day = calendarOf(policy.document.timeZone)?.dayOf(cli.terminal.nowMs()) ?? 'today';
  const path = file ?? `approved-${day}.yaml`;
  // As the policy's own includes are named: relative to what its name is relative to.
  const named = isAbsolute(path) ? join(path) : join(dirname(policyFile), path);
  edits.change(named, (text) =>
    withAcceptance(text, {
      name: `${ACCEPTED_RULE}-${basename(path).replace(/^approved-|\.ya?ml$/g, '')}`,
      why: why ?? `Published in ${meta}, accepted ${day}.`,
      entries: plan.accepted.map(({ pattern, categories }) => ({ pattern, note: categories.join(', ') })),
    }),
  );
  const isIncluded = policy.document.files.slice(1).some((each) => edits.at(each) === edits.at(named));
  if (!isIncluded) edits.change(policyFile, (text) => (text === null ? null : withInclude(text, path)));
}

/** Texts that are not written yet, over the files as they are. */
class Edits {
  readonly #folder: string;
  readonly #edited = new Map<string, Replacement>();
  trouble: string | null = null;

  constructor(cli: Cli) {
    this.#folder = cli.terminal.cwd;
  }

  at(file: string): string {
    return resolve(this.#folder, file);
  }

  /** `edit` gives null where the text has a shape that it cannot edit. */
  change(file: string, edit: (text: string | null) => string | null): void {
    const at = this.at(file);
    const known = this.#edited.get(at);
    const content = known === undefined ? readNow(at) : { kind: 'text' as const, text: known.text };
    if (content.kind === 'unreadable' && content.code !== 'ENOENT') {
      this.trouble ??= `Cannot edit ${JSON.stringify(file)}: ${content.code}. Check its mode, or name another with --file.`;
      return;
    }
    const before = content.kind === 'text' ? content.text : null;
    const text = edit(before);
    if (text === null) {
      const mend = 'Write it as a plain YAML mapping, or add to it by hand.';
      this.trouble ??= `Cannot edit ${JSON.stringify(file)} without changing what else it says. ${mend}`;
      return;
    }
    this.#edited.set(at, { file: at, before: known === undefined ? before : known.before, text });
  }

  readonly read: ReadFile = (file) => {
    const edited = this.#edited.get(this.at(file));
    return edited === undefined ? readNow(file) : { kind: 'text', text: edited.text };
  };

  /** What the policy includes comes before the policy that will include it. */
  replacements(): readonly Replacement[] {
    return [...this.#edited.values()];
  }
}

const readNow: ReadFile = (file) => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readRegularFile(file, fs));
    return { kind: 'text', text };
  } catch (error) {
    return {
      kind: 'unreadable',
      code: error instanceof Error && 'code' in error ? String(error.code) : 'unknown',
    };
  }
};
