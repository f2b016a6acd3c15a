// The identity source of a gate: the htpasswd file, watched; a text that is wrong changes nothing.
// Must not know listeners.

import { faultText } from '../core/base/document.ts';
import type { FileContent } from '../core/base/file-content.ts';
import { err, ok, type Result } from '../core/base/result.ts';
import type { Trouble } from '../core/base/trouble.ts';
import type { Limits } from '../core/settings/limits.ts';
import type { Settings } from '../core/settings/settings.ts';
import { parseHtpasswd } from '../identity/htpasswd.ts';
import { HtpasswdIdentity, type HtpasswdIdentityOptions } from '../identity/htpasswd-identity.ts';
import type { IdentitySource, Log } from '../ports.ts';
import { unreadableWords } from '../settings/unreadable.ts';
import { WatchedFile } from '../settings/watched-file.ts';
import { readContent } from '../settings/watched-files.ts';
import { systemClock } from './clock.ts';
import { failed } from './trouble.ts';

export interface OpenedIdentity extends IdentitySource {
  close(): Promise<void>;
}

/** The users' file in the text that is in force. */
export interface UsersText {
  readonly file: string;
  readonly text: string;
}

/** Users that are watched. */
export interface OpenedUsers {
  current(): UsersText;
  /** Calls with each new text that is right. */
  follow(listener: (users: UsersText) => void): void;
  close(): void;
}

/** Null when no listener requires credentials. */
export async function openIdentity(
  settings: Settings,
  log: Log,
): Promise<Result<OpenedIdentity | null, Trouble>> {
  const identity = emptyIdentity(settings.limits);
  const users = await openUsers(settings, log);
  if (!users.ok) return users;
  const watched = users.value;
  if (watched === null) return ok(null);
  watched.follow((text) => void identity.load(text));
  identity.load(watched.current());
  return ok({
    challenges: identity.challenges,
    authenticate: (credentials, from) => identity.authenticate(credentials, from),
    onChange: (listener) => identity.onChange(listener),
    close: async () => {
      watched.close();
      await identity.close();
    },
  });
}

/** Knows nobody yet. */
export function emptyIdentity(
  { identityQueue, identityMemoryMs, identityFailures }: Limits,
  onVerdict?: HtpasswdIdentityOptions['onVerdict'],
): HtpasswdIdentity {
  return new HtpasswdIdentity({
    clock: systemClock,
    queueLimit: identityQueue,
    memoryMs: identityMemoryMs,
    failuresFree: identityFailures,
    onVerdict,
  });
}

/** Watches the users' file; null when no listener requires credentials. Only texts that are right are handed on. */
export async function openUsers(settings: Settings, log: Log): Promise<Result<OpenedUsers | null, Trouble>> {
  const wanted = usersFile(settings);
  if (!wanted.ok) return wanted;
  const file = wanted.value;
  if (file === null) return ok(null);
  const listeners: ((users: UsersText) => void)[] = [];
  let current: UsersText = { file, text: '' };
  const watched = new WatchedFile({
    file,
    settleMs: settings.settleMs,
    onChange: (content) => {
      const read = readUsers(file, content);
      if (read.ok) {
        current = read.value;
        for (const listener of listeners) listener(current);
      }
      report(log, read);
    },
  });
  const first = readUsers(file, await watched.read());
  if (!first.ok) {
    watched.close();
    return first;
  }
  current = first.value;
  return ok({
    current: () => current,
    follow: (listener) => void listeners.push(listener),
    close: () => watched.close(),
  });
}

/** Reads the users' file once, where a listener requires credentials. */
export function checkUsers(settings: Settings): Result<unknown, Trouble> {
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

function readUsers(
  file: string,
  content: FileContent,
): Result<UsersText & { readonly count: number }, Trouble> {
  if (content.kind === 'unreadable') {
    const { problem } = unreadableWords(content.code);
    const mend = `Add one with: gatewright user add --file ${file} NAME`;
    return err(failed(`Cannot read the users in "${file}": ${problem}. ${mend}`));
  }
  const { text } = content;
  const read = parseHtpasswd({ text, file });
  return read.ok ? ok({ file, text, count: read.value.size }) : err({ kind: 'invalid', faults: read.error });
}

function report(log: Log, taken: Result<{ readonly count: number }, Trouble>): void {
  if (taken.ok) log.info('The users were loaded.', { users: taken.value.count });
  else if (taken.error.kind === 'failed') log.error(taken.error.message);
  else
    log.error('The users were not loaded; those before stay known.', {
      faults: taken.error.faults.map(faultText),
    });
}
