// The identity sources of a gate: what they are to know is read and watched in one place, and taken where clients are
// identified, be that in this process or another. A text that is wrong changes nothing. Must not know listeners.
import { faultText } from '../../core/base/document.ts';
import type { FileContent } from '../../core/base/file-content.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Trouble } from '../../core/base/trouble.ts';
import type { Limits } from '../../core/settings/limits.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { type Htpasswd, parseHtpasswd } from '../../identity/htpasswd.ts';
import { HTPASSWD, HtpasswdSource, htpasswdState } from '../../identity/htpasswd-source.ts';
import type { OpenSource } from '../../identity/open-source.ts';
import { IdentityStack, type IdentityStackOptions } from '../../identity/stack.ts';
import type { Log, SourceState } from '../../ports.ts';
import { unreadableWords } from '../../settings/unreadable.ts';
import { WatchedFile } from '../../settings/watched-file.ts';
import { readContent } from '../../settings/watched-files.ts';
import { systemClock } from '../clock.ts';
import { failed } from '../trouble.ts';

/** A source of each kind that settings may name. */
const KINDS: Readonly<Record<string, (limits: Limits) => OpenSource>> = {
  [HTPASSWD]: ({ identityQueue }) => new HtpasswdSource({ queueLimit: identityQueue }),
};

/** What the sources are to know, watched. */
export interface OpenedSources {
  /** In the order in which they are asked; none where no listener requires credentials. */
  current(): readonly SourceState[];
  /** Calls with each new state that is right. */
  follow(listener: (states: readonly SourceState[]) => void): void;
  close(): void;
}

/** The sources of this process. */
export interface OpenedIdentity {
  readonly stack: IdentityStack;
  /** New states of the same sources, in the same order. */
  take(states: readonly SourceState[]): void;
  close(): Promise<void>;
}

/** Null where there is no source. */
export function openIdentity(
  states: readonly SourceState[],
  limits: Limits,
  onVerdict?: IdentityStackOptions['onVerdict'],
): OpenedIdentity | null {
  if (states.length === 0) return null;
  const sources = states.map(({ kind }) => sourceOf(kind, limits));
  const { identityMemoryMs: memoryMs, identityFailures: failuresFree } = limits;
  const stack = new IdentityStack({ sources, clock: systemClock, memoryMs, failuresFree, onVerdict });
  const take: OpenedIdentity['take'] = (taken) => taken.forEach((state, at) => void sources[at]?.take(state));
  take(states);
  return {
    stack,
    take,
    close: async () => {
      for (const source of sources) await source.close();
    },
  };
}

// Both ends are this program, of one version: another kind is a bug of it.
function sourceOf(kind: string, limits: Limits): OpenSource {
  const open = KINDS[kind];
  if (open === undefined) throw new Error(`There is no identity source of the kind "${kind}".`);
  return open(limits);
}

/** Watches what the sources are to know. Only what is right is handed on. */
export async function openSources(settings: Settings, log: Log): Promise<Result<OpenedSources, Trouble>> {
  const opened: OpenedSource[] = [];
  const close = (): void => {
    for (const source of opened) source.close();
  };
  for (const open of WATCHES) {
    const source = await open(settings, log);
    if (!source.ok) {
      close();
      return source;
    }
    if (source.value !== null) opened.push(source.value);
  }
  const current = (): readonly SourceState[] => opened.map((source) => source.current());
  return ok({
    current,
    follow: (listener) => {
      for (const source of opened) source.follow(() => listener(current()));
    },
    close,
  });
}

/** What one source is to know, watched. */
interface OpenedSource {
  current(): SourceState;
  follow(listener: () => void): void;
  close(): void;
}

/** One for each kind, in the order in which they are asked; null where the settings name none of it. */
const WATCHES: readonly ((settings: Settings, log: Log) => Promise<Result<OpenedSource | null, Trouble>>)[] =
  [watchHtpasswd];

async function watchHtpasswd(settings: Settings, log: Log): Promise<Result<OpenedSource | null, Trouble>> {
  const wanted = usersFile(settings);
  if (!wanted.ok) return wanted;
  const file = wanted.value;
  if (file === null) return ok(null);
  const listeners: (() => void)[] = [];
  let current = htpasswdState(new Map());
  const watched = new WatchedFile({
    file,
    settleMs: settings.settleMs,
    onChange: (content) => {
      const read = readUsers(file, content);
      if (read.ok) {
        current = htpasswdState(read.value);
        for (const listener of listeners) listener();
      }
      report(log, read);
    },
  });
  const first = readUsers(file, await watched.read());
  if (!first.ok) {
    watched.close();
    return first;
  }
  current = htpasswdState(first.value);
  return ok({
    current: () => current,
    follow: (listener) => void listeners.push(listener),
    close: () => watched.close(),
  });
}

/** Reads once what the sources are to know, where a listener requires credentials. */
export function checkSources(settings: Settings): Result<unknown, Trouble> {
  const wanted = usersFile(settings);
  if (!wanted.ok || wanted.value === null) return wanted;
  return readUsers(wanted.value, readContent(wanted.value));
}

/** Null when no listener requires credentials. */
function usersFile({ listeners, identity }: Settings): Result<string | null, Trouble> {
  const asking = listeners.find(({ credentials }) => credentials === 'required');
  if (asking === undefined) return ok(null);
  if (identity.htpasswd !== null) return ok(identity.htpasswd);
  const message = `Cannot open the listener "${asking.name}": it requires credentials, and identity.htpasswd names no file. Add one with: gatewright user add`;
  return err(failed(message));
}

function readUsers(file: string, content: FileContent): Result<Htpasswd, Trouble> {
  if (content.kind === 'unreadable') {
    const { problem } = unreadableWords(content.code);
    const mend = `Add one with: gatewright user add --file ${file} NAME`;
    return err(failed(`Cannot read the users in "${file}": ${problem}. ${mend}`));
  }
  const read = parseHtpasswd({ text: content.text, file });
  return read.ok ? read : err({ kind: 'invalid', faults: read.error });
}

function report(log: Log, taken: Result<Htpasswd, Trouble>): void {
  if (taken.ok) log.info('The users were loaded.', { users: taken.value.size });
  else if (taken.error.kind === 'failed') log.error(taken.error.message);
  else
    log.error('The users were not loaded; those before stay known.', {
      faults: taken.error.faults.map(faultText),
    });
}
