// The policy in force, from a file that is watched: swapped whole, or not at all.
// Must not know how a policy decides.
import { createHash } from 'node:crypto';
import type { Fault } from '../core/base/document.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import { compilePolicy } from '../core/policy/compile.ts';
import { parsePolicy } from '../core/policy/parse.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { PolicySource } from '../ports.ts';
import { unreadable } from './_unreadable.ts';
import { type FileContent, readContent, WatchedFile } from './watched-file.ts';

export interface PolicyFileOptions {
  readonly file: string;
  /** IANA name; days of the policy end at midnight there. */
  readonly timeZone: string;
  /** Called after each swap, before the listeners of `onChange`. */
  readonly onLoaded?: (policy: Policy) => void;
  /** Called when the file is wrong; the older policy stays in force. */
  readonly onRefused?: (faults: readonly Fault[]) => void;
}

/** What the administrator sees: the policy in force, and what is wrong with a newer text that was refused. */
export interface PolicyFileStatus {
  readonly file: string;
  readonly revision: string;
  /** The text in force, which is not the file's while there are faults. */
  readonly text: string;
  /** Empty while the file's text is in force. */
  readonly faults: readonly Fault[];
}

/** Opens a policy; a file that is wrong at the start is no policy at all, and nothing passes. */
export function openPolicyFile(options: PolicyFileOptions): Result<PolicyFile, readonly Fault[]> {
  const first = readPolicy(options, readContent(options.file));
  return first.ok ? ok(new PolicyFile(options, first.value)) : first;
}

/** A policy that was read, and its text. */
interface ReadPolicy {
  readonly policy: Policy;
  readonly text: string;
}

/** Swaps between two turns of the event loop, so that every question is answered by one whole policy. */
export class PolicyFile implements PolicySource {
  readonly #options: PolicyFileOptions;
  readonly #watched: WatchedFile;
  readonly #listeners = new Set<(policy: Policy) => void>();
  #current: ReadPolicy;
  #faults: readonly Fault[] = [];

  /** `openPolicyFile` is the way to make one. */
  constructor(options: PolicyFileOptions, first: ReadPolicy) {
    this.#options = options;
    this.#current = first;
    this.#watched = new WatchedFile({
      file: options.file,
      onChange: (content) => void this.#take(content),
    });
    // The file may have changed between the first reading and the first look of the watch.
    const now = this.#watched.content();
    if (now.kind !== 'text' || now.text !== first.text) this.#take(now);
  }

  current(): Policy {
    return this.#current.policy;
  }

  onChange(listener: (policy: Policy) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Reads the file now, as SIGHUP and the admin API ask. The faults leave the older policy in force. */
  reload(): Result<Policy, readonly Fault[]> {
    return this.#take(this.#watched.read());
  }

  status(): PolicyFileStatus {
    const { policy, text } = this.#current;
    return { file: this.#options.file, revision: policy.revision, text, faults: this.#faults };
  }

  close(): void {
    this.#watched.close();
    this.#listeners.clear();
  }

  #take(content: FileContent): Result<Policy, readonly Fault[]> {
    const read = readPolicy(this.#options, content);
    if (!read.ok) {
      this.#faults = read.error;
      this.#options.onRefused?.(read.error);
      return read;
    }
    this.#faults = [];
    const isSame = read.value.text === this.#current.text;
    if (isSame) return ok(this.#current.policy);
    this.#current = read.value;
    this.#options.onLoaded?.(read.value.policy);
    for (const listener of this.#listeners) listener(read.value.policy);
    return ok(read.value.policy);
  }
}

const REVISION_LENGTH = 12;

function readPolicy(options: PolicyFileOptions, content: FileContent): Result<ReadPolicy, readonly Fault[]> {
  const { file, timeZone } = options;
  if (content.kind === 'unreadable') return err([unreadable(file, content.error)]);
  const { text } = content;
  const parsed = parsePolicy({ text, file }, { timeZone });
  if (!parsed.ok) return parsed;
  const revision = createHash('sha256').update(text).digest('hex').slice(0, REVISION_LENGTH);
  return ok({ policy: compilePolicy(parsed.value, { revision }), text });
}
