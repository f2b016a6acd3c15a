// The policy in force, from files that are watched: swapped whole, or not at all.
// Must not know how a policy decides.
import type { Fault } from '../core/base/document.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Policy } from '../core/policy/compile/policy.ts';
import type { PolicyText } from '../core/policy/language/policy-files.ts';
import type { KnownListener } from '../core/policy/language/unmet-clauses.ts';
import type { PolicySource } from '../ports.ts';
import { type ReadPolicy, readPolicyFiles, type UnreadPolicy } from './read-policy.ts';
import { unreadable } from './unreadable.ts';
import { WatchedFiles, type WatchTimes } from './watched-files.ts';

export interface PolicyFileOptions extends WatchTimes {
  readonly file: string;
  /** IANA name; days of the policy end at midnight there. */
  readonly timeZone: string;
  /** Those of the settings: a rule that no client of theirs can meet is a fault. */
  readonly listeners: readonly KnownListener[];
  /** Called after each swap, before the listeners of `onChange`. */
  readonly onLoaded?: (policy: Policy) => void;
  /** Called when a file is wrong; the older policy stays in force. */
  readonly onRefused?: (faults: readonly Fault[]) => void;
}

/** What the administrator sees: the policy in force, and what is wrong with newer files that were refused. */
export interface PolicyFileStatus {
  readonly file: string;
  readonly revision: string;
  /** The text in force, which is not the file's while there are faults. */
  readonly text: string;
  /** The texts in force of the files that it includes, in the order of reading. */
  readonly includes: readonly PolicyText[];
  /** Empty while what the files say is in force. */
  readonly faults: readonly Fault[];
}

/** Opens a policy; files that are wrong at the start are no policy at all, and nothing passes. */
export async function openPolicyFile(
  options: PolicyFileOptions,
): Promise<Result<PolicyFile, readonly Fault[]>> {
  let opened: PolicyFile | null = null;
  const watched = new WatchedFiles({ ...options, onChange: () => void opened?.reload() });
  const first = await readWatched(options, watched);
  if (!first.ok) {
    watched.close();
    return err(first.error.faults);
  }
  opened = new PolicyFile(options, { watched, current: first.value });
  return ok(opened);
}

/** Swaps between two turns of the event loop, so that every question is answered by one whole policy. */
export class PolicyFile implements PolicySource {
  readonly #options: PolicyFileOptions;
  readonly #watched: WatchedFiles;
  readonly #listeners = new Set<(policy: Policy) => void>();
  #current: ReadPolicy;
  #faults: readonly Fault[] = [];
  #isClosed = false;
  #reading: Promise<Result<Policy, readonly Fault[]>> | null = null;

  /** `openPolicyFile` is the way to make one. */
  constructor(
    options: PolicyFileOptions,
    first: { readonly watched: WatchedFiles; readonly current: ReadPolicy },
  ) {
    this.#options = options;
    this.#watched = first.watched;
    this.#current = first.current;
  }

  current(): Policy {
    return this.#current.policy;
  }

  onChange(listener: (policy: Policy) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Reads the files once they have settled, as SIGHUP and the admin API ask; whoever asks meanwhile waits for the same
   * reading. The faults leave the older policy in force.
   */
  reload(): Promise<Result<Policy, readonly Fault[]>> {
    this.#reading ??= this.#reload().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #reload(): Promise<Result<Policy, readonly Fault[]>> {
    const read = await readWatched(this.#options, this.#watched);
    if (!read.ok) return this.#refuse(read.error.faults);
    this.#faults = [];
    if (sameTexts(read.value.texts, this.#current.texts)) return ok(this.#current.policy);
    this.#current = read.value;
    const { policy } = read.value;
    this.#options.onLoaded?.(policy);
    for (const listener of this.#listeners) listener(policy);
    return ok(policy);
  }

  #refuse(faults: readonly Fault[]): Result<never, readonly Fault[]> {
    this.#faults = faults;
    if (!this.#isClosed) this.#options.onRefused?.(faults);
    return err(faults);
  }

  status(): PolicyFileStatus {
    const { policy, texts } = this.#current;
    const [own, ...includes] = texts;
    const { file } = this.#options;
    return { file, revision: policy.revision, text: own?.text ?? '', includes, faults: this.#faults };
  }

  close(): void {
    this.#isClosed = true;
    this.#watched.close();
    this.#listeners.clear();
  }
}

async function readWatched(
  { file, timeZone, listeners }: PolicyFileOptions,
  watched: WatchedFiles,
): Promise<Result<ReadPolicy, UnreadPolicy>> {
  const settled = await watched.settled((read) => readPolicyFiles({ file, timeZone, listeners }, read));
  if (settled.kind === 'settled') return settled.result;
  return err({ kind: 'unreadable', faults: [unreadable(settled.file || file, 'UNSETTLED')] });
}

// Where each text is the same, so is the list of files that the texts name.
function sameTexts(some: readonly PolicyText[], others: readonly PolicyText[]): boolean {
  return some.every(({ text }, at) => text === others[at]?.text);
}
